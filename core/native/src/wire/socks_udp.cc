#include "wire/socks_udp.h"

#include <cstring>

#include "wire/packet.h"

namespace sluice {

namespace {

constexpr uint8_t kAtypIpv4 = 1;
constexpr uint8_t kAtypDomain = 3;
constexpr uint8_t kAtypIpv6 = 4;

// Names are compared without case (RFC 4343), and ASCII is all that a relay is given.
void assign_lower(const uint8_t* bytes, size_t size, std::string* out) {
  out->assign(reinterpret_cast<const char*>(bytes), size);
  for (char& c : *out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

}  // namespace

bool parse_relay_address(std::string_view host, uint16_t port, RelayAddress* out) {
  RelayAddress parsed;
  if (!Endpoint::parse(std::string(host), port, &parsed.endpoint)) {
    if (host.empty() || host.size() > kMaxDomain) return false;
    assign_lower(reinterpret_cast<const uint8_t*>(host.data()), host.size(), &parsed.domain);
    parsed.endpoint.port = port;
  }
  *out = std::move(parsed);
  return true;
}

size_t build_relay_header(const RelayAddress& to, uint8_t out[kMaxRelayHeader]) {
  std::memset(out, 0, 3);
  uint8_t* at = out + 4;
  if (to.is_domain()) {
    out[3] = kAtypDomain;
    *at++ = static_cast<uint8_t>(to.domain.size());
    std::memcpy(at, to.domain.data(), to.domain.size());
    at += to.domain.size();
  } else {
    out[3] = to.endpoint.family == 4 ? kAtypIpv4 : kAtypIpv6;
    std::memcpy(at, to.endpoint.address, to.endpoint.address_size());
    at += to.endpoint.address_size();
  }
  write16(at, to.endpoint.port);
  return static_cast<size_t>(at + 2 - out);
}

size_t parse_relay_header(const uint8_t* data, size_t size, RelayAddress* from) {
  if (size < 5 || data[2] != 0) return 0;
  from->endpoint = Endpoint{};
  size_t at = 4;
  size_t length;
  switch (data[3]) {
    case kAtypIpv4:
      from->endpoint.family = 4;
      length = 4;
      break;
    case kAtypIpv6:
      from->endpoint.family = 6;
      length = 16;
      break;
    case kAtypDomain:
      length = data[at++];
      if (length == 0) return 0;
      break;
    default:
      return 0;
  }
  if (size < at + length + 2) return 0;
  if (from->is_domain()) {
    assign_lower(data + at, length, &from->domain);
  } else {
    std::memcpy(from->endpoint.address, data + at, length);
  }
  from->endpoint.port = read16(data + at + length);
  return from->endpoint.port == 0 ? 0 : at + length + 2;
}

}  // namespace sluice
