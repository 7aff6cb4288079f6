// What TypeScript asks of the engine, and what servers do with its connections.
#include <vector>

#include "wire/socks_udp.h"
#include "world.h"

namespace sluice::fuzz {

namespace {

constexpr size_t kMaxWritten = 1024 * 1024;

}  // namespace

void World::call_stream() {
  if (in_.below(8) == 0) {
    if (loopback_.connections() > 8) return;
    bool refused = in_.below(4) == 0;
    Binding binding;
    if (in_.flag()) binding.device = "lo";
    TcpSocket* socket =
        engine_->connect(refused ? Loopback::nobody() : Loopback::server(), binding);
    streams_.emplace(socket->handle, Known{});
    engine_->work();
    return;
  }
  Handle handle = pick_stream();
  Stream* stream = engine_->stream(handle);
  if (!stream) return;
  Known& known = streams_[handle];
  switch (in_.below(12)) {
    case 0:
    case 1:
    case 2:
      if (Flow* flow = engine_->held_flow(handle)) {
        Packet syn;
        const auto& held = flow->held_packet();
        require(parse_packet(held.data(), held.size(), &syn) == ParseError::kNone);
        known.first = syn.seq + 1;
        // What an earlier connection sent is over.
        hear_packets();
        if (known.app < apps_.size()) apps_[known.app].mixed = known.spliced;
        flow->accept();
      }
      break;
    case 3:
      if (Flow* flow = engine_->held_flow(handle)) {
        engine_->refuse(flow, static_cast<Refusal>(in_.below(6)));
      }
      break;
    case 4:
    case 5: {
      size_t size = in_.flag() ? in_.below(256) : in_.below(256) * 256;
      if (calls_bytes_ + size > kMaxWritten) break;
      calls_bytes_ += size;
      std::vector<uint8_t> bytes(size);
      for (size_t i = 0; i < size; ++i) {
        bytes[i] = byte_at(known.written + static_cast<uint32_t>(i));
      }
      known.written += static_cast<uint32_t>(size);
      stream->write(bytes.data(), size);
      break;
    }
    case 6:
      stream->finish();
      break;
    case 7:
      engine_->destroy(stream);
      break;
    case 8:
      stream->pause();
      break;
    case 9:
      stream->resume();
      break;
    default: {
      Handle other = pick_stream();
      Stream* sink = engine_->stream(other);
      if (!sink || sink == stream) break;
      if (!engine_->splice(stream, sink)) break;
      // What each sends from here on is the other's.
      for (Handle joined : {handle, other}) {
        Known& end = streams_[joined];
        end.spliced = true;
        if (end.app < apps_.size()) apps_[end.app].mixed = true;
      }
      break;
    }
  }
  engine_->work();
}

Handle World::pick_stream() {
  if (streams_.empty()) return 0;
  auto place = streams_.begin();
  std::advance(place, static_cast<std::ptrdiff_t>(in_.below(streams_.size())));
  return place->first;
}

void World::call_udp() {
  size_t what = in_.below(11);
  if (sessions_.empty()) return;
  Handle handle = sessions_[in_.below(sessions_.size())];
  UdpSession* session = engine_->session(handle);
  if (!session) return;
  Endpoint dst = session->src;
  if (!destinations_.empty()) dst = destinations_[in_.below(destinations_.size())].dst;
  UdpSocket* socket = nullptr;
  if (!sockets_.empty()) socket = engine_->udp_socket(sockets_[in_.below(sockets_.size())]);
  switch (what) {
    case 0:
    case 1: {
      // Never anywhere but the loopback interface.
      Binding binding;
      binding.device = "lo";
      Endpoint relay = Loopback::relay();
      int error;
      UdpSocket* opened = engine_->open_udp_socket(session, session->src.family, binding,
                                                   in_.below(4) ? &relay : nullptr, &error);
      if (opened) sockets_.push_back(opened->handle);
      break;
    }
    case 2:
    case 3:
      if (socket && socket->session == session) {
        RelayAddress target;
        target.endpoint = dst;
        if (in_.flag()) parse_relay_address(in_.flag() ? "example.com" : "192.0.2.1", 80, &target);
        engine_->udp()->route(session, dst, socket, target);
      }
      break;
    case 4:
      engine_->udp()->to_script(session, dst);
      break;
    case 5:
      engine_->udp()->refuse(session, dst, static_cast<Refusal>(in_.below(6)));
      break;
    case 6: {
      std::vector<uint8_t> bytes(in_.below(256) * 257);
      engine_->udp()->send(session, dst, bytes.data(), bytes.size());
      break;
    }
    case 7:
      if (socket) engine_->udp()->close_socket(socket);
      break;
    case 8:
      if (in_.flag()) {
        engine_->udp()->close(session);
      } else {
        session->timeout_ms = in_.byte() * uint64_t{100};
      }
      break;
    case 9:
      for (const Packet& packet : engine_->udp()->waiting(session, dst)) {
        require(packet.dst == dst && packet.src == session->src);
      }
      break;
    default: {
      size_t size;
      const uint8_t* bytes = in_.take(in_.below(64), &size);
      std::vector<uint8_t> answer(kMaxRelayHeader);
      RelayAddress from;
      from.endpoint = dst;
      if (in_.flag()) parse_relay_address(in_.flag() ? "example.com" : "192.0.2.2", 80, &from);
      answer.resize(in_.flag() ? build_relay_header(from, answer.data()) : 0);
      answer.insert(answer.end(), bytes, bytes + size);
      loopback_.relay_answer(answer.data(), answer.size());
      break;
    }
  }
  engine_->work();
}

void World::call_echo() {
  if (in_.below(4) == 0) {
    IcmpSettings settings;
    settings.echo = static_cast<EchoMode>(in_.below(3));
    Endpoint hop4;
    Endpoint hop6;
    if (in_.flag()) Endpoint::parse("198.18.0.2", 0, &hop4);
    if (in_.flag()) Endpoint::parse("fdfe::2", 0, &hop6);
    engine_->outlet()->set_hops(hop4, hop6);
    engine_->icmp()->configure(settings);
    engine_->udp()->set_endpoint_independent(in_.flag());
    return;
  }
  if (echoes_.empty()) return;
  EchoSession* session = engine_->echo(echoes_[in_.below(echoes_.size())]);
  if (!session) return;
  switch (in_.below(4)) {
    case 0:
      engine_->icmp()->reply(session);
      break;
    case 1:
      engine_->icmp()->refuse(session, static_cast<Refusal>(in_.below(6)));
      break;
    case 2: {
      Endpoint target;
      Endpoint::parse(session->src.family == 4 ? "127.0.0.1" : "::1", 0, &target);
      Binding binding;
      binding.device = "lo";
      engine_->route_echo(session, target, binding);
      break;
    }
    default:
      engine_->icmp()->close(session);
      break;
  }
  engine_->work();
}

void World::call_server() {
  loopback_.accept_all();
  size_t index = in_.below(4);
  switch (in_.below(8)) {
    case 0:
    case 1:
    case 2:
      return loopback_.send(index, in_.below(256) * 256 + 1);
    case 3:
    case 4:
    case 5:
      return loopback_.receive(index, 256 * 1024);
    case 6:
      return loopback_.finish(index);
    default:
      return loopback_.reset(index);
  }
}

}  // namespace sluice::fuzz
