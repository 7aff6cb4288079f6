#include "net/own_endpoints.h"

#include <sys/socket.h>

namespace sluice {

Endpoint OwnEndpoints::tagged(Endpoint endpoint, bool udp) {
  if (udp) endpoint.family = static_cast<uint16_t>(endpoint.family | 0x100);
  return endpoint;
}

void OwnEndpoints::add(int fd, bool udp, Endpoint* out) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
  *out = Endpoint::from_sockaddr(address);
  if (out->family != 0) ++endpoints_[tagged(*out, udp)];
}

void OwnEndpoints::remove(const Endpoint& endpoint, bool udp) {
  auto found = endpoints_.find(tagged(endpoint, udp));
  if (found != endpoints_.end() && --found->second == 0) endpoints_.erase(found);
}

bool OwnEndpoints::contains(Endpoint endpoint, bool udp) const {
  if (endpoints_.count(tagged(endpoint, udp))) return true;
  if (!udp) return false;
  std::memset(endpoint.address, 0, sizeof(endpoint.address));
  return endpoints_.count(tagged(endpoint, udp)) > 0;
}

}  // namespace sluice
