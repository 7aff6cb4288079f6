#include "world.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "offload_device.h"
#include "wire/socks_udp.h"

namespace sluice::fuzz {

namespace {

constexpr size_t kApps = 6;
constexpr size_t kMaxBuffer = 1024 * 1024;
// A slab of packets and one of socket bytes are always there, and what arrives in the round in
// which the limit is reached is kept.
constexpr size_t kMemorySlack = 4 * 1024 * 1024;
constexpr size_t kMaxWritten = 1024 * 1024;
constexpr size_t kRecorded = 2000;
const Limits kLimits{16, 8, 8, kMaxBuffer};

void require(bool holds) {
  if (!holds) __builtin_trap();
}

FlowKey app_key(size_t index) {
  FlowKey key;
  bool v6 = index % 2;
  auto port = static_cast<uint16_t>(40000 + index);
  // The last two share a source, as the sessions of one UDP socket do.
  if (index + 1 == kApps) port = static_cast<uint16_t>(port - 2);
  Endpoint::parse(v6 ? "2001:db8::2" : "10.0.0.2", port, &key.src);
  Endpoint::parse(v6 ? "2001:db8:1::1" : "198.51.100.1", static_cast<uint16_t>(80 + index),
                  &key.dst);
  return key;
}

}  // namespace

World::World(Bytes* input) : in_(*input) {
  uint16_t mtu = in_.flag() ? 1500 : 1280;
  std::unique_ptr<Device> device;
  if (in_.flag()) {
    device = std::make_unique<OffloadDevice>(mtu);
  } else {
    device = std::make_unique<MemoryDevice>(mtu);
  }
  engine_ = std::make_unique<Engine>(std::move(device), kLimits);
  for (size_t i = 0; i < kApps; ++i) apps_.emplace_back(app_key(i));
  // One in two is recorded, in a ring so small that it wraps all the time.
  RecordOptions options;
  options.capacity = kRecorded;
  options.snap = 300;
  options.filter.emplace();
  for (size_t i = 0; i < kApps; i += 2) {
    FlowKey key = app_key(i);
    options.filter->add(kProtocolTcp, key.src, key.dst);
    options.filter->add(kProtocolUdp, key.src, Endpoint());
  }
  require(engine_->record(std::move(options)));
}

void World::live() {
  while (!in_.empty()) {
    act();
    check_memory();
  }
  // Everything ends, and each stream says so once.
  for (auto& [handle, known] : streams_) {
    if (Stream* stream = engine_->stream(handle)) engine_->destroy(stream);
  }
  engine_->work();
  tell_events();
  // Flows of SYNs that nobody had been told of yet.
  std::vector<Handle> rest;
  for (auto& [handle, known] : streams_) rest.push_back(handle);
  for (Handle handle : rest) {
    if (Stream* stream = engine_->stream(handle)) engine_->destroy(stream);
  }
  engine_->work();
  tell_events();
  require(streams_.empty());
  check_recording();
  engine_.reset();
  require(Slab::total_bytes() == 0);
}

// Whole packets, and all of them.
void World::check_recording() {
  const PacketRing& ring = engine_->recorder()->ring();
  require(ring.bytes() <= kRecorded);
  std::vector<uint8_t> records(kRecorded);
  uint64_t position = 0;
  size_t size = ring.read(&position, ring.end(), records.data(), records.size());
  require(size == ring.bytes() && position == ring.end());
  uint64_t packets = 0;
  for (size_t at = 0; at < size; ++packets) {
    PcapPacketHeader header;
    require(size - at >= sizeof(header));
    std::memcpy(&header, records.data() + at, sizeof(header));
    require(header.captured <= 300 && header.captured <= header.original);
    at += sizeof(header) + header.captured;
    require(at <= size);
  }
  require(packets == ring.packets());
}

void World::act() {
  switch (in_.below(19)) {
    case 16:
      return send_echo();
    case 17:
      return send_fragment();
    case 18:
      return call_echo();
    case 0:
      return send_garbage();
    case 1: {
      App& app = apps_[in_.below(kApps)];
      uint32_t isn = static_cast<uint32_t>(in_.byte()) << 24 | 0xffff00;  // wraps around early
      uint16_t window = in_.flag() ? 65535 : static_cast<uint16_t>(in_.byte());
      return inject(app.syn(isn, window, options()));
    }
    case 2:
    case 3:
    case 4:
    case 5:
      return send_segment();
    case 6:
      return send_datagram();
    case 7:
    case 8:
      return round();
    case 9:
      return pass_time();
    case 10:
    case 11:
    case 12:
      return call_stream();
    case 13:
      return call_udp();
    case 14:
      return call_server();
    default:
      return tell_events();
  }
}

std::vector<uint8_t> World::options() {
  switch (in_.below(4)) {
    case 0:
      return {};
    case 1:
      return {2, 4, 5, 180};  // MSS 1460
    case 2:
      // MSS, SACK permitted, window scale
      return {2, 4, in_.byte(), in_.byte(), 4, 2, 1, 3, 3, in_.byte()};
    default: {
      size_t size;
      const uint8_t* bytes = in_.take(in_.below(41), &size);
      return {bytes, bytes + size};
    }
  }
}

void World::send_segment() {
  static constexpr size_t kPayloads[] = {0, 1, 10, 1000, 1460, 20'000, 65'400};
  App& app = apps_[in_.below(kApps)];
  uint8_t how = in_.byte();
  Segment segment;
  segment.flags = how & 1 ? in_.byte() : kTcpAck;
  segment.seq = app.next;
  if (how & 2) segment.seq += static_cast<uint32_t>((in_.byte() - 128) * 100);
  segment.ack = app.peer_next;
  if (how & 4) segment.ack += static_cast<uint32_t>((in_.byte() - 128) * 50);
  if (how & 8) segment.window = static_cast<uint16_t>(in_.byte() * in_.byte());
  if (how & 16) segment.options = options();
  segment.payload = kPayloads[in_.below(std::size(kPayloads))];
  if (app.key.src.family == 4 && segment.payload > 65'000) segment.payload = 65'400;
  if (!(how & 2) && !(how & 32)) {
    app.next += static_cast<uint32_t>(segment.payload);
    if (segment.flags & kTcpFin) ++app.next;
  }
  inject(tcp_packet(app.key, segment));
}

void World::send_datagram() {
  FlowKey key = apps_[in_.below(kApps)].key;
  key.dst.port = static_cast<uint16_t>(key.dst.port + in_.below(4));
  size_t size;
  const uint8_t* payload = in_.take(in_.below(64), &size);
  inject(udp_packet(key, payload, size));
}

void World::send_echo() {
  static constexpr uint8_t kTypes[] = {kEchoRequest4, kEchoRequest6, kEchoReply4, 3};
  FlowKey key = apps_[in_.below(kApps)].key;
  uint8_t type = kTypes[in_.below(std::size(kTypes))];
  std::vector<uint8_t> payload(in_.below(256) * 40);
  PacketBytes packet = echo_packet(key, type, payload.data(), payload.size());
  if (in_.below(8) == 0) packet[key.src.family == 4 ? 8 : 7] = in_.byte();
  inject(packet);
}

void World::send_fragment() {
  FlowKey key = apps_[in_.below(2)].key;
  std::vector<uint8_t> payload(in_.below(256));
  PacketBytes whole = udp_packet(key, payload.data(), payload.size());
  size_t at = in_.below(40) * 8;
  size_t ip = key.src.family == 4 ? 20 : 40;
  if (ip + at >= whole.size()) at = 0;
  bool more = in_.flag();
  size_t size = more ? in_.below(40) * 8 : 1024;
  inject(fragment_of(whole, at, size, more, static_cast<uint8_t>(in_.below(4))));
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

void World::send_garbage() {
  size_t size;
  const uint8_t* bytes = in_.take(in_.byte(), &size);
  inject({bytes, bytes + size});
}

void World::pass_time() {
  int ticks = 1 + static_cast<int>(in_.below(64));
  for (int i = 0; i < ticks; ++i) {
    now_ += kTickMs;
    engine_->tick(now_);
    hear_packets();
  }
  if (in_.below(8) == 0) now_ += 61'000;
}

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

void World::inject(const PacketBytes& packet) {
  engine_->device()->memory()->inject(packet.data(), packet.size());
  if (in_.below(4)) round();
}

void World::round() {
  engine_->set_time(now_);
  engine_->run();
  hear_packets();
}

void World::hear_packets() {
  PacketBytes bytes;
  while (engine_->device()->memory()->take(&bytes)) {
    Packet packet;
    ParseError error = parse_packet(bytes.data(), bytes.size(), &packet);
    if (error == ParseError::kFragment) {
      require(bytes.size() <= engine_->device()->mtu());
      continue;
    }
    require(error == ParseError::kNone);
    require(verify_transport_checksum(packet));
    if (packet.protocol != kProtocolTcp) continue;
    for (App& app : apps_) {
      if (!(app.key.src == packet.dst && app.key.dst == packet.src)) continue;
      app.hear(packet);
      if (app.mixed || !app.peer_known) continue;
      for (size_t at = 0; at < packet.payload_size(); ++at) {
        uint32_t offset = packet.seq - app.peer_isn - 1 + static_cast<uint32_t>(at);
        require(packet.payload_data()[at] == byte_at(offset));
      }
    }
  }
}

void World::tell_events() {
  Event event;
  while (engine_->next_event(&event)) tell(event);
  engine_->work();
}

void World::tell(Event& event) {
  switch (event.kind) {
    case EventKind::kFlow: {
      Known known;
      known.flow = true;
      for (size_t i = 0; i < apps_.size(); ++i) {
        if (apps_[i].key == FlowKey{event.src, event.dst}) known.app = i;
      }
      require(streams_.emplace(event.handle, known).second);
      break;
    }
    case EventKind::kConnected:
      require(streams_.count(event.handle));
      break;
    case EventKind::kData: {
      auto found = streams_.find(event.handle);
      require(found != streams_.end());
      Known& known = found->second;
      require(!known.ended && !known.spliced);
      for (size_t i = 0; i < event.data.size(); ++i) {
        require(event.data.data()[i] == byte_at(known.first + known.received++));
      }
      break;
    }
    case EventKind::kEnd: {
      auto found = streams_.find(event.handle);
      require(found != streams_.end() && !found->second.ended && !found->second.spliced);
      found->second.ended = true;
      break;
    }
    case EventKind::kDrain:
      require(streams_.count(event.handle));
      break;
    case EventKind::kClosed:
      require(streams_.erase(event.handle) == 1);
      require(engine_->stream(event.handle) == nullptr);
      break;
    case EventKind::kUdpPeer:
      if (std::find(sessions_.begin(), sessions_.end(), event.handle) == sessions_.end()) {
        sessions_.push_back(event.handle);
      }
      destinations_.push_back({event.handle, event.dst});
      break;
    case EventKind::kUdpData:
    case EventKind::kUdpMore:
      break;
    case EventKind::kEcho:
      echoes_.push_back(event.handle);
      break;
    case EventKind::kEchoClosed:
      require(std::count(echoes_.begin(), echoes_.end(), event.handle) == 1);
      echoes_.erase(std::find(echoes_.begin(), echoes_.end(), event.handle));
      break;
    case EventKind::kUdpClosed: {
      auto found = std::find(sessions_.begin(), sessions_.end(), event.handle);
      require(found != sessions_.end());
      sessions_.erase(found);
      break;
    }
    case EventKind::kDeviceLost:
      require(false);
      break;
  }
}

void World::check_memory() {
  require(Slab::total_bytes() <= kMaxBuffer + kMemorySlack + calls_bytes_);
}

Handle World::pick_stream() {
  if (streams_.empty()) return 0;
  auto place = streams_.begin();
  std::advance(place, static_cast<std::ptrdiff_t>(in_.below(streams_.size())));
  return place->first;
}

}  // namespace sluice::fuzz
