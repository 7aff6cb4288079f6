// Sockets that leave the machine past the tunnel.
#pragma once

#include <string>

#include "wire/endpoint.h"

namespace sluice {

// Empty strings: not bound.
struct Binding {
  std::string device;
  std::string address4;
  std::string address6;
};

// A non-blocking socket of `type` (SOCK_STREAM, ...), bound. Negative errno on failure.
int open_bound_socket(uint16_t family, int type, const Binding& binding, int protocol = 0);

// How many bytes may wait to be read, beyond the system's usual limit where we have the right.
void set_receive_buffer(int fd, int bytes);

}  // namespace sluice
