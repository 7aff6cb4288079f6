// The Internet checksum (RFC 1071) and its pseudo-headers (RFC 793 3.1, RFC 8200 8.1).
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/endpoint.h"

namespace sluice {

// A running one's complement sum. Regions may have any length; parity is tracked.
class ChecksumSum {
 public:
  void add(const void* data, size_t size);
  // Source and destination address, protocol and transport length.
  void add_pseudo_header(const Endpoint& src, const Endpoint& dst, uint8_t protocol,
                         uint32_t length);
  // Folded to 16 bits in network byte order, not complemented: what NEEDS_CSUM expects in place.
  uint16_t folded() const;
  // Complemented: what goes on the wire.
  uint16_t finished() const { return static_cast<uint16_t>(~folded()); }

 private:
  uint64_t sum_ = 0;
  bool odd_ = false;
};

}  // namespace sluice
