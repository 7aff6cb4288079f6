#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "net/socket_options.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

namespace sluice {

int open_bound_socket(uint16_t family, int type, const Binding& binding, int protocol) {
  int fd =
      ::socket(family == 4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd < 0) return -errno;
  int on = 1;
  if (!binding.device.empty() &&
      ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, binding.device.c_str(),
                   static_cast<socklen_t>(binding.device.size())) != 0) {
    int error = errno;
    ::close(fd);
    return -error;
  }
  if (family == 6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  const std::string& address = family == 4 ? binding.address4 : binding.address6;
  Endpoint local;
  if (!address.empty() && Endpoint::parse(address, 0, &local) && local.family == family) {
    // The port is chosen at connect, so that one address serves more than 28,000 connections.
    if (type == SOCK_STREAM) ::setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    sockaddr_storage storage;
    socklen_t size = local.to_sockaddr(&storage);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&storage), size) != 0) {
      int error = errno;
      ::close(fd);
      return -error;
    }
  }
  return fd;
}

void set_receive_buffer(int fd, int bytes) {
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) == 0) return;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

}  // namespace sluice
