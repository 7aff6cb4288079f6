#include "loopback.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "app.h"

namespace sluice::fuzz {

namespace {

int listen_on_loopback(int type) {
  int fd = ::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_storage address;
  Endpoint any;
  Endpoint::parse("127.0.0.1", 0, &any);
  socklen_t size = any.to_sockaddr(&address);
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) std::abort();
  if (type == SOCK_STREAM && ::listen(fd, 128) != 0) std::abort();
  return fd;
}

Endpoint local_endpoint(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return Endpoint::from_sockaddr(address);
}

int server_socket() {
  static const int fd = listen_on_loopback(SOCK_STREAM);
  return fd;
}

int relay_socket() {
  static const int fd = listen_on_loopback(SOCK_DGRAM);
  return fd;
}

// A reset leaves nothing behind in the kernel, where thousands of runs a second would.
void close_with_reset(int fd) {
  linger reset{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  ::close(fd);
}

}  // namespace

Loopback::~Loopback() {
  accept_all();
  for (const Connection& connection : connections_) close_with_reset(connection.fd);
  uint8_t byte;
  while (::recv(relay_socket(), &byte, 1, 0) >= 0) {
  }
}

Endpoint Loopback::server() { return local_endpoint(server_socket()); }

Endpoint Loopback::nobody() {
  Endpoint endpoint;
  Endpoint::parse("127.0.0.1", 1, &endpoint);
  return endpoint;
}

Endpoint Loopback::relay() { return local_endpoint(relay_socket()); }

void Loopback::accept_all() {
  while (true) {
    int fd = ::accept4(server_socket(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    connections_.push_back({fd, 0});
  }
}

void Loopback::send(size_t index, size_t size) {
  if (index >= connections_.size()) return;
  Connection& connection = connections_[index];
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = byte_at(connection.sent + static_cast<uint32_t>(i));
  }
  ssize_t n = ::send(connection.fd, bytes.data(), size, MSG_NOSIGNAL);
  if (n > 0) connection.sent += static_cast<uint32_t>(n);
}

void Loopback::receive(size_t index, size_t size) {
  if (index >= connections_.size()) return;
  std::vector<uint8_t> bytes(size);
  [[maybe_unused]] ssize_t n = ::recv(connections_[index].fd, bytes.data(), size, 0);
}

void Loopback::finish(size_t index) {
  if (index < connections_.size()) ::shutdown(connections_[index].fd, SHUT_WR);
}

void Loopback::reset(size_t index) {
  if (index >= connections_.size()) return;
  close_with_reset(connections_[index].fd);
  connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(index));
}

void Loopback::relay_answer(const uint8_t* data, size_t size) {
  sockaddr_storage from{};
  socklen_t from_size = sizeof(from);
  uint8_t byte;
  if (::recvfrom(relay_socket(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &from_size) < 0) {
    return;
  }
  ::sendto(relay_socket(), data, size, 0, reinterpret_cast<sockaddr*>(&from), from_size);
}

}  // namespace sluice::fuzz
