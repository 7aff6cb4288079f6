// Linux: a ping socket (icmp(7)), whose id the kernel chooses and whose port it is; or a raw one
// where net.ipv4.ping_group_range does not let us have that.
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "base/random.h"
#include "net/ping_socket.h"
#include "wire/checksum.h"
#include "wire/packet.h"

namespace sluice {

namespace {
constexpr int kRoundBudget = 16;
constexpr size_t kHeader = 8;
// linux/icmp.h, which does not go together with netinet/ip_icmp.h.
constexpr int kIcmpFilter = 1;
}  // namespace

PingSocket::~PingSocket() {
  if (fd_ < 0) return;
  own_->remove(local_, OwnEndpoints::Kind::kEcho);
  ::close(fd_);
}

int PingSocket::open_socket(const Binding& binding) {
  int protocol = target_.family == 4 ? kProtocolIcmp : kProtocolIcmp6;
  int fd = open_bound_socket(target_.family, SOCK_DGRAM, binding, protocol);
  if (fd != -EACCES && fd != -EPERM && fd != -EPROTONOSUPPORT) return fd;
  raw_ = true;
  fd = open_bound_socket(target_.family, SOCK_RAW, binding, protocol);
  if (fd < 0) return fd;
  if (target_.family == 4) {
    uint32_t all_but_replies = ~(uint32_t{1} << kEchoReply4);
    ::setsockopt(fd, SOL_RAW, kIcmpFilter, &all_but_replies, sizeof(all_but_replies));
  } else {
    icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(kEchoReply6, &filter);
    ::setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
  }
  return fd;
}

int PingSocket::open(Reactor* reactor, const Endpoint& target, const Binding& binding) {
  target_ = target;
  target_.port = 0;
  fd_ = open_socket(binding);
  if (fd_ < 0) {
    int error = -fd_;
    fd_ = -1;
    return error;
  }
  keep_socket_errors(fd_, target_.family);
  sockaddr_storage address;
  socklen_t size = target_.to_sockaddr(&address);
  // Connected: replies of others are not heard.
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0) return errno;
  size = sizeof(address);
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  local_ = Endpoint::from_sockaddr(address);
  if (raw_) local_.port = static_cast<uint16_t>(random64());
  id_ = local_.port;
  own_->add(local_, OwnEndpoints::Kind::kEcho);
  return reactor->add(fd_, this, false) ? 0 : ENOMEM;
}

bool PingSocket::send(uint16_t seq, const uint8_t* payload, size_t size, uint8_t hop_limit,
                      bool dont_fragment) {
  if (hop_limit != hop_limit_) set_hop_limit(fd_, target_.family, hop_limit);
  hop_limit_ = hop_limit;
  if (dont_fragment != dont_fragment_) set_dont_fragment(fd_, target_.family, dont_fragment);
  dont_fragment_ = dont_fragment;
  uint8_t header[kHeader] = {};
  header[0] = target_.family == 4 ? kEchoRequest4 : kEchoRequest6;
  write16(header + 4, id_);
  write16(header + 6, seq);
  if (raw_ && target_.family == 4) {
    ChecksumSum sum;
    sum.add(header, kHeader);
    sum.add(payload, size);
    uint16_t checksum = sum.finished();
    std::memcpy(header + 2, &checksum, 2);
  }
  iovec parts[2] = {{header, kHeader}, {const_cast<uint8_t*>(payload), size}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  // An error of an earlier request is told by this call, too, and nothing is sent then.
  if (::sendmsg(fd_, &message, MSG_NOSIGNAL) >= 0) return true;
  if (errno == EAGAIN) return false;
  receive_errors();
  return !closed && ::sendmsg(fd_, &message, MSG_NOSIGNAL) >= 0;
}

void PingSocket::on_ready(bool readable, bool, bool) {
  if (!readable || closed) return;
  receive_errors();
  if (!closed) receive();
}

void PingSocket::receive() {
  static uint8_t buffer[65536];
  for (int i = 0; i < kRoundBudget && !closed; ++i) {
    ssize_t n = ::recv(fd_, buffer, sizeof(buffer), 0);
    if (n < 0) {
      if (errno == EAGAIN) return;
      continue;
    }
    auto size = static_cast<size_t>(n);
    const uint8_t* icmp = buffer;
    if (raw_ && target_.family == 4) {
      // Raw IPv4 sockets give the IP header, too; the kernel has checked it.
      size_t ip = static_cast<size_t>(buffer[0] & 0x0f) * 4;
      if (size < ip) continue;
      icmp += ip;
      size -= ip;
    }
    if (size < kHeader || icmp[0] != (target_.family == 4 ? kEchoReply4 : kEchoReply6)) continue;
    if (raw_ && read16(icmp + 4) != id_) continue;
    host_->on_echo_reply(this, read16(icmp + 6), icmp + kHeader, size - kHeader);
  }
}

void PingSocket::receive_errors() {
  uint8_t data[128];
  SocketError error;
  while (!closed && read_socket_error(fd_, data, sizeof(data), &error)) {
    // What comes back begins with the ICMP header of the request.
    if (error.size < kHeader || (raw_ && read16(data + 4) != id_)) continue;
    host_->on_echo_error(this, error, read16(data + 6));
  }
}

}  // namespace sluice
