// A checked view of one IP packet: everything that arrives is hostile until `parse_packet` has
// passed it. Nothing here allocates or modifies.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/endpoint.h"

namespace sluice {

constexpr uint8_t kProtocolIcmp = 1;
constexpr uint8_t kProtocolTcp = 6;
constexpr uint8_t kProtocolUdp = 17;
constexpr uint8_t kProtocolIcmp6 = 58;

// ICMP types (RFC 792, RFC 4443 4).
constexpr uint8_t kEchoReply4 = 0;
constexpr uint8_t kEchoRequest4 = 8;
constexpr uint8_t kEchoRequest6 = 128;
constexpr uint8_t kEchoReply6 = 129;

// TCP flags (RFC 9293 3.1).
constexpr uint8_t kTcpFin = 0x01;
constexpr uint8_t kTcpSyn = 0x02;
constexpr uint8_t kTcpRst = 0x04;
constexpr uint8_t kTcpPsh = 0x08;
constexpr uint8_t kTcpAck = 0x10;

enum class ParseError {
  kNone,
  kMalformed,   // lengths or header fields contradict each other
  kFragment,    // an IPv4 or IPv6 fragment: nothing behind the IP header was looked at
  kOther,       // a protocol that is neither TCP, UDP nor ICMP
  kBadAddress,  // a source that no host can have, or TCP to more than one
};

struct Packet {
  const uint8_t* data = nullptr;  // the IP header
  size_t size = 0;                // up to the end the IP header states
  uint8_t protocol = 0;
  uint8_t dscp = 0;  // RFC 2474 3
  uint8_t hop_limit = 0;
  bool dont_fragment = false;  // true of every IPv6 packet, which no router fragments
  size_t transport = 0;        // offset of the transport header, or of the fragment header
  size_t payload = 0;          // offset behind the transport header
  Endpoint src;                // ICMP has no ports: zero
  Endpoint dst;
  // TCP only
  uint8_t tcp_flags = 0;
  uint32_t seq = 0;
  uint32_t ack = 0;

  size_t payload_size() const { return size - payload; }
  const uint8_t* payload_data() const { return data + payload; }
};

// Checks the IP header (RFC 791 3.1, RFC 8200 3 and 4) and the TCP (RFC 9293 3.1), UDP (RFC 768) or
// ICMP (RFC 792, RFC 4443 2.1) header inside `size` bytes. IPv4's own header checksum is verified;
// the transport's is not.
ParseError parse_packet(const uint8_t* data, size_t size, Packet* out);

// Whether the transport checksum over the whole (possibly super-sized) packet is right.
bool verify_transport_checksum(const Packet& packet);

// Whether a TCP packet carries SACK blocks (RFC 2018 3): its sender has a hole.
bool has_sack_blocks(const Packet& packet);

// Offset of the checksum field inside a transport header.
constexpr uint16_t checksum_offset(uint8_t protocol) {
  return protocol == kProtocolTcp ? 16 : protocol == kProtocolUdp ? 6 : 2;
}

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
