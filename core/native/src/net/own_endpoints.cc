#include "net/own_endpoints.h"

#include <sys/socket.h>

namespace sluice {

Endpoint OwnEndpoints::tagged(Endpoint endpoint, Kind kind) {
  endpoint.family = static_cast<uint16_t>(endpoint.family | static_cast<uint16_t>(kind));
  return endpoint;
}

void OwnEndpoints::add(int fd, Kind kind, Endpoint* out) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
  *out = Endpoint::from_sockaddr(address);
  if (out->family != 0) add(*out, kind);
}

void OwnEndpoints::add(const Endpoint& endpoint, Kind kind) {
  ++endpoints_[tagged(endpoint, kind)];
}

void OwnEndpoints::remove(const Endpoint& endpoint, Kind kind) {
  auto found = endpoints_.find(tagged(endpoint, kind));
  if (found != endpoints_.end() && --found->second == 0) endpoints_.erase(found);
}

bool OwnEndpoints::contains(Endpoint endpoint, Kind kind) const {
  if (endpoints_.count(tagged(endpoint, kind))) return true;
  if (kind == Kind::kTcp) return false;
  std::memset(endpoint.address, 0, sizeof(endpoint.address));
  return endpoints_.count(tagged(endpoint, kind)) > 0;
}

}  // namespace sluice
