#include <sys/socket.h>

#include <cerrno>

#include "process/peer.h"

namespace sluice {

int peer_of(int fd, Peer* out) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return errno;
  *out = Peer{credentials.pid, credentials.uid, credentials.gid};
  return 0;
}

}  // namespace sluice
