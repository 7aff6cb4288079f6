// An own UDP socket, past the tunnel, that carries the datagrams of one session.
#pragma once

#include "net/own_endpoints.h"
#include "net/reactor.h"
#include "net/reply_map.h"
#include "net/socket_options.h"

namespace sluice {

class UdpSocket;

class UdpSocketHost {
 public:
  virtual ~UdpSocketHost() = default;
  // A datagram for the session from `from`; the bytes are valid during the call.
  virtual void on_datagram(UdpSocket* socket, const RelayAddress& from, const uint8_t* data,
                           size_t size) = 0;
  virtual void on_bad_datagram() = 0;
  // More may wait: call `receive` again, after others had their turn.
  virtual void receive_later(UdpSocket* socket) = 0;
};

class UdpSocket : public Watcher {
 public:
  UdpSocket(UdpSocketHost* host, OwnEndpoints* own) : host_(host), own_(own) {}
  ~UdpSocket() override;

  // With a `relay`, every datagram travels to it behind a SOCKS5 UDP header (RFC 1928 7).
  // Returns 0 or an errno.
  int open(Reactor* reactor, uint16_t family, const Binding& binding, const Endpoint* relay);
  // Names are for a relay alone.
  bool can_reach(const RelayAddress& to) const { return relayed_ || !to.is_domain(); }
  // False: not sent (the kernel's queue is full, or the destination cannot be reached).
  bool send(const RelayAddress& to, const uint8_t* data, size_t size);
  void on_ready(bool readable, bool writable, bool hangup) override;
  void receive();

  class UdpSession* session = nullptr;  // the owner
  uint64_t handle = 0;
  bool closed = false;
  bool postponed = false;  // on the host's list of those that receive later
  uint64_t received = 0;   // payload bytes from the application
  uint64_t sent = 0;       // and to it
  ReplyMap replies;

 private:
  void take(const Endpoint& from, const uint8_t* data, size_t size);

  UdpSocketHost* host_;
  OwnEndpoints* own_;
  int fd_ = -1;
  bool relayed_ = false;
  Endpoint local_;
};

}  // namespace sluice
