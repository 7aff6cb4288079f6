#include "addon/loop.h"

#include "engine/engine.h"

namespace sluice {

// libuv frees its handles late: they outlive the engine that made them.
struct Loop::Handles {
  uv_poll_t poll;
  uv_timer_t timer;
  uv_idle_t idle;
  int open = 3;
  Driven* driven;

  template <typename T>
  static Driven* of(T* handle) {
    return static_cast<Handles*>(handle->data)->driven;
  }
};

Loop::Loop(napi_env env, int fd, Driven* driven) : handles_(new Handles()) {
  uv_loop_t* loop;
  napi_get_uv_event_loop(env, &loop);
  handles_->driven = driven;
  uv_poll_init(loop, &handles_->poll, fd);
  uv_timer_init(loop, &handles_->timer);
  uv_idle_init(loop, &handles_->idle);
  handles_->poll.data = handles_->timer.data = handles_->idle.data = handles_;
  uv_poll_start(&handles_->poll, UV_READABLE,
                [](uv_poll_t* h, int, int) { Handles::of(h)->round(); });
  uv_unref(reinterpret_cast<uv_handle_t*>(&handles_->timer));
}

Loop::~Loop() {
  auto closed = [](uv_handle_t* h) {
    auto* handles = static_cast<Handles*>(h->data);
    if (--handles->open == 0) delete handles;
  };
  uv_poll_stop(&handles_->poll);
  uv_close(reinterpret_cast<uv_handle_t*>(&handles_->poll), closed);
  uv_close(reinterpret_cast<uv_handle_t*>(&handles_->timer), closed);
  uv_close(reinterpret_cast<uv_handle_t*>(&handles_->idle), closed);
}

uint64_t Loop::now() const { return uv_now(handles_->timer.loop); }

void Loop::settle(bool soon, bool tick) {
  if (soon != spinning_) {
    spinning_ = soon;
    if (soon) {
      uv_idle_start(&handles_->idle, [](uv_idle_t* h) { Handles::of(h)->round(); });
    } else {
      uv_idle_stop(&handles_->idle);
    }
  }
  if (tick != ticking_) {
    ticking_ = tick;
    if (tick) {
      uv_timer_start(
          &handles_->timer, [](uv_timer_t* h) { Handles::of(h)->tick(); }, kTickMs, kTickMs);
    } else {
      uv_timer_stop(&handles_->timer);
    }
  }
}

}  // namespace sluice
