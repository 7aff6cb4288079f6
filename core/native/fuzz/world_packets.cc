// What applications and strangers send into the tunnel.
#include "world.h"

namespace sluice::fuzz {

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
  App& app = apps_[in_.below(apps_.size())];
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
  FlowKey key = apps_[in_.below(apps_.size())].key;
  key.dst.port = static_cast<uint16_t>(key.dst.port + in_.below(4));
  size_t size;
  const uint8_t* payload = in_.take(in_.below(64), &size);
  inject(udp_packet(key, payload, size));
}

void World::send_echo() {
  static constexpr uint8_t kTypes[] = {kEchoRequest4, kEchoRequest6, kEchoReply4, 3};
  FlowKey key = apps_[in_.below(apps_.size())].key;
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

void World::send_garbage() {
  size_t size;
  const uint8_t* bytes = in_.take(in_.byte(), &size);
  inject({bytes, bytes + size});
}

}  // namespace sluice::fuzz
