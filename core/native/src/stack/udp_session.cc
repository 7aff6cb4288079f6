#include "stack/udp_session.h"

namespace sluice {

namespace {
constexpr size_t kMaxPeers = 4096;       // destinations of one session
constexpr size_t kPeersForSession = 16;  // ... and on average, when there are as many as may be
constexpr size_t kMaxWaiting = 16;       // datagrams that wait for a decision, each destination
constexpr uint64_t kSweepMs = 1000;
constexpr uint64_t kDefaultTimeoutMs = 60'000;
using Decision = UdpSession::Peer::Decision;
}  // namespace

UdpStack::UdpStack(UdpStackHost* host, Outlet* outlet, const OwnEndpoints* own, size_t max_sessions,
                   Counters* counters)
    : host_(host), outlet_(outlet), own_(own), max_sessions_(max_sessions), counters_(counters) {}

void UdpStack::input(const Packet& packet) {
  auto found = sessions_.find(packet.src);
  UdpSession* session;
  if (found != sessions_.end()) {
    session = found->second;
  } else {
    if (own_->contains(packet.src, OwnEndpoints::Kind::kUdp)) {
      ++counters_->ownFlowsRefused;
      return;
    }
    if (sessions_.size() >= max_sessions_) {
      ++counters_->udpDropped;
      return;
    }
    session = new UdpSession();
    session->src = packet.src;
    session->timeout_ms = kDefaultTimeoutMs;
    sessions_.emplace(packet.src, session);
    ++counters_->udpSessionsOpened;
    host_->adopt(session);
  }
  session->last_used = now_;
  session->received += packet.payload_size();
  auto peer = session->peers.find(packet.dst);
  if (peer == session->peers.end()) {
    if (session->peers.size() >= kMaxPeers || peer_count_ >= kPeersForSession * max_sessions_) {
      ++counters_->udpDropped;
      return;
    }
    peer = session->peers.emplace(packet.dst, UdpSession::Peer{}).first;
    ++peer_count_;
    host_->emit_udp_peer(session, packet.dst, packet.dscp);
  }
  dispatch(session, &peer->second, packet);
}

void UdpStack::dispatch(UdpSession* session, UdpSession::Peer* peer, const Packet& packet) {
  peer->last_used = now_;
  switch (peer->decision) {
    case Decision::kPending:
      if (peer->waiting.count() >= kMaxWaiting) {
        ++counters_->udpDropped;
      } else {
        peer->waiting.push(Chunk::copy(packet.data, packet.size, false));
        if (peer->watched) host_->emit_udp_more(session, packet.dst);
      }
      return;
    case Decision::kSocket:
      if (peer->socket->send(peer->target, packet.payload_data(), packet.payload_size())) {
        peer->socket->received += packet.payload_size();
      } else {
        ++counters_->udpDropped;
      }
      return;
    case Decision::kScript:
      host_->emit_udp_data(session, packet.dst,
                           Chunk::copy(packet.payload_data(), packet.payload_size(), false));
      return;
    case Decision::kRefused:
      ++counters_->udpRefused;
      if (peer->refusal != Refusal::kDrop) outlet_->send_unreachable(packet, peer->refusal);
      return;
  }
}

UdpSession::Peer* UdpStack::undecide(UdpSession* session, const Endpoint& dst) {
  auto found = session->peers.find(dst);
  if (found == session->peers.end()) return nullptr;
  UdpSession::Peer& peer = found->second;
  if (peer.socket) peer.socket->replies.remove(dst, peer.target);
  peer.socket = nullptr;
  peer.target = {};
  return &peer;
}

void UdpStack::dispatch_waiting(UdpSession* session, UdpSession::Peer* peer) {
  for (; !peer->waiting.empty(); peer->waiting.pop()) {
    const Chunk& bytes = peer->waiting.front();
    Packet packet;
    if (parse_packet(bytes.data(), bytes.size(), &packet) == ParseError::kNone) {
      dispatch(session, peer, packet);
    }
  }
}

bool UdpStack::route(UdpSession* session, const Endpoint& dst, UdpSocket* socket,
                     const RelayAddress& target) {
  if (!socket->can_reach(target)) return false;
  UdpSession::Peer* peer = undecide(session, dst);
  if (!peer) return false;
  peer->decision = Decision::kSocket;
  peer->socket = socket;
  peer->target = target;
  socket->replies.add(dst, target);
  dispatch_waiting(session, peer);
  return true;
}

void UdpStack::to_script(UdpSession* session, const Endpoint& dst) {
  UdpSession::Peer* peer = undecide(session, dst);
  if (!peer) return;
  peer->decision = Decision::kScript;
  dispatch_waiting(session, peer);
}

void UdpStack::refuse(UdpSession* session, const Endpoint& dst, Refusal how) {
  UdpSession::Peer* peer = undecide(session, dst);
  if (!peer) return;
  peer->decision = Decision::kRefused;
  // UDP knows no reset.
  peer->refusal = how == Refusal::kReset ? Refusal::kPortUnreachable : how;
  dispatch_waiting(session, peer);
}

std::vector<Packet> UdpStack::waiting(UdpSession* session, const Endpoint& dst) {
  std::vector<Packet> packets;
  auto found = session->peers.find(dst);
  if (found == session->peers.end()) return packets;
  found->second.watched = true;
  for (const Chunk& bytes : found->second.waiting) {
    Packet packet;
    if (parse_packet(bytes.data(), bytes.size(), &packet) == ParseError::kNone) {
      packets.push_back(packet);
    }
  }
  return packets;
}

bool UdpStack::send(UdpSession* session, const Endpoint& src, const uint8_t* data, size_t size) {
  bool fits = size + 48 <= kMaxPacket;
  if (src.family != session->src.family || !fits) {
    ++counters_->udpBadReply;
    return false;
  }
  uint8_t header[48];
  size_t header_size = build_udp_header(src, session->src, data, size, header);
  session->sent += size;
  session->last_used = now_;
  return outlet_->send_datagram(header, header_size, data, size);
}

void UdpStack::on_datagram(UdpSocket* socket, const RelayAddress& from, const uint8_t* data,
                           size_t size) {
  const Endpoint* shown = socket->replies.find(from);
  if (!shown && !endpoint_independent_) {
    ++counters_->udpFiltered;
    return;
  }
  // A third party is shown as itself, and a name that was never asked for cannot be shown at all.
  if (!shown) shown = &from.endpoint;
  if (send(socket->session, *shown, data, size)) socket->sent += size;
}

template <typename Predicate>
void UdpStack::forget_peers(UdpSession* session, Predicate predicate) {
  for (auto it = session->peers.begin(); it != session->peers.end();) {
    const UdpSession::Peer& peer = it->second;
    if (!predicate(peer)) {
      ++it;
      continue;
    }
    if (peer.socket) peer.socket->replies.remove(it->first, peer.target);
    it = session->peers.erase(it);
    --peer_count_;
  }
}

void UdpStack::close_socket(UdpSocket* socket) {
  UdpSession* session = socket->session;
  socket->closed = true;
  // Its destinations are decided again when they are next used.
  forget_peers(session, [socket](const UdpSession::Peer& peer) { return peer.socket == socket; });
  for (auto it = session->sockets.begin(); it != session->sockets.end(); ++it) {
    if (it->get() != socket) continue;
    host_->release(std::move(*it));
    session->sockets.erase(it);
    return;
  }
}

void UdpStack::close(UdpSession* session) {
  sessions_.erase(session->src);
  for (auto& socket : session->sockets) {
    socket->closed = true;
    host_->release(std::move(socket));
  }
  session->sockets.clear();
  forget_peers(session, [](const UdpSession::Peer&) { return true; });
  host_->retire(session);
}

void UdpStack::tick(uint64_t now) {
  now_ = now;
  if (now - last_sweep_ < kSweepMs) return;
  last_sweep_ = now;
  sweep();
}

void UdpStack::sweep() {
  std::vector<UdpSession*> idle;
  for (auto& [src, session] : sessions_) {
    if (now_ - session->last_used >= session->timeout_ms) {
      idle.push_back(session);
      continue;
    }
    // A destination that went quiet is decided again later: a long-lived session (a BitTorrent
    // port) may meet more destinations than the table holds.
    forget_peers(session, [this, session = session](const UdpSession::Peer& peer) {
      return now_ - peer.last_used >= session->timeout_ms;
    });
  }
  for (UdpSession* session : idle) close(session);
}

}  // namespace sluice
