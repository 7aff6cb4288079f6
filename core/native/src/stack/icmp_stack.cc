#include "stack/icmp_stack.h"

#include <cerrno>
#include <vector>

namespace sluice {

namespace {

constexpr size_t kMaxSessions = 1024;
constexpr size_t kMaxWaiting = 4;  // requests that wait for a decision
constexpr uint64_t kSweepMs = 1000;
constexpr uint64_t kIdleMs = 15'000;
// Replies a second; one for each part that an Ethernet frame could carry.
constexpr uint64_t kRepliesPerSecond = 10'000;
constexpr uint64_t kRepliesAtOnce = 1000;
constexpr size_t kReplyUnit = 1500;

// Where traceroute's and tracepath's probes go to, and the most hops they try.
constexpr uint8_t kMaxProbeHops = 30;
constexpr uint16_t kTraceroutePort = 33434;
constexpr uint16_t kTracepathPort = 44444;
constexpr uint16_t kProbePorts = 101;

bool is_probe_port(uint16_t port) {
  return (port >= kTraceroutePort && port - kTraceroutePort < kProbePorts) ||
         (port >= kTracepathPort && port - kTracepathPort < kProbePorts);
}

bool is_icmp(const Packet& packet) {
  return packet.protocol == kProtocolIcmp || packet.protocol == kProtocolIcmp6;
}

bool is_request(const Packet& packet) {
  uint8_t request = packet.protocol == kProtocolIcmp ? kEchoRequest4 : kEchoRequest6;
  return packet.data[packet.transport] == request;
}

uint16_t id_of(const Packet& packet) { return read16(packet.data + packet.transport + 4); }
uint16_t seq_of(const Packet& packet) { return read16(packet.data + packet.transport + 6); }

}  // namespace

IcmpStack::IcmpStack(IcmpStackHost* host, Outlet* outlet, OwnEndpoints* own, Counters* counters)
    : host_(host),
      outlet_(outlet),
      own_(own),
      counters_(counters),
      echoes_(kRepliesPerSecond, kRepliesAtOnce) {}

bool IcmpStack::ends_here(const Packet& packet) {
  if (!packet.dst.is_unicast()) return false;
  if (packet.hop_limit <= 1) {
    ++counters_->hopsExceeded;
    // No error about an error (RFC 1122 3.2.2).
    if (!is_icmp(packet) || is_request(packet)) outlet_->send_time_exceeded(packet, 0);
    return true;
  }
  // Nobody listens on these ports of a far host, and no real one is asked: the trace ends with the
  // second hop, as everything ends at the tunnel.
  if (packet.protocol != kProtocolUdp || packet.hop_limit > kMaxProbeHops ||
      !is_probe_port(packet.dst.port)) {
    return false;
  }
  ++counters_->probesAnswered;
  outlet_->send_unreachable(packet, Refusal::kPortUnreachable);
  return true;
}

void IcmpStack::input(const Packet& packet) {
  if (!is_request(packet) || packet.data[packet.transport + 1] != 0) {
    ++counters_->otherProtocol;
    return;
  }
  if (!packet.dst.is_unicast() || packet.dst == settings_.broadcast4 ||
      settings_.echo == EchoMode::kOff) {
    ++counters_->echoDropped;
    return;
  }
  if (settings_.refuse_ipv6 && packet.dst.family == 6) {
    ++counters_->echoRefused;
    outlet_->send_unreachable(packet, Refusal::kNetUnreachable);
    return;
  }
  if (settings_.echo == EchoMode::kReply) return answer(packet);
  if (EchoSession* session = session_of(packet)) dispatch(session, packet);
}

EchoSession* IcmpStack::session_of(const Packet& packet) {
  FlowKey key{packet.src, packet.dst};
  key.src.port = id_of(packet);
  auto found = sessions_.find(key);
  if (found != sessions_.end()) return found->second;
  if (own_->contains(key.src, OwnEndpoints::Kind::kEcho)) {
    ++counters_->ownFlowsRefused;
    return nullptr;
  }
  if (sessions_.size() >= kMaxSessions) {
    ++counters_->echoDropped;
    return nullptr;
  }
  auto* session = new EchoSession();
  session->src = key.src;
  session->dst = key.dst;
  session->last_used = now_;
  sessions_.emplace(key, session);
  host_->adopt(session);
  return session;
}

void IcmpStack::dispatch(EchoSession* session, const Packet& packet) {
  session->last_used = now_;
  switch (session->decision) {
    case EchoSession::Decision::kPending:
      if (session->waiting.count() >= kMaxWaiting) {
        ++counters_->echoDropped;
      } else {
        session->waiting.push(Chunk::copy(packet.data, packet.size, false));
      }
      return;
    case EchoSession::Decision::kReply:
      session->received += packet.payload_size();
      session->sent += packet.payload_size();
      return answer(packet);
    case EchoSession::Decision::kRefused:
      ++counters_->echoRefused;
      if (session->refusal != Refusal::kDrop) outlet_->send_unreachable(packet, session->refusal);
      return;
    case EchoSession::Decision::kSocket: {
      session->received += packet.payload_size();
      auto hops = static_cast<uint8_t>(packet.hop_limit - 1);
      if (!session->socket->send(seq_of(packet), packet.payload_data(), packet.payload_size(), hops,
                                 packet.dont_fragment)) {
        ++counters_->echoDropped;
      }
      return;
    }
  }
}

void IcmpStack::answer(const Packet& request) {
  if (!echoes_.take(now_, 1 + request.size / kReplyUnit)) {
    ++counters_->echoDropped;
    return;
  }
  ++counters_->echoAnswered;
  uint8_t header[48];
  size_t size = build_echo_header(request.dst, request.src, false, id_of(request), seq_of(request),
                                  request.payload_data(), request.payload_size(), header);
  outlet_->send_datagram(header, size, request.payload_data(), request.payload_size());
}

void IcmpStack::dispatch_waiting(EchoSession* session) {
  for (; !session->waiting.empty(); session->waiting.pop()) {
    const Chunk& bytes = session->waiting.front();
    Packet packet;
    if (parse_packet(bytes.data(), bytes.size(), &packet) == ParseError::kNone) {
      dispatch(session, packet);
    }
  }
}

void IcmpStack::reply(EchoSession* session) {
  session->decision = EchoSession::Decision::kReply;
  dispatch_waiting(session);
}

void IcmpStack::refuse(EchoSession* session, Refusal how) {
  session->decision = EchoSession::Decision::kRefused;
  // Echo knows neither connections nor ports.
  bool host = how == Refusal::kReset || how == Refusal::kPortUnreachable;
  session->refusal = host ? Refusal::kHostUnreachable : how;
  dispatch_waiting(session);
}

int IcmpStack::route(EchoSession* session, Reactor* reactor, const Endpoint& target,
                     const Binding& binding) {
  if (session->socket) return EALREADY;
  if (target.family != session->src.family) return EAFNOSUPPORT;
  auto socket = std::make_unique<PingSocket>(this, own_);
  int error = socket->open(reactor, target, binding);
  if (error != 0) return error;
  socket->session = session;
  session->socket = std::move(socket);
  session->decision = EchoSession::Decision::kSocket;
  dispatch_waiting(session);
  return 0;
}

void IcmpStack::close(EchoSession* session) {
  sessions_.erase(FlowKey{session->src, session->dst});
  if (session->socket) session->socket->closed = true;
  session->waiting.clear();
  host_->retire(session);
}

void IcmpStack::on_echo_reply(PingSocket* socket, uint16_t seq, const uint8_t* payload,
                              size_t size) {
  EchoSession* session = socket->session;
  if (!echoes_.take(now_, 1 + size / kReplyUnit)) {
    ++counters_->echoDropped;
    return;
  }
  session->last_used = now_;
  session->sent += size;
  uint8_t header[48];
  size_t header_size = build_echo_header(session->dst, session->src, false, session->src.port, seq,
                                         payload, size, header);
  ++counters_->echoAnswered;
  outlet_->send_datagram(header, header_size, payload, size);
}

void IcmpStack::on_echo_error(PingSocket* socket, const SocketError& error, uint16_t seq) {
  EchoSession* session = socket->session;
  // The request as the application sent it, but for its payload.
  uint8_t header[48];
  size_t size = build_echo_header(session->src, session->dst, true, session->src.port, seq, nullptr,
                                  0, header);
  Packet request;
  if (parse_packet(header, size, &request) != ParseError::kNone) return;
  bool known = error.offender.family == session->src.family;
  switch (error.kind) {
    case SocketError::Kind::kTooBig:
      if (error.mtu > 0) outlet_->send_too_big(request, error.mtu);
      return;
    case SocketError::Kind::kTimeExceeded:
      if (known) outlet_->send_time_exceeded(request, error.offender, error.code);
      return;
    case SocketError::Kind::kUnreachable:
      outlet_->send_unreachable(request, known ? error.offender : session->dst, error.code);
      return;
  }
}

void IcmpStack::tick(uint64_t now) {
  now_ = now;
  if (now - last_sweep_ < kSweepMs) return;
  last_sweep_ = now;
  std::vector<EchoSession*> idle;
  for (auto& [key, session] : sessions_) {
    if (now - session->last_used >= kIdleMs) idle.push_back(session);
  }
  for (EchoSession* session : idle) close(session);
}

}  // namespace sluice
