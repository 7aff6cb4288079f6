// The header in front of every datagram to and from a SOCKS5 relay (RFC 1928 section 7):
//
// | RSV 2 | FRAG 1 | ATYP 1 | DST.ADDR | DST.PORT 2 | DATA
//
// DST.ADDR is an IPv4 or IPv6 address, or a length and a domain name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/endpoint.h"

namespace sluice {

constexpr size_t kMaxDomain = 255;
constexpr size_t kMaxRelayHeader = 7 + kMaxDomain;

// Where a datagram is sent, or who sent it.
struct RelayAddress {
  Endpoint endpoint;   // family 0: `domain` instead; the port counts in both
  std::string domain;  // in lower case; 1 to kMaxDomain bytes

  bool is_domain() const { return endpoint.family == 0; }
};

// False where `host` is neither an IP literal nor of a length that a domain can have.
bool parse_relay_address(std::string_view host, uint16_t port, RelayAddress* out);

// Returns the size of the header.
size_t build_relay_header(const RelayAddress& to, uint8_t out[kMaxRelayHeader]);

// Returns the size of the header, or 0 where it is not one we accept: cut short, a fragment, or
// from something that is no address (no domain, port 0).
size_t parse_relay_header(const uint8_t* data, size_t size, RelayAddress* from);

}  // namespace sluice
