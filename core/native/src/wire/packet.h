// A checked view of one IP packet: everything that arrives is hostile until `parse_packet` has
// passed it. Nothing here allocates or modifies.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/endpoint.h"

namespace sluice {

constexpr uint8_t kProtocolTcp = 6;
constexpr uint8_t kProtocolUdp = 17;

// TCP flags (RFC 9293 3.1).
constexpr uint8_t kTcpFin = 0x01;
constexpr uint8_t kTcpSyn = 0x02;
constexpr uint8_t kTcpRst = 0x04;
constexpr uint8_t kTcpPsh = 0x08;
constexpr uint8_t kTcpAck = 0x10;

enum class ParseError {
  kNone,
  kMalformed,   // lengths or header fields contradict each other
  kFragment,    // IPv4 or IPv6 fragment: not reassembled
  kOther,       // a protocol that is neither TCP nor UDP
  kBadAddress,  // a source that no host can have, or TCP to more than one
};

struct Packet {
  const uint8_t* data = nullptr;  // the IP header
  size_t size = 0;                // up to the end the IP header states
  uint8_t protocol = 0;
  uint8_t dscp = 0;      // RFC 2474 3
  size_t transport = 0;  // offset of the transport header
  size_t payload = 0;    // offset behind the transport header
  Endpoint src;
  Endpoint dst;
  // TCP only
  uint8_t tcp_flags = 0;
  uint32_t seq = 0;
  uint32_t ack = 0;

  size_t payload_size() const { return size - payload; }
  const uint8_t* payload_data() const { return data + payload; }
};

// Checks the IP header (RFC 791 3.1, RFC 8200 3 and 4) and the TCP (RFC 9293 3.1) or UDP (RFC 768)
// header inside `size` bytes. IPv4's own header checksum is verified; the transport's is not.
ParseError parse_packet(const uint8_t* data, size_t size, Packet* out);

// Whether the transport checksum over the whole (possibly super-sized) packet is right.
bool verify_transport_checksum(const Packet& packet);

// Whether a TCP packet carries SACK blocks (RFC 2018 3): its sender has a hole.
bool has_sack_blocks(const Packet& packet);

// Offset of the checksum field inside a TCP or UDP header.
constexpr uint16_t checksum_offset(uint8_t protocol) { return protocol == kProtocolTcp ? 16 : 6; }

inline uint16_t read16(const uint8_t* p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }
inline uint32_t read32(const uint8_t* p) {
  return static_cast<uint32_t>(p[0]) << 24 | p[1] << 16 | p[2] << 8 | p[3];
}
inline void write16(uint8_t* p, uint16_t v) {
  p[0] = static_cast<uint8_t>(v >> 8);
  p[1] = static_cast<uint8_t>(v);
}
inline void write32(uint8_t* p, uint32_t v) {
  write16(p, static_cast<uint16_t>(v >> 16));
  write16(p + 2, static_cast<uint16_t>(v));
}

}  // namespace sluice
