// The Node side: turns calls and events of binding.d.ts into calls and events of Engine.
#include <napi.h>
#include <uv.h>

#include <memory>
#include <string>

#include "addon/process.h"
#include "addon/record.h"
#include "addon/values.h"
#include "device/memory_device.h"
#include "engine/engine.h"

namespace sluice {
namespace {

class NativeEngine : public Napi::ObjectWrap<NativeEngine> {
 public:
  static Napi::Function define(Napi::Env env) {
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

  explicit NativeEngine(const Napi::CallbackInfo& info) : ObjectWrap(info) {
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
    start_loop(env);
  }

  ~NativeEngine() override { shut_down(); }

 private:
  static constexpr size_t kHandlers = 13;

  // libuv frees its handles late: they outlive the engine that made them.
  struct LoopHandles {
    uv_poll_t poll;
    uv_timer_t timer;
    uv_idle_t idle;
    int open = 3;
    NativeEngine* owner;
  };

  void start_loop(Napi::Env env) {
    uv_loop_t* loop;
    napi_get_uv_event_loop(env, &loop);
    loop_ = new LoopHandles();
    loop_->owner = this;
    uv_poll_init(loop, &loop_->poll, engine_->fd());
    uv_timer_init(loop, &loop_->timer);
    uv_idle_init(loop, &loop_->idle);
    loop_->poll.data = loop_->timer.data = loop_->idle.data = loop_;
    uv_poll_start(&loop_->poll, UV_READABLE, [](uv_poll_t* h, int, int) { owner(h)->round(); });
    uv_unref(reinterpret_cast<uv_handle_t*>(&loop_->timer));
  }

  template <typename T>
  static NativeEngine* owner(T* handle) {
    return static_cast<LoopHandles*>(handle->data)->owner;
  }

  void round() {
    busy_ = true;
    engine_->set_time(uv_now(loop_->timer.loop));
    engine_->run();
    deliver();
    busy_ = false;
    settle();
  }

  // After every call from TypeScript that may have changed something.
  Napi::Value done(Napi::Env env, bool ok) {
    if (!busy_) {
      engine_->work();
      settle();
    }
    return Napi::Boolean::New(env, ok);
  }

  // Makes the loop come back as long as there is something to do.
  void settle() {
    if (!engine_) return;
    bool soon = engine_->pending() || engine_->event_count() > 0;
    if (soon != spinning_) {
      spinning_ = soon;
      if (soon) {
        uv_idle_start(&loop_->idle, [](uv_idle_t* h) { owner(h)->round(); });
      } else {
        uv_idle_stop(&loop_->idle);
      }
    }
    bool tick = !engine_->idle();
    if (tick != ticking_) {
      ticking_ = tick;
      if (tick) {
        uv_timer_start(
            &loop_->timer, [](uv_timer_t* h) { owner(h)->tick(); }, kTickMs, kTickMs);
      } else {
        uv_timer_stop(&loop_->timer);
      }
    }
  }

  void tick() {
    busy_ = true;
    engine_->tick(uv_now(loop_->timer.loop));
    deliver();
    busy_ = false;
    settle();
  }

  void deliver() {
    // A handler may close the engine. What handlers caused is delivered in the next round, so that
    // a busy conversation between them and us cannot starve the loop.
    Event event;
    for (size_t left = engine_->event_count(); left > 0 && engine_ && engine_->next_event(&event);
         --left) {
      call(event);
    }
    if (engine_) engine_->work();
  }

  void call(Event& event) {
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
    napi_status status = napi_make_callback(env, *async_context_, env.Global(), handler.Value(),
                                            count, args, &result);
    if (status == napi_pending_exception) {
      napi_value error;
      napi_get_and_clear_last_exception(env, &error);
      napi_fatal_exception(env, error);
    }
  }

  Stream* stream(const Napi::CallbackInfo& info) const {
    return engine_ ? engine_->stream(whole_of(info[0])) : nullptr;
  }
  UdpSession* session(const Napi::CallbackInfo& info) const {
    return engine_ ? engine_->session(whole_of(info[0])) : nullptr;
  }
  static Napi::Value no(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), false);
  }

