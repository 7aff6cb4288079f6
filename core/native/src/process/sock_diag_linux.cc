#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "process/sock_diag.h"

namespace sluice {
namespace {

// TCP_LISTEN of include/net/tcp_states.h, which is not for user space.
constexpr uint8_t kListen = 10;
constexpr uint32_t kEveryState = 0xffffffff;
// The kernel answers within the call that asks; only a lock that somebody holds delays it.
constexpr int kPatienceMs = 50;

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

// A netlink socket for one question.
class Channel {
 public:
  Channel()
      : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG)) {}
  ~Channel() {
    if (fd_ >= 0) ::close(fd_);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  bool ask(const inet_diag_req_v2& body, uint16_t flags) {
    Request request{};
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
    request.body = body;
    return fd_ >= 0 && ::send(fd_, &request, sizeof(request), 0) == sizeof(request);
  }

  // Calls `take` for each socket told. Returns 0, or the errno that ended the answer.
  template <typename Take>
  int read(bool dump, Take take) {
    alignas(nlmsghdr) char buffer[16384];
    for (;;) {
      pollfd ready{fd_, POLLIN, 0};
      if (::poll(&ready, 1, kPatienceMs) != 1) return ETIMEDOUT;
      ssize_t size = ::recv(fd_, buffer, sizeof(buffer), 0);
      if (size < 0) return errno;
      auto left = static_cast<unsigned>(size);
      for (auto* header = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(header, left);
           header = NLMSG_NEXT(header, left)) {
        if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE) {
          return -error_in(header);
        }
        if (header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) continue;
        take(*static_cast<const inet_diag_msg*>(NLMSG_DATA(header)));
        if (!dump) return 0;
      }
    }
  }

 private:
  // Both kinds of ending begin with a negative errno, or 0.
  static int error_in(nlmsghdr* header) {
    int error = 0;
    if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(error))) {
      std::memcpy(&error, NLMSG_DATA(header), sizeof(error));
    }
    return error;
  }

  int fd_;
};

// A socket that speaks both families stands in the IPv4 tables (RFC 4291 section 2.5.5.2).
Endpoint unmapped(const Endpoint& endpoint) {
  static const uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (endpoint.family != 6 || std::memcmp(endpoint.address, kMapped, 12) != 0) return endpoint;
  Endpoint four;
  std::memcpy(four.address, endpoint.address + 12, 4);
  four.port = endpoint.port;
  four.family = 4;
  return four;
}

inet_diag_req_v2 request_for(bool udp, uint16_t family) {
  inet_diag_req_v2 body{};
  body.sdiag_family = family == 4 ? AF_INET : AF_INET6;
  body.sdiag_protocol = udp ? IPPROTO_UDP : IPPROTO_TCP;
  body.idiag_states = kEveryState;
  body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return body;
}

bool find_exact(bool udp, const Endpoint& source, const Endpoint& destination, uint16_t local_port,
                FoundSocket* out) {
  inet_diag_req_v2 body = request_for(udp, source.family);
  std::memcpy(body.id.idiag_src, source.address, source.address_size());
  std::memcpy(body.id.idiag_dst, destination.address, destination.address_size());
  body.id.idiag_sport = htons(source.port);
  body.id.idiag_dport = htons(destination.port);
  Channel channel;
  bool found = false;
  if (!channel.ask(body, 0)) return false;
  channel.read(false, [&](const inet_diag_msg& socket) {
    // Where no connection matches, the kernel offers the socket that listens on the port.
    if (socket.idiag_state == kListen || socket.idiag_inode == 0) return;
    if (socket.id.idiag_sport != htons(local_port)) return;
    *out = {socket.idiag_inode, socket.idiag_uid};
    found = true;
  });
  return found;
}

}  // namespace

bool find_socket(bool udp, Endpoint local, Endpoint peer, FoundSocket* out) {
  local = unmapped(local);
  peer = unmapped(peer);
  if (local.family == 0 || local.family != peer.family) return false;
  if (!udp) return find_exact(false, local, peer, local.port, out);
  // For UDP the kernel takes the two ends as those of a packet that came in.
  return find_exact(true, peer, local, local.port, out);
}

std::vector<uint32_t> listening_sockets(uint16_t port) {
  std::vector<uint32_t> inodes;
  for (uint16_t family : {4, 6}) {
    inet_diag_req_v2 body = request_for(false, family);
    body.idiag_states = 1u << kListen;
    body.id.idiag_sport = htons(port);
    Channel channel;
    if (!channel.ask(body, NLM_F_DUMP)) continue;
    channel.read(true, [&](const inet_diag_msg& socket) {
      if (socket.id.idiag_sport == htons(port)) inodes.push_back(socket.idiag_inode);
    });
  }
  return inodes;
}

bool can_find_udp() {
  inet_diag_req_v2 body = request_for(true, 4);
  // Nobody has port 0: the answer is empty, or that nobody knows how to answer.
  body.idiag_states = 0;
  Channel channel;
  return channel.ask(body, NLM_F_DUMP) && channel.read(true, [](const inet_diag_msg&) {}) == 0;
}

}  // namespace sluice
