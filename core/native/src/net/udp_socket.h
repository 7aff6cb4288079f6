// An own UDP socket, past the tunnel, that carries the datagrams of one session.
//
// Datagrams are queued, and leave together at the end of a round: those of one size as one large
// send that the kernel cuts (UDP_SEGMENT), the others in one call (sendmmsg). Where the socket
// blocks they wait, up to a limit.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <vector>

#include "base/moment.h"
#include "base/slab.h"
#include "net/own_endpoints.h"
#include "net/reactor.h"
#include "net/reply_map.h"
#include "net/socket_errors.h"
#include "net/socket_options.h"

namespace sluice {

class UdpSocket;

// Where the datagrams of one destination leave for.
struct UdpTarget {
  Endpoint shown;        // the destination that the application knows
  RelayAddress address;  // where they go
  std::string header;    // what a relay wants before each
};

class UdpSocketHost {
 public:
  virtual ~UdpSocketHost() = default;
  // A datagram for the session from `from`; the bytes are valid until `on_datagrams_end`.
  virtual void on_datagram(UdpSocket* socket, const RelayAddress& from, const uint8_t* data,
                           size_t size) = 0;
  virtual void on_datagrams_end() = 0;
  virtual void on_bad_datagram() = 0;
  // More may wait: call `receive` again, after others had their turn.
  virtual void receive_later(UdpSocket* socket) = 0;
  // Something is queued: call `flush` at the end of the round.
  virtual void flush_later(UdpSocket* socket) = 0;
  // Datagrams that will never leave.
  virtual void on_send_dropped(size_t count) = 0;
  // A datagram that may not be fragmented is more than the path carries: `mtu` bytes of a packet of
  // the application.
  virtual void on_too_big(UdpSocket* socket, const UdpTarget& target, const Chunk& data,
                          size_t mtu) = 0;
  // An error about a datagram that went straight to its destination; `data` came back of it.
  virtual void on_send_error(UdpSocket* socket, const SocketError& error, const uint8_t* data) = 0;
};

class UdpSocket : public Watcher {
 public:
  UdpSocket(UdpSocketHost* host, OwnEndpoints* own) : host_(host), own_(own) {}
  ~UdpSocket() override;

  // With a `relay`, every datagram travels to it behind a SOCKS5 UDP header (RFC 1928 7).
  // Returns 0 or an errno.
  int open(Reactor* reactor, uint16_t family, const Binding& binding, const Endpoint* relay);
  // Null where datagrams cannot go there: names are for a relay alone.
  std::shared_ptr<const UdpTarget> prepare(const Endpoint& shown, const RelayAddress& to) const;
  // False: dropped, as too many wait already.
  bool send(const std::shared_ptr<const UdpTarget>& target, Chunk data, bool dont_fragment);
  void flush();
  void on_ready(bool readable, bool writable, bool hangup) override;
  void receive();
  uint16_t family() const { return family_; }

  class UdpSession* session = nullptr;  // the owner
  uint64_t handle = 0;
  bool closed = false;
  bool postponed = false;  // on the host's list of those that receive later
  bool flushing = false;   // on its list of those that flush
  uint64_t received = 0;   // payload bytes from the application
  uint64_t sent = 0;       // and to it
  FirstBytes first_bytes;
  ReplyMap replies;

 private:
  struct Outgoing {
    std::shared_ptr<const UdpTarget> target;
    Chunk data;
    bool dont_fragment;
    size_t size() const { return target->header.size() + data.size(); }
  };
  struct Batch;

  size_t group_at(size_t index) const;
  void add_group(Batch* batch, size_t index, size_t count);
  void finish(size_t count, size_t dropped);
  void fail(size_t count, int error);
  bool refuse_too_big(const Outgoing& datagram);
  void receive_errors();
  void take_message(::msghdr* message, size_t size, const uint8_t* data);
  void take(const Endpoint& from, const uint8_t* data, size_t size);

  UdpSocketHost* host_;
  OwnEndpoints* own_;
  int fd_ = -1;
  uint16_t family_ = 4;
  bool relayed_ = false;
  bool blocked_ = false;          // until the socket is writable
  bool failed_ = false;           // the last attempt to send
  bool dont_fragment_ = false;    // as the socket is set
  size_t segment_limit_ = 65535;  // larger datagrams the kernel does not cut out of one send
  size_t local_mtu_ = 0;          // as the machine itself told last
  Endpoint local_;
  std::vector<Outgoing> queue_;
  size_t head_ = 0;
  size_t queued_bytes_ = 0;
};

}  // namespace sluice
