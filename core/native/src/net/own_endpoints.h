// The local endpoints of our own sockets: a captured packet from one of them is our own traffic
// come back, and must be refused, not relayed (the breaker).
#pragma once

#include <unordered_map>

#include "wire/endpoint.h"

namespace sluice {

class OwnEndpoints {
 public:
  // Separate spaces of ports. An echo's port is its id.
  enum class Kind : uint16_t { kTcp = 0, kUdp = 0x100, kEcho = 0x200 };

  // Reads the socket's local endpoint; `*out` is what `remove` wants later.
  void add(int fd, Kind kind, Endpoint* out);
  void add(const Endpoint& endpoint, Kind kind);
  void remove(const Endpoint& endpoint, Kind kind);
  // An unspecified local address (a UDP socket that is not bound to one) matches by port alone.
  bool contains(Endpoint endpoint, Kind kind) const;

 private:
  // The family carries the kind.
  static Endpoint tagged(Endpoint endpoint, Kind kind);
  std::unordered_map<Endpoint, int, EndpointHash> endpoints_;
};

}  // namespace sluice
