// Which socket of this network namespace a flow belongs to, by the kernel's own tables
// (sock_diag(7)): an exact look-up costs microseconds, however many sockets there are. Keeps
// nothing between calls.
#pragma once

#include <cstdint>
#include <vector>

#include "wire/endpoint.h"

namespace sluice {

struct FoundSocket {
  uint32_t inode;
  uint32_t uid;
};

// False where there is none with a process to it (those in TIME_WAIT have none).
bool find_socket(bool udp, Endpoint local, Endpoint peer, FoundSocket* out);

// Inodes of the sockets that listen on a TCP port, on whatever address.
std::vector<uint32_t> listening_sockets(uint16_t port);

// Whether the kernel was built to be asked about UDP sockets; an exact look-up cannot tell.
bool can_find_udp();

}  // namespace sluice
