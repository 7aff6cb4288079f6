// The local endpoints of our own sockets: a captured packet from one of them is our own traffic
// come back, and must be refused, not relayed (the breaker).
#pragma once

#include <unordered_map>

#include "wire/endpoint.h"

namespace sluice {

class OwnEndpoints {
 public:
  // Reads the socket's local endpoint; `*out` is what `remove` wants later.
  void add(int fd, bool udp, Endpoint* out);
  void remove(const Endpoint& endpoint, bool udp);
  // An unspecified local address (a UDP socket that is not bound to one) matches by port alone.
  bool contains(Endpoint endpoint, bool udp) const;

 private:
  // TCP and UDP ports are separate spaces: the family carries the difference.
  static Endpoint tagged(Endpoint endpoint, bool udp);
  std::unordered_map<Endpoint, int, EndpointHash> endpoints_;
};

}  // namespace sluice
