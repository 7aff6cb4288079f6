#include "wire/socks_udp.h"

#include <cstring>

#include "wire/packet.h"

namespace sluice {

namespace {
constexpr uint8_t kAtypIpv4 = 1;
constexpr uint8_t kAtypIpv6 = 4;
}  // namespace

size_t build_relay_header(const Endpoint& to, uint8_t out[kMaxRelayHeader]) {
  out[0] = out[1] = out[2] = 0;
  out[3] = to.family == 4 ? kAtypIpv4 : kAtypIpv6;
  std::memcpy(out + 4, to.address, to.address_size());
  write16(out + 4 + to.address_size(), to.port);
  return 6 + to.address_size();
}

size_t parse_relay_header(const uint8_t* data, size_t size, Endpoint* from) {
  if (size < 4 || data[2] != 0) return 0;
  if (data[3] != kAtypIpv4 && data[3] != kAtypIpv6) return 0;
  Endpoint parsed;
  parsed.family = data[3] == kAtypIpv4 ? 4 : 6;
  size_t header = 6 + parsed.address_size();
  if (size < header) return 0;
  std::memcpy(parsed.address, data + 4, parsed.address_size());
  parsed.port = read16(data + 4 + parsed.address_size());
  if (parsed.port == 0) return 0;
  *from = parsed;
  return header;
}

}  // namespace sluice
