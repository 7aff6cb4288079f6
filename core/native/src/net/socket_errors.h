// Errors about datagrams that an own socket has sent: what routers and hosts answered, and what the
// machine itself could not send.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/endpoint.h"

namespace sluice {

struct SocketError {
  enum class Kind {
    kUnreachable,  // `code` as in ICMP of the socket's family
    kTimeExceeded,
    kTooBig,  // `mtu` is what the path carries; 0 where nobody knows
  };
  Kind kind = Kind::kUnreachable;
  uint8_t code = 0;
  uint16_t mtu = 0;
  bool local = false;    // nobody answered: the machine itself would not send it
  Endpoint destination;  // of the datagram
  Endpoint offender;     // who answered; family 0: nobody
  size_t size = 0;       // bytes of the datagram's payload that came back
};

// From now on the socket keeps errors for `read_socket_error`. They are also told by the next call
// that sends: it has to be repeated.
void keep_socket_errors(int fd, uint16_t family);
// The oldest one, with what came back of its datagram in `data`. False where there is none (left);
// errors of other kinds are skipped.
bool read_socket_error(int fd, uint8_t* data, size_t capacity, SocketError* out);

// Whether datagrams may be fragmented on their way. The socket then keeps to the path's MTU.
void set_dont_fragment(int fd, uint16_t family, bool on);
void set_hop_limit(int fd, uint16_t family, uint8_t hops);
// Of a connected socket, in bytes of an IP packet; 0 where it is not known.
uint16_t path_mtu(int fd, uint16_t family);

}  // namespace sluice
