#include "addon/native_engine.h"
#include "addon/values.h"

namespace sluice {

Stream* NativeEngine::stream(const Napi::CallbackInfo& info) const {
  return engine_ ? engine_->stream(whole_of(info[0])) : nullptr;
}

Napi::Value NativeEngine::accept(const Napi::CallbackInfo& info) {
  Flow* flow = engine_ ? engine_->held_flow(whole_of(info[0])) : nullptr;
  if (!flow) return no(info);
  flow->accept();
  return done(info.Env(), true);
}

Napi::Value NativeEngine::refuse(const Napi::CallbackInfo& info) {
  if (!engine_) return no(info);
  Handle handle = whole_of(info[0]);
  if (Flow* flow = engine_->held_flow(handle)) {
    engine_->refuse(flow, refusal_of(info[1]));
  } else if (Stream* open = engine_->stream(handle)) {
    engine_->destroy(open);
  } else {
    return no(info);
  }
  return done(info.Env(), true);
}

Napi::Value NativeEngine::connect(const Napi::CallbackInfo& info) {
  Endpoint remote;
  if (!engine_ || !endpoint_of(info[0], info[1], &remote)) {
    return throw_errno(info.Env(), EINVAL, "connect");
  }
  TcpSocket* socket = engine_->connect(remote, binding_of(info[2]));
  auto handle = static_cast<double>(socket->handle);
  done(info.Env(), true);
  return Napi::Number::New(info.Env(), handle);
}

Napi::Value NativeEngine::write(const Napi::CallbackInfo& info) {
  Stream* s = stream(info);
  if (!s || !info[1].IsTypedArray()) return no(info);
  auto bytes = info[1].As<Napi::Uint8Array>();
  bool more = s->write(bytes.Data(), bytes.ByteLength());
  return done(info.Env(), more);
}

Napi::Value NativeEngine::end(const Napi::CallbackInfo& info) {
  Stream* s = stream(info);
  if (!s) return no(info);
  s->finish();
  return done(info.Env(), true);
}

Napi::Value NativeEngine::destroy(const Napi::CallbackInfo& info) {
  Stream* s = stream(info);
  if (!s) return no(info);
  engine_->destroy(s);
  return done(info.Env(), true);
}

Napi::Value NativeEngine::pause(const Napi::CallbackInfo& info) {
  Stream* s = stream(info);
  if (s) s->pause();
  return Napi::Boolean::New(info.Env(), s != nullptr);
}

Napi::Value NativeEngine::resume(const Napi::CallbackInfo& info) {
  Stream* s = stream(info);
  if (!s) return no(info);
  s->resume();
  return done(info.Env(), true);
}

Napi::Value NativeEngine::splice(const Napi::CallbackInfo& info) {
  Stream* a = stream(info);
  Stream* b = engine_ ? engine_->stream(whole_of(info[1])) : nullptr;
  if (!a || !b || !engine_->splice(a, b)) return no(info);
  return done(info.Env(), true);
}

Napi::Value NativeEngine::counts(const Napi::CallbackInfo& info) {
  Stream* s = stream(info);
  if (!s) return no(info);
  return answer(info, s->received(), s->sent());
}

Napi::Value NativeEngine::first_bytes(const Napi::CallbackInfo& info) {
  Stream* s = stream(info);
  if (!s) return no(info);
  return answer(info, s->first_bytes());
}

}  // namespace sluice
