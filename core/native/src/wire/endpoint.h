// Addresses and ports as values that can be compared and hashed.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

struct sockaddr;
struct sockaddr_storage;

namespace sluice {

// An IPv4 address occupies the first four bytes, network order; the rest is zero.
struct Endpoint {
  uint8_t address[16] = {};
  uint16_t port = 0;    // host order
  uint16_t family = 0;  // 4 or 6; 0: none

  size_t address_size() const { return family == 4 ? 4 : 16; }
  // One host's address: not unspecified, multicast, broadcast or reserved.
  bool is_unicast() const;
  bool operator==(const Endpoint& other) const {
    return std::memcmp(this, &other, sizeof(*this)) == 0;
  }

  // False where `text` is not an IP literal.
  static bool parse(const std::string& text, uint16_t port, Endpoint* out);
  static Endpoint from_sockaddr(const sockaddr_storage& address);
  // Returns the length of the address written.
  unsigned to_sockaddr(sockaddr_storage* out) const;
  std::string address_text() const;
};
static_assert(sizeof(Endpoint) == 20, "compared and hashed as bytes: no padding");

struct FlowKey {
  Endpoint src;
  Endpoint dst;
  bool operator==(const FlowKey& other) const { return src == other.src && dst == other.dst; }
};

// Seeded at random once a process, so that nobody outside can choose colliding keys.
uint64_t hash_bytes(const void* data, size_t size);

struct EndpointHash {
  size_t operator()(const Endpoint& e) const { return hash_bytes(&e, sizeof(e)); }
};
struct FlowKeyHash {
  size_t operator()(const FlowKey& k) const { return hash_bytes(&k, sizeof(k)); }
};

}  // namespace sluice
