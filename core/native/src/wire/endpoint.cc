#include "wire/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/random.h"

namespace sluice {

bool Endpoint::parse(const std::string& text, uint16_t port, Endpoint* out) {
  Endpoint parsed;
  parsed.port = port;
  if (inet_pton(AF_INET, text.c_str(), parsed.address) == 1) {
    parsed.family = 4;
  } else if (inet_pton(AF_INET6, text.c_str(), parsed.address) == 1) {
    parsed.family = 6;
  } else {
    return false;
  }
  *out = parsed;
  return true;
}

bool Endpoint::is_unicast() const {
  if (family == 4) return address[0] != 0 && address[0] < 224;
  static const uint8_t unspecified[16] = {};
  return address[0] != 0xff && std::memcmp(address, unspecified, sizeof(unspecified)) != 0;
}

Endpoint Endpoint::from_sockaddr(const sockaddr_storage& address) {
  Endpoint e;
  if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    std::memcpy(e.address, &in.sin_addr, 4);
    e.port = ntohs(in.sin_port);
    e.family = 4;
  } else if (address.ss_family == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(e.address, &in6.sin6_addr, 16);
    e.port = ntohs(in6.sin6_port);
    e.family = 6;
  }
  return e;
}

unsigned Endpoint::to_sockaddr(sockaddr_storage* out) const {
  std::memset(out, 0, sizeof(*out));
  if (family == 4) {
    auto& in = reinterpret_cast<sockaddr_in&>(*out);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, address, 4);
    return sizeof(sockaddr_in);
  }
  auto& in6 = reinterpret_cast<sockaddr_in6&>(*out);
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(port);
  std::memcpy(&in6.sin6_addr, address, 16);
  return sizeof(sockaddr_in6);
}

std::string Endpoint::address_text() const {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family == 4 ? AF_INET : AF_INET6, address, text, sizeof(text));
  return text;
}

uint64_t hash_bytes(const void* data, size_t size) {
  static const uint64_t seed = random64();
  static const uint64_t multiplier = random64() | 1;
  const auto* bytes = static_cast<const uint8_t*>(data);
  uint64_t hash = seed ^ size;
  while (size > 0) {
    uint64_t word = 0;
    size_t n = size < 8 ? size : 8;
    std::memcpy(&word, bytes, n);
    // Folding the 128-bit product mixes high bits into low ones.
    unsigned __int128 product = static_cast<unsigned __int128>(hash ^ word) * multiplier;
    hash = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64) ^ seed;
    bytes += n;
    size -= n;
  }
  return hash;
}

}  // namespace sluice
