// Packets that Sluice itself answers with: TCP resets, ICMP errors and UDP headers. All are built
// complete, checksums included.
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

// ICMP destination unreachable (RFC 792, RFC 4443 3.1) that quotes `packet`. Returns its size.
size_t build_unreachable(const Packet& packet, Refusal reason, uint8_t out[kMaxReply]);

// IP and UDP header for `payload` bytes from `src` to `dst`, with the checksum of the payload.
// Returns the size of the headers (28 or 48).
size_t build_udp_header(const Endpoint& src, const Endpoint& dst, const uint8_t* payload,
                        size_t payload_size, uint8_t out[48]);

}  // namespace sluice
