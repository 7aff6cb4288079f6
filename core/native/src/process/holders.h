// Which processes hold sockets: a walk through /proc (proc(5)), which takes tens of milliseconds
// on a busy machine and so belongs on a thread of its own. Keeps nothing between calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "process/sock_diag.h"

namespace sluice {

struct SocketHolder {
  uint32_t inode;
  int pid;
  // Of the program, without the kernel's " (deleted)"; empty where we may not know.
  std::string path;
  // What the process calls itself, at most 15 bytes, of any encoding.
  std::string name;
};

// One holder for each socket that has one. Processes in `likely` are looked at first, then those
// of the sockets' users, then all others. With `every`, all holders of each socket.
std::vector<SocketHolder> find_holders(const std::vector<FoundSocket>& sockets,
                                       const std::vector<int>& likely, bool every);

}  // namespace sluice
