// What a UDP socket hears: several datagrams with one call, and those of one sender in one piece
// (UDP_GRO).
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/udp_socket.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace sluice {

namespace {
constexpr size_t kMaxDatagram = 65535;
constexpr size_t kReceiveMessages = 32;
// So many calls before others have their turn.
constexpr int kReceiveRounds = 8;
}  // namespace

void UdpSocket::receive() {
  // Datagrams of one sender may come as one (UDP_GRO), so each message needs room for the largest.
  struct Messages {
    mmsghdr headers[kReceiveMessages];
    iovec parts[kReceiveMessages];
    sockaddr_storage addresses[kReceiveMessages];
    alignas(cmsghdr) uint8_t control[kReceiveMessages][CMSG_SPACE(sizeof(int))];
    uint8_t bytes[kReceiveMessages][kMaxDatagram];
  };
  static auto* in = new Messages();
  for (int round = 0; round < kReceiveRounds && !closed; ++round) {
    for (size_t i = 0; i < kReceiveMessages; ++i) {
      in->parts[i] = {in->bytes[i], kMaxDatagram};
      msghdr& message = in->headers[i].msg_hdr;
      message = {};
      message.msg_iov = &in->parts[i];
      message.msg_iovlen = 1;
      message.msg_name = &in->addresses[i];
      message.msg_namelen = sizeof(in->addresses[i]);
      message.msg_control = in->control[i];
      message.msg_controllen = sizeof(in->control[i]);
    }
    int count = ::recvmmsg(fd_, in->headers, kReceiveMessages, MSG_DONTWAIT, nullptr);
    if (count < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      // The error of an earlier datagram is told here once; the socket goes on.
      receive_errors();
      continue;
    }
    for (int i = 0; i < count && !closed; ++i) {
      take_message(&in->headers[i].msg_hdr, in->headers[i].msg_len, in->bytes[i]);
    }
    host_->on_datagrams_end();
    if (count < static_cast<int>(kReceiveMessages)) return;
  }
  if (!closed) host_->receive_later(this);
}

// One message: a datagram, or several of one size of which the last may be shorter.
void UdpSocket::take_message(msghdr* message, size_t size, const uint8_t* data) {
  size_t segment = size;
  for (cmsghdr* c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO) continue;
    int value;
    std::memcpy(&value, CMSG_DATA(c), sizeof(value));
    if (value > 0) segment = std::min(size, static_cast<size_t>(value));
  }
  Endpoint from = Endpoint::from_sockaddr(*static_cast<sockaddr_storage*>(message->msg_name));
  size_t at = 0;
  do {
    size_t part = std::min(segment, size - at);
    take(from, data + at, part);
    at += part;
  } while (at < size && !closed);
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
