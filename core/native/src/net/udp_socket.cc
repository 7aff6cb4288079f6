#include "net/udp_socket.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace sluice {

namespace {

// What waits for a socket that blocks.
constexpr size_t kMaxQueued = 1024;
constexpr size_t kMaxQueuedBytes = 512 * 1024;
// So many leave at once, while their memory is still in the processor's cache.
constexpr size_t kFlushAt = 64;
// The kernel's UDP_MAX_SEGMENTS was 64 for long, and a datagram is at most this.
constexpr size_t kMaxSegments = 64;
constexpr size_t kMaxSend = 65000;
constexpr size_t kSendMessages = 32;
// Room for what arrives while we are busy elsewhere: some milliseconds at full speed.
constexpr int kReceiveBuffer = 2 * 1024 * 1024;
constexpr size_t kUdpHeader = 8;
// What every host can take (RFC 791 3.2, RFC 8200 5): to ask for less is of no use.
constexpr size_t kSmallestMtu4 = 576;
constexpr size_t kSmallestMtu6 = 1280;
// A session that was busy once need not keep more.
constexpr size_t kKeep = 8;

size_t ip_header(uint16_t family) { return family == 4 ? 20 : 40; }

}  // namespace

// What one sendmmsg sends.
struct UdpSocket::Batch {
  mmsghdr messages[kSendMessages];
  size_t datagrams[kSendMessages];  // in each message
  sockaddr_storage addresses[kSendMessages];
  alignas(cmsghdr) uint8_t control[kSendMessages][CMSG_SPACE(sizeof(uint16_t))];
  iovec parts[kSendMessages + 2 * (kMaxSegments + kMaxQueued)];
  size_t count = 0;
  size_t part_count = 0;
};

UdpSocket::~UdpSocket() {
  if (fd_ < 0) return;
  own_->remove(local_, OwnEndpoints::Kind::kUdp);
  ::close(fd_);
}

int UdpSocket::open(Reactor* reactor, uint16_t family, const Binding& binding,
                    const Endpoint* relay) {
  family_ = relay ? relay->family : family;
  fd_ = open_bound_socket(family_, SOCK_DGRAM, binding);
  if (fd_ < 0) {
    int error = -fd_;
    fd_ = -1;
    return error;
  }
  int on = 1;
  ::setsockopt(fd_, SOL_UDP, UDP_GRO, &on, sizeof(on));
  set_receive_buffer(fd_, kReceiveBuffer);
  keep_socket_errors(fd_, family_);
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

std::shared_ptr<const UdpTarget> UdpSocket::prepare(const Endpoint& shown,
                                                    const RelayAddress& to) const {
  if (!relayed_ && to.endpoint.family != family_) return nullptr;
  auto target = std::make_shared<UdpTarget>();
  target->shown = shown;
  target->address = to;
  if (relayed_) {
    uint8_t header[kMaxRelayHeader];
    size_t size = build_relay_header(to, header);
    target->header.assign(reinterpret_cast<char*>(header), size);
  }
  return target;
}

bool UdpSocket::send(const std::shared_ptr<const UdpTarget>& target, Chunk data,
                     bool dont_fragment) {
  size_t waiting = queue_.size() - head_;
  if (waiting >= kMaxQueued || queued_bytes_ + data.size() > kMaxQueuedBytes) return false;
  // It may wait long, and must not keep a slab of packets alive.
  if (blocked_) data.compact_if_wasteful();
  queued_bytes_ += data.size();
  queue_.push_back({target, std::move(data), dont_fragment});
  if (blocked_) return true;
  if (waiting + 1 >= kFlushAt) {
    flush();
  } else {
    host_->flush_later(this);
  }
  return true;
}

// How many datagrams from `index` on can be cut out of one send: all are of the first one's size,
// but for the last, which may be shorter.
size_t UdpSocket::group_at(size_t index) const {
  const Outgoing& first = queue_[index];
  size_t size = first.size();
  if (size == 0 || size > segment_limit_) return 1;
  size_t total = size;
  size_t count = 1;
  while (index + count < queue_.size() && count < kMaxSegments) {
    const Outgoing& next = queue_[index + count];
    size_t more = next.size();
    if (more > size || more == 0 || total + more > kMaxSend) break;
    if (next.dont_fragment != first.dont_fragment) break;
    if (!relayed_ && next.target != first.target) break;
    total += more;
    ++count;
    if (more < size) break;
  }
  return count;
}

void UdpSocket::add_group(Batch* batch, size_t index, size_t count) {
  msghdr& message = batch->messages[batch->count].msg_hdr;
  message = {};
  message.msg_iov = batch->parts + batch->part_count;
  for (size_t i = index; i < index + count; ++i) {
    const Outgoing& one = queue_[i];
    if (relayed_) {
      batch->parts[batch->part_count++] = {const_cast<char*>(one.target->header.data()),
                                           one.target->header.size()};
    }
    batch->parts[batch->part_count++] = {const_cast<uint8_t*>(one.data.data()), one.data.size()};
  }
  message.msg_iovlen = static_cast<size_t>(batch->parts + batch->part_count - message.msg_iov);
  if (!relayed_) {
    sockaddr_storage& address = batch->addresses[batch->count];
    message.msg_name = &address;
    message.msg_namelen = queue_[index].target->address.endpoint.to_sockaddr(&address);
  }
  if (count > 1) {
    message.msg_control = batch->control[batch->count];
    message.msg_controllen = sizeof(batch->control[0]);
    cmsghdr* control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    auto size = static_cast<uint16_t>(queue_[index].size());
    std::memcpy(CMSG_DATA(control), &size, sizeof(size));
  }
  batch->datagrams[batch->count++] = count;
}

void UdpSocket::flush() {
  static Batch batch;
  while (head_ < queue_.size() && !closed) {
    batch.count = batch.part_count = 0;
    bool dont_fragment = queue_[head_].dont_fragment;
    if (dont_fragment != dont_fragment_) set_dont_fragment(fd_, family_, dont_fragment);
    dont_fragment_ = dont_fragment;
    for (size_t at = head_; at < queue_.size() && batch.count < kSendMessages;) {
      if (queue_[at].dont_fragment != dont_fragment) break;
      size_t count = group_at(at);
      add_group(&batch, at, count);
      at += count;
    }
    int sent = ::sendmmsg(fd_, batch.messages, static_cast<unsigned>(batch.count), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        blocked_ = true;
        for (size_t i = head_; i < queue_.size(); ++i) queue_[i].data.compact_if_wasteful();
        break;
      }
      fail(batch.datagrams[0], errno);
      continue;
    }
    failed_ = false;
    size_t datagrams = 0;
    for (int i = 0; i < sent; ++i) datagrams += batch.datagrams[i];
    finish(datagrams, 0);
  }
  if (head_ < queue_.size()) return;
  head_ = 0;
  queue_.clear();
  if (queue_.capacity() > kKeep) queue_.shrink_to_fit();
}

