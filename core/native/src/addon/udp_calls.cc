#include "addon/native_engine.h"
#include "addon/values.h"

namespace sluice {

UdpSession* NativeEngine::session(const Napi::CallbackInfo& info) const {
  return engine_ ? engine_->session(whole_of(info[0])) : nullptr;
}

UdpSocket* NativeEngine::own_socket(const Napi::CallbackInfo& info) const {
  return engine_ ? engine_->udp_socket(whole_of(info[0])) : nullptr;
}

Napi::Value NativeEngine::udp_socket(const Napi::CallbackInfo& info) {
  UdpSession* s = session(info);
  if (!s) return Napi::Number::New(info.Env(), 0);
  uint16_t family = info[1].ToNumber().Uint32Value() == 6 ? 6 : 4;
  Endpoint relay;
  bool relayed = info[3].IsObject();
  if (relayed) {
    Napi::Object object = info[3].As<Napi::Object>();
    if (!endpoint_of(object.Get("address"), object.Get("port"), &relay)) {
      return throw_errno(info.Env(), EINVAL, "udpSocket");
    }
  }
  int error = 0;
  UdpSocket* socket =
      engine_->open_udp_socket(s, family, binding_of(info[2]), relayed ? &relay : nullptr, &error);
  if (!socket) return throw_errno(info.Env(), error, "udpSocket");
  return Napi::Number::New(info.Env(), static_cast<double>(socket->handle));
}

Napi::Value NativeEngine::udp_close_socket(const Napi::CallbackInfo& info) {
  UdpSocket* socket = own_socket(info);
  if (!socket) return no(info);
  engine_->udp()->close_socket(socket);
  return done(info.Env(), true);
}

Napi::Value NativeEngine::udp_socket_counts(const Napi::CallbackInfo& info) {
  UdpSocket* socket = own_socket(info);
  if (!socket) return no(info);
  return answer(info, socket->received, socket->sent);
}

Napi::Value NativeEngine::udp_socket_first_bytes(const Napi::CallbackInfo& info) {
  UdpSocket* socket = own_socket(info);
  if (!socket) return no(info);
  return answer(info, socket->first_bytes);
}

Napi::Value NativeEngine::udp_route(const Napi::CallbackInfo& info) {
  UdpSession* s = session(info);
  UdpSocket* socket = engine_ ? engine_->udp_socket(whole_of(info[3])) : nullptr;
  Endpoint dst;
  if (!s || !socket || socket->session != s || !endpoint_of(info[1], info[2], &dst)) {
    return no(info);
  }
  RelayAddress target;
  target.endpoint = dst;
  if (info[4].IsObject() && !target_of(info[4].As<Napi::Object>(), &target)) return no(info);
  return done(info.Env(), engine_->udp()->route(s, dst, socket, target));
}

Napi::Value NativeEngine::udp_waiting(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Array result = Napi::Array::New(env);
  UdpSession* s = session(info);
  Endpoint dst;
  if (!s || !endpoint_of(info[1], info[2], &dst)) return result;
  uint32_t count = 0;
  for (const Packet& packet : engine_->udp()->waiting(s, dst)) {
    result.Set(count++,
               Napi::Buffer<uint8_t>::Copy(env, packet.payload_data(), packet.payload_size()));
  }
  return result;
}

Napi::Value NativeEngine::udp_to_script(const Napi::CallbackInfo& info) {
  UdpSession* s = session(info);
  Endpoint dst;
  if (!s || !endpoint_of(info[1], info[2], &dst)) return no(info);
  engine_->udp()->to_script(s, dst);
  return done(info.Env(), true);
}

Napi::Value NativeEngine::udp_refuse(const Napi::CallbackInfo& info) {
  UdpSession* s = session(info);
  Endpoint dst;
  if (!s || !endpoint_of(info[1], info[2], &dst)) return no(info);
  engine_->udp()->refuse(s, dst, refusal_of(info[3]));
  return done(info.Env(), true);
}

Napi::Value NativeEngine::udp_send(const Napi::CallbackInfo& info) {
  UdpSession* s = session(info);
  Endpoint src;
  if (!s || !endpoint_of(info[1], info[2], &src) || !info[3].IsTypedArray()) return no(info);
  auto bytes = info[3].As<Napi::Uint8Array>();
  return done(info.Env(), engine_->udp()->send(s, src, bytes.Data(), bytes.ByteLength()));
}

Napi::Value NativeEngine::udp_timeout(const Napi::CallbackInfo& info) {
  UdpSession* s = session(info);
  if (s) s->timeout_ms = static_cast<uint64_t>(info[1].ToNumber().Int64Value());
  return Napi::Boolean::New(info.Env(), s != nullptr);
}

Napi::Value NativeEngine::udp_close(const Napi::CallbackInfo& info) {
  UdpSession* s = session(info);
  if (!s) return no(info);
  engine_->udp()->close(s);
  return done(info.Env(), true);
}

}  // namespace sluice
