// Readiness of sockets, edge-triggered, behind one descriptor that the event loop waits on.
#pragma once

#include <cstdint>

namespace sluice {

class Watcher {
 public:
  virtual ~Watcher() = default;
  // `hangup`: the far end closed its direction, or the socket failed.
  virtual void on_ready(bool readable, bool writable, bool hangup) = 0;
};

class Reactor {
 public:
  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Readable while anything watched may be ready.
  int fd() const { return fd_; }
  // `level`: told again and again until it is drained (the device); else told once a change.
  bool add(int fd, Watcher* watcher, bool level);
  void remove(int fd);
  // Closing a descriptor removes it, too; a watcher must outlive the round it is removed in.
  // Dispatches what is ready now, once. Returns how many.
  int poll();

 private:
  int fd_;
};

}  // namespace sluice