// The first `count` datagrams have left, or never will.
void UdpSocket::finish(size_t count, size_t dropped) {
  for (size_t i = 0; i < count; ++i) {
    Outgoing& one = queue_[head_++];
    queued_bytes_ -= one.data.size();
    one = {};
  }
  if (dropped > 0) host_->on_send_dropped(dropped);
  if (head_ > kFlushAt && head_ * 2 > queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

// The first `count` datagrams were not sent.
void UdpSocket::fail(size_t count, int error) {
  Outgoing& first = queue_[head_];
  if (count > 1 && (error == EMSGSIZE || error == EINVAL)) {
    // More than the path's MTU: one by one the kernel cuts them to fragments, or refuses them.
    segment_limit_ = first.size() - 1;
    return;
  }
  if (count > 1 && (error == EIO || error == EOPNOTSUPP)) {
    // A device on the way cannot do checksums for it.
    segment_limit_ = 0;
    return;
  }
  local_mtu_ = 0;
  receive_errors();
  if (error == EMSGSIZE && first.dont_fragment) {
    if (refuse_too_big(first)) return finish(1, 0);
    // Nobody can send less than this: it leaves in fragments after all.
    first.dont_fragment = false;
    return;
  }
  // It may have been the error of an earlier datagram: then the next attempt works.
  if (!failed_) {
    failed_ = true;
    return;
  }
  failed_ = false;
  if (!relayed_ && (error == ENETUNREACH || error == EHOSTUNREACH)) {
    SocketError none;
    bool host = error == EHOSTUNREACH;
    none.code = host ? (family_ == 4 ? 1 : 3) : 0;
    none.destination = first.target->address.endpoint;
    host_->on_send_error(this, none, nullptr);
  }
  finish(1, 1);
}

// Tells the application what fits, where it can do something about it.
bool UdpSocket::refuse_too_big(const Outgoing& datagram) {
  const UdpTarget& target = *datagram.target;
  size_t mtu = relayed_ ? path_mtu(fd_, family_) : local_mtu_;
  size_t around = ip_header(family_) + target.header.size();
  size_t own = ip_header(target.shown.family);
  if (mtu < around + kSmallestMtu4) return false;
  mtu = mtu - around + own;
  size_t smallest = target.shown.family == 4 ? kSmallestMtu4 : kSmallestMtu6;
  if (mtu < smallest || datagram.data.size() + own + kUdpHeader <= mtu) return false;
  host_->on_too_big(this, target, datagram.data, mtu);
  return true;
}

void UdpSocket::on_ready(bool readable, bool writable, bool hangup) {
  if (hangup && !closed) receive_errors();
  if (writable && blocked_ && !closed) {
    blocked_ = false;
    flush();
  }
  if (readable && !closed) receive();
}

void UdpSocket::receive_errors() {
  uint8_t data[576];
  SocketError error;
  while (!closed && read_socket_error(fd_, data, sizeof(data), &error)) {
    if (error.local) {
      local_mtu_ = error.mtu;
    } else if (!relayed_) {
      host_->on_send_error(this, error, data);
    }
  }
}

}  // namespace sluice
