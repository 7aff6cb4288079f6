// The header in front of every datagram to and from a SOCKS5 relay (RFC 1928 section 7):
//
// | RSV 2 | FRAG 1 | ATYP 1 | DST.ADDR | DST.PORT 2 | DATA
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/endpoint.h"

namespace sluice {

constexpr size_t kMaxRelayHeader = 22;

// Returns the size of the header.
size_t build_relay_header(const Endpoint& to, uint8_t out[kMaxRelayHeader]);

// Returns the size of the header, or 0 where it is not one we accept: cut short, a fragment, or
// from something that is no address (a domain name, port 0).
size_t parse_relay_header(const uint8_t* data, size_t size, Endpoint* from);

}  // namespace sluice
