#include <cerrno>

#include "addon/native_engine.h"
#include "addon/values.h"

namespace sluice {

EchoSession* NativeEngine::echo(const Napi::CallbackInfo& info) const {
  return engine_ ? engine_->echo(whole_of(info[0])) : nullptr;
}

Napi::Value NativeEngine::echo_reply(const Napi::CallbackInfo& info) {
  EchoSession* e = echo(info);
  if (!e) return no(info);
  engine_->icmp()->reply(e);
  return done(info.Env(), true);
}

Napi::Value NativeEngine::echo_refuse(const Napi::CallbackInfo& info) {
  EchoSession* e = echo(info);
  if (!e) return no(info);
  engine_->icmp()->refuse(e, refusal_of(info[1]));
  return done(info.Env(), true);
}

Napi::Value NativeEngine::echo_route(const Napi::CallbackInfo& info) {
  EchoSession* e = echo(info);
  if (!e) return no(info);
  Endpoint target;
  int error = EINVAL;
  if (info[1].IsString() && Endpoint::parse(info[1].As<Napi::String>().Utf8Value(), 0, &target)) {
    error = engine_->route_echo(e, target, binding_of(info[2]));
  }
  if (error != 0) return throw_errno(info.Env(), error, "echoRoute");
  return done(info.Env(), true);
}

Napi::Value NativeEngine::echo_close(const Napi::CallbackInfo& info) {
  EchoSession* e = echo(info);
  if (!e) return no(info);
  engine_->icmp()->close(e);
  return done(info.Env(), true);
}

}  // namespace sluice
