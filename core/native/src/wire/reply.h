// Packets that Sluice itself answers with: TCP resets, ICMP errors, echo replies and UDP headers.
// All are built complete, checksums included.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/packet.h"

namespace sluice {

// Large enough for any reply below.
constexpr size_t kMaxReply = 1280;

enum class Refusal {
  kReset,
  kPortUnreachable,
  kHostUnreachable,
  kNetUnreachable,
  kProhibited,
  kDrop,
};

// A RST that the sender of `packet` accepts (RFC 9293 3.10.7.1). Returns its size.
size_t build_reset(const Packet& packet, uint8_t out[kMaxReply]);

// ICMP errors that quote `packet`; each returns its size. What is unreachable says so itself, the
// others come from a router.
// Destination unreachable (RFC 792, RFC 4443 3.1).
size_t build_unreachable(const Packet& packet, Refusal reason, uint8_t out[kMaxReply]);
// The same from somebody else, with a code as the packet's family knows it.
size_t build_unreachable(const Packet& packet, const Endpoint& from, uint8_t code,
                         uint8_t out[kMaxReply]);
// Time exceeded (RFC 792, RFC 4443 3.3): `code` 0 in transit, 1 in reassembly.
size_t build_time_exceeded(const Packet& packet, const Endpoint& from, uint8_t code,
                           uint8_t out[kMaxReply]);
// Fragmentation needed (RFC 1191 4), packet too big (RFC 4443 3.2).
size_t build_too_big(const Packet& packet, const Endpoint& from, uint16_t mtu,
                     uint8_t out[kMaxReply]);

// IP and ICMP header of an echo request or reply (RFC 792, RFC 4443 4) with this payload. Returns
// the size of the headers (28 or 48).
size_t build_echo_header(const Endpoint& src, const Endpoint& dst, bool request, uint16_t id,
                         uint16_t seq, const uint8_t* payload, size_t payload_size,
                         uint8_t out[48]);

// IP and UDP header for `payload` bytes from `src` to `dst`, with the checksum of the payload;
// without `payload`, with the pseudo-header's sum in its place. Returns the size of the headers (28
// or 48).
size_t build_udp_header(const Endpoint& src, const Endpoint& dst, const uint8_t* payload,
                        size_t payload_size, uint8_t out[48]);

}  // namespace sluice
