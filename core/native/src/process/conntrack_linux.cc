#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "process/conntrack.h"

namespace sluice {
namespace {

// The kernel answers within the call that asks.
constexpr int kPatienceMs = 50;
constexpr uint16_t kTypeMask = 0x3fff;  // NLA_TYPE_MASK: the bits above are flags

// A netlink message that attributes are put into (netlink(7)).
class Message {
 public:
  Message(uint16_t type, uint8_t family) {
    header()->nlmsg_type = type;
    header()->nlmsg_flags = NLM_F_REQUEST;
    size_ = NLMSG_HDRLEN;
    nfgenmsg payload{family, NFNETLINK_V0, 0};
    append(&payload, sizeof(payload));
  }

  void put(uint16_t type, const void* value, size_t size) {
    size_t at = open(type);
    append(value, size);
    close(at);
  }
  // Gives what `close` wants.
  size_t open(uint16_t type) {
    size_t at = size_;
    nlattr attribute{0, type};
    append(&attribute, sizeof(attribute));
    return at;
  }
  void close(size_t at) {
    auto length = static_cast<uint16_t>(size_ - at);
    std::memcpy(bytes_ + at, &length, sizeof(length));
    size_ = NLA_ALIGN(size_);
  }

  bool send(int fd) {
    header()->nlmsg_len = static_cast<uint32_t>(size_);
    return ::send(fd, bytes_, size_, 0) == static_cast<ssize_t>(size_);
  }

 private:
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_); }
  // What is asked for is far smaller than this.
  void append(const void* value, size_t size) {
    std::memcpy(bytes_ + size_, value, size);
    size_ += size;
  }

  alignas(nlmsghdr) char bytes_[256] = {};
  size_t size_ = 0;
};

struct Attribute {
  const char* data = nullptr;
  size_t size = 0;
};

// The attribute of a type among those in `from`; without data where there is none.
Attribute find(Attribute from, uint16_t type) {
  while (from.size >= sizeof(nlattr)) {
    nlattr head;
    std::memcpy(&head, from.data, sizeof(head));
    if (head.nla_len < sizeof(nlattr) || head.nla_len > from.size) break;
    if ((head.nla_type & kTypeMask) == type) {
      return {from.data + sizeof(nlattr), head.nla_len - sizeof(nlattr)};
    }
    size_t step = NLA_ALIGN(head.nla_len);
    if (step >= from.size) break;
    from = {from.data + step, from.size - step};
  }
  return {};
}

bool read_source(Attribute tuple, uint16_t family, Endpoint* out) {
  Attribute ip = find(find(tuple, CTA_TUPLE_IP), family == 4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC);
  Attribute port = find(find(tuple, CTA_TUPLE_PROTO), CTA_PROTO_SRC_PORT);
  *out = {};
  out->family = family;
  if (ip.size != out->address_size() || port.size != sizeof(uint16_t)) return false;
  std::memcpy(out->address, ip.data, ip.size);
  uint16_t number;
  std::memcpy(&number, port.data, sizeof(number));
  out->port = ntohs(number);
  return true;
}

bool ask(int fd, bool udp, const Endpoint& source, const Endpoint& destination, Endpoint* out) {
  bool four = source.family == 4;
  Message message((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET, four ? AF_INET : AF_INET6);
  // The answers to this flow go to where it seems to come from now.
  size_t tuple = message.open(NLA_F_NESTED | CTA_TUPLE_REPLY);
  size_t ip = message.open(NLA_F_NESTED | CTA_TUPLE_IP);
  message.put(four ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, destination.address,
              destination.address_size());
  message.put(four ? CTA_IP_V4_DST : CTA_IP_V6_DST, source.address, source.address_size());
  message.close(ip);
  size_t proto = message.open(NLA_F_NESTED | CTA_TUPLE_PROTO);
  uint8_t number = udp ? IPPROTO_UDP : IPPROTO_TCP;
  uint16_t from = htons(destination.port);
  uint16_t to = htons(source.port);
  message.put(CTA_PROTO_NUM, &number, sizeof(number));
  message.put(CTA_PROTO_SRC_PORT, &from, sizeof(from));
  message.put(CTA_PROTO_DST_PORT, &to, sizeof(to));
  message.close(proto);
  message.close(tuple);
  if (!message.send(fd)) return false;

  alignas(nlmsghdr) char buffer[8192];
  pollfd ready{fd, POLLIN, 0};
  if (::poll(&ready, 1, kPatienceMs) != 1) return false;
  ssize_t size = ::recv(fd, buffer, sizeof(buffer), 0);
  if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nfgenmsg)))) return false;
  auto* header = reinterpret_cast<nlmsghdr*>(buffer);
  auto length = static_cast<unsigned>(size);
  if (!NLMSG_OK(header, length) || header->nlmsg_type == NLMSG_ERROR) return false;
  size_t before = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(nfgenmsg)));
  if (header->nlmsg_len < before) return false;
  Attribute all{buffer + before, header->nlmsg_len - before};
  return read_source(find(all, CTA_TUPLE_ORIG), source.family, out) && !(*out == source);
}

}  // namespace

bool find_origin(bool udp, const Endpoint& source, const Endpoint& destination, Endpoint* out) {
  if (source.family == 0 || source.family != destination.family) return false;
  int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
  if (fd < 0) return false;
  bool found = ask(fd, udp, source, destination, out);
  ::close(fd);
  return found;
}

}  // namespace sluice
