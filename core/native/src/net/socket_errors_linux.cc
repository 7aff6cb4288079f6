// Linux: the error queue of a socket (ip(7), IP_RECVERR).
#include <netinet/in.h>
#include <sys/socket.h>

#include <ctime>
// Wants struct timespec from somebody else.
#include <linux/errqueue.h>

#include <cerrno>
#include <cstring>

#include "net/socket_errors.h"

namespace sluice {

namespace {

bool set_option(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

// RFC 792 and RFC 4443 3: types and codes.
bool understand(const sock_extended_err& error, uint16_t family, SocketError* out) {
  out->code = error.ee_code;
  out->mtu = static_cast<uint16_t>(error.ee_info > 65535 ? 65535 : error.ee_info);
  out->local = error.ee_origin == SO_EE_ORIGIN_LOCAL;
  if (error.ee_errno == EMSGSIZE) {
    out->kind = SocketError::Kind::kTooBig;
    return true;
  }
  if (out->local) return false;
  bool v4 = family == 4;
  if (error.ee_type == (v4 ? 11 : 3)) {
    out->kind = SocketError::Kind::kTimeExceeded;
    return true;
  }
  out->kind = SocketError::Kind::kUnreachable;
  return error.ee_type == (v4 ? 3 : 1);
}

}  // namespace

void keep_socket_errors(int fd, uint16_t family) {
  if (family == 4) {
    set_option(fd, SOL_IP, IP_RECVERR, 1);
  } else {
    set_option(fd, SOL_IPV6, IPV6_RECVERR, 1);
  }
}

bool read_socket_error(int fd, uint8_t* data, size_t capacity, SocketError* out) {
  while (true) {
    sockaddr_storage address{};
    alignas(cmsghdr) uint8_t control[512];
    iovec part{data, capacity};
    msghdr message{};
    message.msg_name = &address;
    message.msg_namelen = sizeof(address);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    ssize_t n = ::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (n < 0) return false;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
      bool v4 = c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR;
      bool v6 = c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR;
      if (!v4 && !v6) continue;
      sock_extended_err error;
      std::memcpy(&error, CMSG_DATA(c), sizeof(error));
      *out = SocketError{};
      if (!understand(error, v4 ? 4 : 6, out)) break;
      out->destination = Endpoint::from_sockaddr(address);
      sockaddr_storage offender{};
      size_t behind = c->cmsg_len - CMSG_LEN(sizeof(error));
      std::memcpy(&offender, CMSG_DATA(c) + sizeof(error),
                  behind < sizeof(offender) ? behind : sizeof(offender));
      out->offender = Endpoint::from_sockaddr(offender);
      out->offender.port = 0;
      out->size = static_cast<size_t>(n);
      return true;
    }
  }
}

void set_dont_fragment(int fd, uint16_t family, bool on) {
  if (family == 4) {
    set_option(fd, SOL_IP, IP_MTU_DISCOVER, on ? IP_PMTUDISC_DO : IP_PMTUDISC_WANT);
  } else {
    set_option(fd, SOL_IPV6, IPV6_MTU_DISCOVER, on ? IPV6_PMTUDISC_DO : IPV6_PMTUDISC_WANT);
  }
}

void set_hop_limit(int fd, uint16_t family, uint8_t hops) {
  if (family == 4) {
    set_option(fd, SOL_IP, IP_TTL, hops);
  } else {
    set_option(fd, SOL_IPV6, IPV6_UNICAST_HOPS, hops);
  }
}

uint16_t path_mtu(int fd, uint16_t family) {
  int mtu = 0;
  socklen_t size = sizeof(mtu);
  bool known = family == 4 ? ::getsockopt(fd, SOL_IP, IP_MTU, &mtu, &size) == 0
                           : ::getsockopt(fd, SOL_IPV6, IPV6_MTU, &mtu, &size) == 0;
  return known && mtu > 0 ? static_cast<uint16_t>(mtu > 65535 ? 65535 : mtu) : 0;
}

}  // namespace sluice
