#include "addon/native_engine.h"

#include <string>
#include <vector>

#include "addon/values.h"
#include "device/memory_device.h"

namespace sluice {

Napi::Function NativeEngine::define(Napi::Env env) {
  return DefineClass(
      env, "NativeEngine",
      {
          InstanceAccessor<&NativeEngine::device_name>("deviceName"),
          InstanceAccessor<&NativeEngine::offload>("offload"),
          InstanceMethod<&NativeEngine::accept>("accept"),
          InstanceMethod<&NativeEngine::refuse>("refuse"),
          InstanceMethod<&NativeEngine::connect>("connect"),
          InstanceMethod<&NativeEngine::write>("write"),
          InstanceMethod<&NativeEngine::end>("end"),
          InstanceMethod<&NativeEngine::destroy>("destroy"),
          InstanceMethod<&NativeEngine::pause>("pause"),
          InstanceMethod<&NativeEngine::resume>("resume"),
          InstanceMethod<&NativeEngine::splice>("splice"),
          InstanceMethod<&NativeEngine::counts>("counts"),
          InstanceMethod<&NativeEngine::first_bytes>("firstBytes"),
          InstanceMethod<&NativeEngine::udp_socket>("udpSocket"),
          InstanceMethod<&NativeEngine::udp_close_socket>("udpCloseSocket"),
          InstanceMethod<&NativeEngine::udp_socket_counts>("udpSocketCounts"),
          InstanceMethod<&NativeEngine::udp_socket_first_bytes>("udpSocketFirstBytes"),
          InstanceMethod<&NativeEngine::udp_route>("udpRoute"),
          InstanceMethod<&NativeEngine::udp_waiting>("udpWaiting"),
          InstanceMethod<&NativeEngine::udp_to_script>("udpToScript"),
          InstanceMethod<&NativeEngine::udp_refuse>("udpRefuse"),
          InstanceMethod<&NativeEngine::udp_send>("udpSend"),
          InstanceMethod<&NativeEngine::udp_timeout>("udpTimeout"),
          InstanceMethod<&NativeEngine::udp_close>("udpClose"),
          InstanceMethod<&NativeEngine::configure>("configure"),
          InstanceMethod<&NativeEngine::echo_reply>("echoReply"),
          InstanceMethod<&NativeEngine::echo_refuse>("echoRefuse"),
          InstanceMethod<&NativeEngine::echo_route>("echoRoute"),
          InstanceMethod<&NativeEngine::echo_close>("echoClose"),
          InstanceMethod<&NativeEngine::counters>("counters"),
          InstanceMethod<&NativeEngine::record>("record"),
          InstanceMethod<&NativeEngine::record_stop>("recordStop"),
          InstanceMethod<&NativeEngine::record_forget>("recordForget"),
          InstanceMethod<&NativeEngine::record_state>("recordState"),
          InstanceMethod<&NativeEngine::record_header>("recordHeader"),
          InstanceMethod<&NativeEngine::record_read>("recordRead"),
          InstanceMethod<&NativeEngine::inject>("inject"),
          InstanceMethod<&NativeEngine::take>("take"),
          InstanceMethod<&NativeEngine::close>("close"),
      });
}

NativeEngine::NativeEngine(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsObject() || !info[1].IsObject() || !info[2].IsObject()) {
    throw_errno(env, EINVAL, "openEngine");
    return;
  }
  DeviceError error;
  std::unique_ptr<Device> device = device_of(info[0].As<Napi::Object>(), &error);
  if (!device) {
    throw_errno(env, error.error, error.syscall);
    return;
  }
  Napi::Object limits = info[1].As<Napi::Object>();
  auto limit = [&](const char* key) { return static_cast<size_t>(number_of(limits, key, 0)); };
  engine_ = std::make_unique<Engine>(
      std::move(device), Limits{limit("maxFlows"), limit("maxHalfOpen"), limit("maxUdpSessions"),
                                limit("maxBufferBytes")});
  Napi::Object handlers = info[2].As<Napi::Object>();
  static const char* const names[] = {"flow",   "connected",  "data",      "end",     "drain",
                                      "closed", "udpPeer",    "udpData",   "udpMore", "udpClosed",
                                      "echo",   "echoClosed", "deviceLost"};
  for (size_t i = 0; i < kHandlers; ++i) {
    Napi::Value handler = handlers.Get(names[i]);
    if (handler.IsFunction()) handlers_[i] = Napi::Persistent(handler.As<Napi::Function>());
  }
  auto pair = Napi::Float64Array::New(env, 2);
  pair_ = pair.Data();
  info.This().As<Napi::Object>().DefineProperty(
      Napi::PropertyDescriptor::Value("pair", pair, napi_enumerable));
  async_context_ = std::make_unique<Napi::AsyncContext>(env, "sluice");
  loop_.reset(new Loop(env, engine_->fd(), this));
}

