// Real sockets on the loopback interface for the engine's own connections to meet: a server, and a
// SOCKS5 UDP relay. Sockets are made once; connections end with the run.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <vector>

#include "wire/endpoint.h"

namespace sluice::fuzz {

class Loopback {
 public:
  Loopback() = default;
  ~Loopback();
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  static Endpoint server();
  // Nobody listens here.
  static Endpoint nobody();
  static Endpoint relay();

  // Server side of the connections, by index; anything with none does nothing.
  void accept_all();
  size_t connections() const { return connections_.size(); }
  void send(size_t index, size_t size);
  void receive(size_t index, size_t size);
  void finish(size_t index);
  void reset(size_t index);

  // What came to the relay last is answered with `size` bytes.
  void relay_answer(const uint8_t* data, size_t size);

 private:
  struct Connection {
    int fd;
    uint32_t sent;
  };
  std::vector<Connection> connections_;
};

}  // namespace sluice::fuzz
