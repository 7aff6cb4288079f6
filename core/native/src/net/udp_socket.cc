#include "net/udp_socket.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "wire/socks_udp.h"

namespace sluice {

namespace {
constexpr int kRoundBudget = 128;
constexpr size_t kMaxDatagram = 65535;
}  // namespace

UdpSocket::~UdpSocket() {
  if (fd_ < 0) return;
  own_->remove(local_, OwnEndpoints::Kind::kUdp);
  ::close(fd_);
}

int UdpSocket::open(Reactor* reactor, uint16_t family, const Binding& binding,
                    const Endpoint* relay) {
  fd_ = open_bound_socket(relay ? relay->family : family, SOCK_DGRAM, binding);
  if (fd_ < 0) {
    int error = -fd_;
    fd_ = -1;
    return error;
  }
  sockaddr_storage address;
  if (relay) {
    // Connected: the kernel drops what does not come from the relay.
    relayed_ = true;
    socklen_t size = relay->to_sockaddr(&address);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0) return errno;
  } else {
    // The port must be ours before the first datagram leaves: the breaker knows it by it.
    socklen_t size = sizeof(address);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
  }
  own_->add(fd_, OwnEndpoints::Kind::kUdp, &local_);
  return reactor->add(fd_, this, false) ? 0 : ENOMEM;
}

bool UdpSocket::send(const RelayAddress& to, const uint8_t* data, size_t size) {
  uint8_t header[kMaxRelayHeader];
  iovec parts[2];
  msghdr message{};
  message.msg_iov = parts;
  sockaddr_storage address;
  if (relayed_) {
    parts[message.msg_iovlen++] = {header, build_relay_header(to, header)};
  } else {
    message.msg_name = &address;
    message.msg_namelen = to.endpoint.to_sockaddr(&address);
  }
  parts[message.msg_iovlen++] = {const_cast<uint8_t*>(data), size};
  return ::sendmsg(fd_, &message, MSG_NOSIGNAL) >= 0;
}

void UdpSocket::on_ready(bool readable, bool, bool) {
  if (readable && !closed) receive();
}

void UdpSocket::receive() {
  static uint8_t buffer[kMaxDatagram];
  for (int i = 0; i < kRoundBudget && !closed; ++i) {
    sockaddr_storage address;
    socklen_t address_size = sizeof(address);
    ssize_t n = ::recvfrom(fd_, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr*>(&address),
                           &address_size);
    if (n < 0) {
      // An ICMP error of an earlier datagram is reported here once; the socket goes on.
      if (errno == EAGAIN) return;
      continue;
    }
    take(Endpoint::from_sockaddr(address), buffer, static_cast<size_t>(n));
  }
  if (!closed) host_->receive_later(this);
}

void UdpSocket::take(const Endpoint& from, const uint8_t* data, size_t size) {
  RelayAddress origin;
  if (!relayed_) {
    origin.endpoint = from;
    return host_->on_datagram(this, origin, data, size);
  }
  size_t header = parse_relay_header(data, size, &origin);
  if (header == 0) return host_->on_bad_datagram();
  host_->on_datagram(this, origin, data + header, size - header);
}

}  // namespace sluice