NativeEngine::~NativeEngine() { shut_down(); }

void NativeEngine::round() {
  busy_ = true;
  engine_->set_time(loop_->now());
  engine_->run();
  deliver();
  busy_ = false;
  settle();
}

void NativeEngine::tick() {
  busy_ = true;
  engine_->tick(loop_->now());
  deliver();
  busy_ = false;
  settle();
}

void NativeEngine::deliver() {
  // A handler may close the engine. What handlers caused is delivered in the next round, so that
  // a busy conversation between them and us cannot starve the loop.
  Event event;
  for (size_t left = engine_->event_count(); left > 0 && engine_ && engine_->next_event(&event);
       --left) {
    call(event);
  }
  if (engine_) engine_->work();
}

void NativeEngine::call(Event& event) {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  Napi::FunctionReference& handler = handlers_[static_cast<size_t>(event.kind)];
  if (handler.IsEmpty()) return;
  auto number = [&](double value) -> napi_value { return Napi::Number::New(env, value); };
  auto address = [&](const Endpoint& e) -> napi_value {
    return Napi::String::New(env, e.address_text());
  };
  napi_value args[6];
  size_t count = 0;
  if (event.handle) args[count++] = number(static_cast<double>(event.handle));
  switch (event.kind) {
    case EventKind::kFlow:
    case EventKind::kUdpPeer:
      args[count++] = address(event.src);
      args[count++] = number(event.src.port);
      args[count++] = address(event.dst);
      args[count++] = number(event.dst.port);
      args[count++] = number(event.dscp);
      break;
    case EventKind::kEcho:
      args[count++] = address(event.src);
      args[count++] = address(event.dst);
      break;
    case EventKind::kUdpMore:
      args[count++] = address(event.dst);
      args[count++] = number(event.dst.port);
      break;
    case EventKind::kUdpData:
      args[count++] = address(event.dst);
      args[count++] = number(event.dst.port);
      [[fallthrough]];
    case EventKind::kData:
      args[count++] = Napi::Buffer<uint8_t>::Copy(env, event.data.data(), event.data.size());
      break;
    case EventKind::kClosed:
      args[count++] = number(event.error);
      [[fallthrough]];
    case EventKind::kUdpClosed:
    case EventKind::kEchoClosed:
      args[count++] = number(static_cast<double>(event.received));
      args[count++] = number(static_cast<double>(event.sent));
      if (event.kind == EventKind::kEchoClosed) break;
      args[count++] = number(event.first_bytes.received.age_ms());
      args[count++] = number(event.first_bytes.sent.age_ms());
      break;
    case EventKind::kDeviceLost:
      args[count++] = number(event.error);
      break;
    case EventKind::kConnected:
    case EventKind::kEnd:
    case EventKind::kDrain:
      break;
  }
  napi_value result;
  napi_status status =
      napi_make_callback(env, *async_context_, env.Global(), handler.Value(), count, args, &result);
  if (status == napi_pending_exception) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
}

void NativeEngine::settle() {
  if (!engine_) return;
  loop_->settle(engine_->pending() || engine_->event_count() > 0, !engine_->idle());
}

