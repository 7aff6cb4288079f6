// Who is at the other end of a unix socket, as the kernel saw it connect.
#pragma once

#include <cstdint>

namespace sluice {

struct Peer {
  int32_t pid = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
};

// Returns 0 or an errno.
int peer_of(int fd, Peer* out);

}  // namespace sluice
