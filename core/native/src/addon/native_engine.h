// The Node side: turns calls and events of binding.d.ts into calls and events of Engine. The calls
// are in a file for each topic.
#pragma once

#include <napi.h>

#include <memory>

#include "addon/loop.h"
#include "engine/engine.h"

namespace sluice {

class NativeEngine : public Napi::ObjectWrap<NativeEngine>, private Driven {
 public:
  static Napi::Function define(Napi::Env env);

  explicit NativeEngine(const Napi::CallbackInfo& info);
  ~NativeEngine() override;

 private:
  static constexpr size_t kHandlers = 13;

  void round() override;
  void tick() override;
  void deliver();
  void call(Event& event);
  // Makes the loop come back as long as there is something to do.
  void settle();
  void shut_down();

  // After every call from TypeScript that may have changed something.
  Napi::Value done(Napi::Env env, bool ok);
  static Napi::Value no(const Napi::CallbackInfo& info);
  // Answers two numbers without making an object: 5,000 flows are asked each second.
  Napi::Value answer(const Napi::CallbackInfo& info, double a, double b);
  Napi::Value answer(const Napi::CallbackInfo& info, uint64_t a, uint64_t b);
  Napi::Value answer(const Napi::CallbackInfo& info, const FirstBytes& first);

  // What the first argument is the handle of; null where it is gone.
  Stream* stream(const Napi::CallbackInfo& info) const;
  UdpSession* session(const Napi::CallbackInfo& info) const;
  UdpSocket* own_socket(const Napi::CallbackInfo& info) const;
  EchoSession* echo(const Napi::CallbackInfo& info) const;
  const Recorder* recorder() const;

  // native_engine.cc
  Napi::Value device_name(const Napi::CallbackInfo& info);
  Napi::Value offload(const Napi::CallbackInfo& info);
  Napi::Value configure(const Napi::CallbackInfo& info);
  Napi::Value counters(const Napi::CallbackInfo& info);
  Napi::Value inject(const Napi::CallbackInfo& info);
  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  // tcp_calls.cc
  Napi::Value accept(const Napi::CallbackInfo& info);
  Napi::Value refuse(const Napi::CallbackInfo& info);
  Napi::Value connect(const Napi::CallbackInfo& info);
  Napi::Value write(const Napi::CallbackInfo& info);
  Napi::Value end(const Napi::CallbackInfo& info);
  Napi::Value destroy(const Napi::CallbackInfo& info);
  Napi::Value pause(const Napi::CallbackInfo& info);
  Napi::Value resume(const Napi::CallbackInfo& info);
  Napi::Value splice(const Napi::CallbackInfo& info);
  Napi::Value counts(const Napi::CallbackInfo& info);
  Napi::Value first_bytes(const Napi::CallbackInfo& info);

  // udp_calls.cc
  Napi::Value udp_socket(const Napi::CallbackInfo& info);
  Napi::Value udp_close_socket(const Napi::CallbackInfo& info);
  Napi::Value udp_socket_counts(const Napi::CallbackInfo& info);
  Napi::Value udp_socket_first_bytes(const Napi::CallbackInfo& info);
  Napi::Value udp_route(const Napi::CallbackInfo& info);
  Napi::Value udp_waiting(const Napi::CallbackInfo& info);
  Napi::Value udp_to_script(const Napi::CallbackInfo& info);
  Napi::Value udp_refuse(const Napi::CallbackInfo& info);
  Napi::Value udp_send(const Napi::CallbackInfo& info);
  Napi::Value udp_timeout(const Napi::CallbackInfo& info);
  Napi::Value udp_close(const Napi::CallbackInfo& info);

  // echo_calls.cc
  Napi::Value echo_reply(const Napi::CallbackInfo& info);
  Napi::Value echo_refuse(const Napi::CallbackInfo& info);
  Napi::Value echo_route(const Napi::CallbackInfo& info);
  Napi::Value echo_close(const Napi::CallbackInfo& info);

  // record_calls.cc
  Napi::Value record(const Napi::CallbackInfo& info);
  Napi::Value record_stop(const Napi::CallbackInfo& info);
  Napi::Value record_forget(const Napi::CallbackInfo& info);
  Napi::Value record_state(const Napi::CallbackInfo& info);
  Napi::Value record_header(const Napi::CallbackInfo& info);
  Napi::Value record_read(const Napi::CallbackInfo& info);

  std::unique_ptr<Engine> engine_;
  Napi::FunctionReference handlers_[kHandlers];
  std::unique_ptr<Napi::AsyncContext> async_context_;
  std::unique_ptr<Loop> loop_;
  double* pair_ = nullptr;  // the memory of the property `pair`, which cannot be replaced
  bool busy_ = false;
};

}  // namespace sluice
