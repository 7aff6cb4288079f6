// When Node's event loop turns to an engine: a round when its descriptor is ready, and at once
// again where there is more to do; a tick at intervals while something waits for time.
#pragma once

#include <node_api.h>
#include <uv.h>

namespace sluice {

class Driven {
 public:
  virtual void round() = 0;
  virtual void tick() = 0;

 protected:
  ~Driven() = default;
};

class Loop {
 public:
  Loop(napi_env env, int fd, Driven* driven);
  // No call comes any more.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Milliseconds, as of when the loop looked last.
  uint64_t now() const;
  void settle(bool soon, bool tick);

 private:
  struct Handles;

  Handles* handles_;
  bool spinning_ = false;
  bool ticking_ = false;
};

}  // namespace sluice
