#include "net/tcp_socket.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace sluice {

namespace {
constexpr size_t kReadSize = 128 * 1024;
// What one socket may move before others get their turn.
constexpr size_t kRoundBudget = 512 * 1024;
constexpr int kMaxParts = 64;
}  // namespace

TcpSocket::TcpSocket(StreamHost* host, Reactor* reactor, OwnEndpoints* own, SlabWriter* reader)
    : Stream(host), reactor_(reactor), own_(own), reader_(reader) {}

TcpSocket::~TcpSocket() { close(); }

void TcpSocket::connect(const Endpoint& remote, const Binding& binding) {
  connecting_ = true;
  connect_error_ = start(remote, binding);
  if (connect_error_ != 0) host_->touch(this);
}

int TcpSocket::start(const Endpoint& remote, const Binding& binding) {
  int fd = open_bound_socket(remote.family, SOCK_STREAM, binding);
  if (fd < 0) return -fd;
  fd_ = fd;
  int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  // A far end that vanished is noticed within ten minutes, as the flow's side is.
  int idle = 300, interval = 60, count = 5;
  ::setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  ::setsockopt(fd_, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
  ::setsockopt(fd_, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
  ::setsockopt(fd_, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
  sockaddr_storage address;
  socklen_t size = remote.to_sockaddr(&address);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 && errno != EINPROGRESS) {
    return errno;
  }
  own_->add(fd_, OwnEndpoints::Kind::kTcp, &local_);
  return reactor_->add(fd_, this, false) ? 0 : ENOMEM;
}

void TcpSocket::on_ready(bool readable, bool writable, bool hangup) {
  if (dead_) return;
  readable_ |= readable;
  writable_ |= writable;
  hangup_ |= hangup;
  host_->touch(this);
}

size_t TcpSocket::room() const { return queued_ >= kQueueHigh ? 0 : kQueueHigh - queued_; }

void TcpSocket::finish_connecting() {
  int error = take_error();
  if (error != 0) return die(error);
  connecting_ = false;
  host_->emit_connected(this);
}

void TcpSocket::work() {
  if (dead_) return;
  if (connect_error_ != 0) return abort(connect_error_);
  if (connecting_) {
    if (!writable_) return;
    finish_connecting();
    if (dead_) return;
  }
  flush();
  if (!dead_) read();
  if (dead_ || !read_ended_) return;
  if (write_error_ == 0 && hangup_) write_error_ = take_error();
  if (write_error_ != 0) return abort(write_error_);
  if (write_ended_ && end_delivered_) {
    close();
    die(0);
  }
}

int TcpSocket::take_error() {
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  // What a connection is told that was reset after its end.
  return error == EPIPE ? ECONNRESET : error;
}

// A server may answer and reset what it did not read: what it said before is still to be read, if
// there is a peer to take it.
void TcpSocket::fail_writing(int error) {
  if (error == EPIPE) error = ECONNRESET;
  if (!peer_) return abort(error);
  write_error_ = error;
}

void TcpSocket::flush() {
  while (writable_ && write_error_ == 0 && !queue_.empty()) {
    iovec parts[kMaxParts];
    int count = 0;
    size_t total = 0;
    for (auto it = queue_.begin(); it != queue_.end() && count < kMaxParts; ++it, ++count) {
      parts[count] = {const_cast<uint8_t*>(it->data()), it->size()};
      total += it->size();
    }
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = static_cast<size_t>(count);
    ssize_t n = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN) {
        writable_ = false;
        break;
      }
      if (errno == EINTR) continue;
      return fail_writing(errno);
    }
    sent_from_queue(static_cast<size_t>(n));
    if (dead_) return;
    if (static_cast<size_t>(n) < total) {
      // The kernel's buffer is full; the edge comes when it has drained.
      writable_ = false;
    }
  }
  for (auto& chunk : queue_) chunk.compact_if_wasteful();
  if (finish_requested_ && queue_.empty() && !write_ended_) {
    write_ended_ = true;
    ::shutdown(fd_, SHUT_WR);
  }
}

void TcpSocket::read() {
  size_t moved = 0;
  while (readable_ && !read_ended_) {
    size_t room = sink_room();
    if (room == 0) return;
    if (moved >= kRoundBudget || host_->memory_exhausted()) {
      host_->touch_later(this);
      return;
    }
    uint8_t* buffer = reader_->reserve(kReadSize / 2);
    size_t want = std::min({room, reader_->available(), kReadSize});
    ssize_t n = ::recv(fd_, buffer, want, 0);
    if (n < 0) {
      if (errno == EAGAIN) {
        readable_ = false;
        return;
      }
      if (errno == EINTR) continue;
      return abort(errno);
    }
    if (n == 0) {
      read_ended_ = true;
      break;
    }
    Chunk chunk(reader_->slab(), buffer, static_cast<size_t>(n), true);
    reader_->commit(static_cast<size_t>(n));
    moved += static_cast<size_t>(n);
    // A short read drained the buffer; what comes later brings a new edge, except for an end that
    // was already announced.
    if (static_cast<size_t>(n) < want && !hangup_) readable_ = false;
    deliver(std::move(chunk));
    if (dead_) return;
  }
  // A paused reader hears of the end when it resumes.
  if (read_ended_ && write_error_ == 0 && (peer_ || !paused_)) deliver_end();
}

void TcpSocket::abort(int error) {
  if (dead_) return;
  if (fd_ >= 0) {
    linger reset{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  close();
  die(error);
}

void TcpSocket::close() {
  if (fd_ < 0) return;
  own_->remove(local_, OwnEndpoints::Kind::kTcp);
  ::close(fd_);
  fd_ = -1;
}

}  // namespace sluice
