// The application's side of one TCP connection, as far as the fuzzer needs it: it knows the
// sequence numbers that the stack would accept, so that its packets get past the first checks.
#pragma once

#include <cstdint>
#include <vector>

#include "wire/packet.h"

namespace sluice::fuzz {

using PacketBytes = std::vector<uint8_t>;

// The byte that belongs at a sequence number: whatever order segments arrive in, and however they
// overlap, the stream must carry these.
inline uint8_t byte_at(uint32_t seq) { return static_cast<uint8_t>(seq ^ (seq >> 8) * 167); }

struct Segment {
  uint8_t flags = kTcpAck;
  uint32_t seq = 0;
  uint32_t ack = 0;
  uint16_t window = 65535;
  std::vector<uint8_t> options;  // padded to whole words
  size_t payload = 0;
};

// Complete packets with right checksums.
PacketBytes tcp_packet(const FlowKey& key, const Segment& segment);
PacketBytes udp_packet(const FlowKey& key, const uint8_t* payload, size_t size);

PacketBytes echo_packet(const FlowKey& key, uint8_t type, const uint8_t* payload, size_t size);
// A piece of a packet without options or extension headers: `size` bytes from `at` (a multiple of
// 8) of what follows its IP header.
PacketBytes fragment_of(const PacketBytes& whole, size_t at, size_t size, bool more, uint8_t id);

class App {
 public:
  explicit App(const FlowKey& key) : key(key) {}

  // A new connection attempt.
  PacketBytes syn(uint32_t isn, uint16_t window, std::vector<uint8_t> options);
  // A packet of the stack to this connection.
  void hear(const Packet& packet);

  FlowKey key;
  uint32_t isn = 0;
  uint32_t next = 0;  // what it sends next
  uint32_t peer_isn = 0;
  uint32_t peer_next = 0;  // what it expects next
  bool peer_known = false;
  bool mixed = false;  // it hears what another stream sent, too
};

}  // namespace sluice::fuzz