  Napi::Value device_name(const Napi::CallbackInfo& info) {
    return Napi::String::New(info.Env(), engine_ ? engine_->device()->name() : "");
  }
  Napi::Value offload(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), engine_ && engine_->device()->offload());
  }

  Napi::Value accept(const Napi::CallbackInfo& info) {
    Flow* flow = engine_ ? engine_->held_flow(whole_of(info[0])) : nullptr;
    if (!flow) return no(info);
    flow->accept();
    return done(info.Env(), true);
  }

  Napi::Value refuse(const Napi::CallbackInfo& info) {
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

  Napi::Value connect(const Napi::CallbackInfo& info) {
    Endpoint remote;
    if (!engine_ || !endpoint_of(info[0], info[1], &remote)) {
      return throw_errno(info.Env(), EINVAL, "connect");
    }
    TcpSocket* socket = engine_->connect(remote, binding_of(info[2]));
    auto handle = static_cast<double>(socket->handle);
    done(info.Env(), true);
    return Napi::Number::New(info.Env(), handle);
  }

  Napi::Value write(const Napi::CallbackInfo& info) {
    Stream* s = stream(info);
    if (!s || !info[1].IsTypedArray()) return no(info);
    auto bytes = info[1].As<Napi::Uint8Array>();
    bool more = s->write(bytes.Data(), bytes.ByteLength());
    return done(info.Env(), more);
  }

  Napi::Value end(const Napi::CallbackInfo& info) {
    Stream* s = stream(info);
    if (!s) return no(info);
    s->finish();
    return done(info.Env(), true);
  }

  Napi::Value destroy(const Napi::CallbackInfo& info) {
    Stream* s = stream(info);
    if (!s) return no(info);
    engine_->destroy(s);
    return done(info.Env(), true);
  }

  Napi::Value pause(const Napi::CallbackInfo& info) {
    Stream* s = stream(info);
    if (s) s->pause();
    return Napi::Boolean::New(info.Env(), s != nullptr);
  }

  Napi::Value resume(const Napi::CallbackInfo& info) {
    Stream* s = stream(info);
    if (!s) return no(info);
    s->resume();
    return done(info.Env(), true);
  }

  Napi::Value splice(const Napi::CallbackInfo& info) {
    Stream* a = stream(info);
    Stream* b = engine_ ? engine_->stream(whole_of(info[1])) : nullptr;
    if (!a || !b || !engine_->splice(a, b)) return no(info);
    return done(info.Env(), true);
  }

  // Answers two numbers without making an object: 5,000 flows are asked each second.
  Napi::Value answer(const Napi::CallbackInfo& info, double a, double b) {
    pair_[0] = a;
    pair_[1] = b;
    return Napi::Boolean::New(info.Env(), true);
  }
  Napi::Value answer(const Napi::CallbackInfo& info, uint64_t a, uint64_t b) {
    return answer(info, static_cast<double>(a), static_cast<double>(b));
  }
  Napi::Value answer(const Napi::CallbackInfo& info, const FirstBytes& first) {
    return answer(info, first.received.age_ms(), first.sent.age_ms());
  }

  Napi::Value counts(const Napi::CallbackInfo& info) {
    Stream* s = stream(info);
    if (!s) return no(info);
    return answer(info, s->received(), s->sent());
  }

  Napi::Value first_bytes(const Napi::CallbackInfo& info) {
    Stream* s = stream(info);
    if (!s) return no(info);
    return answer(info, s->first_bytes());
  }

  Napi::Value udp_socket(const Napi::CallbackInfo& info) {
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
    UdpSocket* socket = engine_->open_udp_socket(s, family, binding_of(info[2]),
                                                 relayed ? &relay : nullptr, &error);
    if (!socket) return throw_errno(info.Env(), error, "udpSocket");
    return Napi::Number::New(info.Env(), static_cast<double>(socket->handle));
  }

  Napi::Value udp_close_socket(const Napi::CallbackInfo& info) {
    UdpSocket* socket = engine_ ? engine_->udp_socket(whole_of(info[0])) : nullptr;
    if (!socket) return no(info);
    engine_->udp()->close_socket(socket);
    return done(info.Env(), true);
  }

  Napi::Value udp_socket_counts(const Napi::CallbackInfo& info) {
    UdpSocket* socket = engine_ ? engine_->udp_socket(whole_of(info[0])) : nullptr;
    if (!socket) return no(info);
    return answer(info, socket->received, socket->sent);
  }

  Napi::Value udp_socket_first_bytes(const Napi::CallbackInfo& info) {
    UdpSocket* socket = engine_ ? engine_->udp_socket(whole_of(info[0])) : nullptr;
    if (!socket) return no(info);
    return answer(info, socket->first_bytes);
  }

  Napi::Value udp_route(const Napi::CallbackInfo& info) {
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

  Napi::Value udp_waiting(const Napi::CallbackInfo& info) {
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

  Napi::Value udp_to_script(const Napi::CallbackInfo& info) {
    UdpSession* s = session(info);
    Endpoint dst;
    if (!s || !endpoint_of(info[1], info[2], &dst)) return no(info);
    engine_->udp()->to_script(s, dst);
    return done(info.Env(), true);
  }

  Napi::Value udp_refuse(const Napi::CallbackInfo& info) {
    UdpSession* s = session(info);
    Endpoint dst;
    if (!s || !endpoint_of(info[1], info[2], &dst)) return no(info);
    engine_->udp()->refuse(s, dst, refusal_of(info[3]));
    return done(info.Env(), true);
  }

  Napi::Value udp_send(const Napi::CallbackInfo& info) {
    UdpSession* s = session(info);
    Endpoint src;
    if (!s || !endpoint_of(info[1], info[2], &src) || !info[3].IsTypedArray()) return no(info);
    auto bytes = info[3].As<Napi::Uint8Array>();
    return done(info.Env(), engine_->udp()->send(s, src, bytes.Data(), bytes.ByteLength()));
  }

  Napi::Value udp_timeout(const Napi::CallbackInfo& info) {
    UdpSession* s = session(info);
    if (s) s->timeout_ms = static_cast<uint64_t>(info[1].ToNumber().Int64Value());
    return Napi::Boolean::New(info.Env(), s != nullptr);
  }

  Napi::Value udp_close(const Napi::CallbackInfo& info) {
    UdpSession* s = session(info);
    if (!s) return no(info);
    engine_->udp()->close(s);
    return done(info.Env(), true);
  }

  Napi::Value configure(const Napi::CallbackInfo& info) {
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

  EchoSession* echo(const Napi::CallbackInfo& info) const {
    return engine_ ? engine_->echo(whole_of(info[0])) : nullptr;
  }

  Napi::Value echo_reply(const Napi::CallbackInfo& info) {
    EchoSession* e = echo(info);
    if (!e) return no(info);
    engine_->icmp()->reply(e);
    return done(info.Env(), true);
  }

  Napi::Value echo_refuse(const Napi::CallbackInfo& info) {
    EchoSession* e = echo(info);
    if (!e) return no(info);
    engine_->icmp()->refuse(e, refusal_of(info[1]));
    return done(info.Env(), true);
  }

  Napi::Value echo_route(const Napi::CallbackInfo& info) {
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

  Napi::Value echo_close(const Napi::CallbackInfo& info) {
    EchoSession* e = echo(info);
    if (!e) return no(info);
    engine_->icmp()->close(e);
    return done(info.Env(), true);
  }

  Napi::Value counters(const Napi::CallbackInfo& info) {
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

  const Recorder* recorder() const { return engine_ ? engine_->recorder() : nullptr; }

  Napi::Value record(const Napi::CallbackInfo& info) {
    RecordOptions options;
    if (!engine_ || !record_options_of(info[0], &options)) return no(info);
    return Napi::Boolean::New(info.Env(), engine_->record(std::move(options)));
  }

  Napi::Value record_stop(const Napi::CallbackInfo& info) {
    if (!recorder()) return no(info);
    engine_->stop_recording();
    return Napi::Boolean::New(info.Env(), true);
  }

  Napi::Value record_forget(const Napi::CallbackInfo& info) {
    if (!recorder()) return no(info);
    engine_->forget_recording();
    return Napi::Boolean::New(info.Env(), true);
  }

  Napi::Value record_state(const Napi::CallbackInfo& info) {
    return sluice::record_state(info.Env(), recorder());
  }
  Napi::Value record_header(const Napi::CallbackInfo& info) {
    return sluice::record_header(info.Env(), recorder());
  }
  Napi::Value record_read(const Napi::CallbackInfo& info) {
    return record_piece(info.Env(), recorder(), whole_of(info[0]), whole_of(info[1]));
  }

  Napi::Value inject(const Napi::CallbackInfo& info) {
    MemoryDevice* memory = engine_ ? engine_->device()->memory() : nullptr;
    if (memory && info[0].IsTypedArray()) {
      auto bytes = info[0].As<Napi::Uint8Array>();
      memory->inject(bytes.Data(), bytes.ByteLength());
    }
    return info.Env().Undefined();
  }

  Napi::Value take(const Napi::CallbackInfo& info) {
    MemoryDevice* memory = engine_ ? engine_->device()->memory() : nullptr;
    std::vector<uint8_t> packet;
    if (!memory || !memory->take(&packet)) return info.Env().Null();
    return Napi::Buffer<uint8_t>::Copy(info.Env(), packet.data(), packet.size());
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    shut_down();
    return info.Env().Undefined();
  }

  void shut_down() {
    if (!loop_) return;
    auto closed = [](uv_handle_t* h) {
      auto* handles = static_cast<LoopHandles*>(h->data);
      if (--handles->open == 0) delete handles;
    };
    uv_poll_stop(&loop_->poll);
    uv_close(reinterpret_cast<uv_handle_t*>(&loop_->poll), closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&loop_->timer), closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&loop_->idle), closed);
    loop_ = nullptr;
    engine_.reset();
    for (auto& handler : handlers_) handler.Reset();
  }

  std::unique_ptr<Engine> engine_;
  Napi::FunctionReference handlers_[kHandlers];
  std::unique_ptr<Napi::AsyncContext> async_context_;
  LoopHandles* loop_ = nullptr;
  double* pair_ = nullptr;  // the memory of the property `pair`, which cannot be replaced
  bool busy_ = false;
  bool spinning_ = false;
  bool ticking_ = false;
};

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeEngine", NativeEngine::define(env));
  define_process_functions(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(sluice, init)

}  // namespace sluice
