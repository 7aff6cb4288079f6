// An own ICMP socket, past the tunnel, that sends the echo requests of one echo session to a real
// host and hears its replies.
#pragma once

#include "net/own_endpoints.h"
#include "net/reactor.h"
#include "net/socket_errors.h"
#include "net/socket_options.h"

namespace sluice {

class PingSocket;

class PingSocketHost {
 public:
  virtual ~PingSocketHost() = default;
  // Bytes are valid during the call.
  virtual void on_echo_reply(PingSocket* socket, uint16_t seq, const uint8_t* payload,
                             size_t size) = 0;
  // `seq` is that of the request that failed.
  virtual void on_echo_error(PingSocket* socket, const SocketError& error, uint16_t seq) = 0;
};

class PingSocket : public Watcher {
 public:
  PingSocket(PingSocketHost* host, OwnEndpoints* own) : host_(host), own_(own) {}
  ~PingSocket() override;

  // Returns 0 or an errno.
  int open(Reactor* reactor, const Endpoint& target, const Binding& binding);
  bool send(uint16_t seq, const uint8_t* payload, size_t size, uint8_t hop_limit,
            bool dont_fragment);
  void on_ready(bool readable, bool writable, bool hangup) override;

  class EchoSession* session = nullptr;  // the owner
  bool closed = false;

 private:
  int open_socket(const Binding& binding);
  void receive();
  void receive_errors();

  PingSocketHost* host_;
  OwnEndpoints* own_;
  int fd_ = -1;
  // Without the right to a ping socket: a raw one, which hears every reply and whose id is ours.
  bool raw_ = false;
  uint16_t id_ = 0;
  Endpoint target_;
  Endpoint local_;
  uint8_t hop_limit_ = 0;
  bool dont_fragment_ = false;
};

}  // namespace sluice