void NativeEngine::shut_down() {
  if (!loop_) return;
  loop_.reset();
  engine_.reset();
  for (auto& handler : handlers_) handler.Reset();
}

Napi::Value NativeEngine::done(Napi::Env env, bool ok) {
  if (!busy_) {
    engine_->work();
    settle();
  }
  return Napi::Boolean::New(env, ok);
}

Napi::Value NativeEngine::no(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), false);
}

Napi::Value NativeEngine::answer(const Napi::CallbackInfo& info, double a, double b) {
  pair_[0] = a;
  pair_[1] = b;
  return Napi::Boolean::New(info.Env(), true);
}

Napi::Value NativeEngine::answer(const Napi::CallbackInfo& info, uint64_t a, uint64_t b) {
  return answer(info, static_cast<double>(a), static_cast<double>(b));
}

Napi::Value NativeEngine::answer(const Napi::CallbackInfo& info, const FirstBytes& first) {
  return answer(info, first.received.age_ms(), first.sent.age_ms());
}

Napi::Value NativeEngine::device_name(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), engine_ ? engine_->device()->name() : "");
}

Napi::Value NativeEngine::offload(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), engine_ && engine_->device()->offload());
}

Napi::Value NativeEngine::configure(const Napi::CallbackInfo& info) {
  if (!engine_ || !info[0].IsObject()) return no(info);
  Napi::Object object = info[0].As<Napi::Object>();
  IcmpSettings settings;
  std::string echo = text_of(object, "echo");
  settings.echo = echo == "reply"    ? EchoMode::kReply
                  : echo == "direct" ? EchoMode::kDirect
                                     : EchoMode::kOff;
  settings.refuse_ipv6 = object.Get("refuseIpv6").ToBoolean();
  Endpoint hop4;
  Endpoint hop6;
  Endpoint::parse(text_of(object, "hop4"), 0, &hop4);
  Endpoint::parse(text_of(object, "hop6"), 0, &hop6);
  engine_->outlet()->set_hops(hop4, hop6);
  Endpoint::parse(text_of(object, "broadcast4"), 0, &settings.broadcast4);
  engine_->icmp()->configure(settings);
  engine_->udp()->set_endpoint_independent(object.Get("endpointIndependentNat").ToBoolean());
  return Napi::Boolean::New(info.Env(), true);
}

Napi::Value NativeEngine::counters(const Napi::CallbackInfo& info) {
  Napi::Object result = Napi::Object::New(info.Env());
  if (!engine_) return result;
  auto set = [&](const char* name, uint64_t value) {
    result.Set(name, Napi::Number::New(info.Env(), static_cast<double>(value)));
  };
#define X(name) set(#name, engine_->counters().name);
  SLUICE_COUNTERS(X)
#undef X
  set("flowsNow", engine_->tcp()->flow_count());
  set("halfOpenNow", engine_->tcp()->half_open_count());
  set("udpSessionsNow", engine_->udp()->session_count());
  set("echoSessionsNow", engine_->icmp()->session_count());
  set("fragmentBytesNow", engine_->fragment_bytes());
  set("bufferBytesNow", Slab::total_bytes());
  return result;
}

Napi::Value NativeEngine::inject(const Napi::CallbackInfo& info) {
  MemoryDevice* memory = engine_ ? engine_->device()->memory() : nullptr;
  if (memory && info[0].IsTypedArray()) {
    auto bytes = info[0].As<Napi::Uint8Array>();
    memory->inject(bytes.Data(), bytes.ByteLength());
  }
  return info.Env().Undefined();
}

Napi::Value NativeEngine::take(const Napi::CallbackInfo& info) {
  MemoryDevice* memory = engine_ ? engine_->device()->memory() : nullptr;
  std::vector<uint8_t> packet;
  if (!memory || !memory->take(&packet)) return info.Env().Null();
  return Napi::Buffer<uint8_t>::Copy(info.Env(), packet.data(), packet.size());
}

Napi::Value NativeEngine::close(const Napi::CallbackInfo& info) {
  shut_down();
  return info.Env().Undefined();
}

}  // namespace sluice
