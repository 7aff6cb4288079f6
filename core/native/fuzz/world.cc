#include "world.h"

#include <algorithm>
#include <cstring>

#include "offload_device.h"

namespace sluice::fuzz {

namespace {

constexpr size_t kApps = 6;
constexpr size_t kMaxBuffer = 1024 * 1024;
// A slab of packets and one of socket bytes are always there, and what arrives in the round in
// which the limit is reached is kept.
constexpr size_t kMemorySlack = 4 * 1024 * 1024;
constexpr size_t kRecorded = 2000;
const Limits kLimits{16, 8, 8, kMaxBuffer};

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
      App& app = apps_[in_.below(apps_.size())];
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

void World::pass_time() {
  int ticks = 1 + static_cast<int>(in_.below(64));
  for (int i = 0; i < ticks; ++i) {
    now_ += kTickMs;
    engine_->tick(now_);
    hear_packets();
  }
  if (in_.below(8) == 0) now_ += 61'000;
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

}  // namespace sluice::fuzz
