#include "addon/values.h"

#include <uv.h>

#include <cerrno>

#include "device/memory_device.h"

namespace sluice {

Napi::Value throw_errno(Napi::Env env, int error, const char* syscall) {
  std::string code = uv_err_name(-error);
  Napi::Error e = Napi::Error::New(env, std::string(syscall) + ": " + uv_strerror(-error));
  e.Set("code", code);
  e.Set("syscall", syscall);
  e.Set("errno", Napi::Number::New(env, error));
  e.ThrowAsJavaScriptException();
  return env.Undefined();
}

uint64_t whole_of(const Napi::Value& value) {
  double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
  return number > 0 && number < 9007199254740992.0 ? static_cast<uint64_t>(number) : 0;
}

bool endpoint_of(const Napi::Value& address, const Napi::Value& port, Endpoint* out) {
  return address.IsString() && port.IsNumber() &&
         Endpoint::parse(address.As<Napi::String>().Utf8Value(),
                         static_cast<uint16_t>(port.As<Napi::Number>().Uint32Value()), out);
}

bool target_of(const Napi::Object& object, RelayAddress* out) {
  Napi::Value host = object.Get("host");
  Napi::Value port = object.Get("port");
  return host.IsString() && port.IsNumber() &&
         parse_relay_address(host.As<Napi::String>().Utf8Value(),
                             static_cast<uint16_t>(port.As<Napi::Number>().Uint32Value()), out);
}

std::string text_of(const Napi::Object& object, const char* key) {
  Napi::Value value = object.Get(key);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
}

double number_of(const Napi::Object& object, const char* key, double fallback) {
  Napi::Value value = object.Get(key);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : fallback;
}

Binding binding_of(const Napi::Value& value) {
  if (!value.IsObject()) return {};
  Napi::Object object = value.As<Napi::Object>();
  return {text_of(object, "device"), text_of(object, "address4"), text_of(object, "address6")};
}

Refusal refusal_of(const Napi::Value& value) {
  std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (name == "port-unreachable") return Refusal::kPortUnreachable;
  if (name == "host-unreachable") return Refusal::kHostUnreachable;
  if (name == "net-unreachable") return Refusal::kNetUnreachable;
  if (name == "prohibited") return Refusal::kProhibited;
  if (name == "drop") return Refusal::kDrop;
  return Refusal::kReset;
}

std::unique_ptr<Device> device_of(const Napi::Object& spec, DeviceError* error) {
  std::string kind = text_of(spec, "kind");
  auto mtu = static_cast<uint16_t>(number_of(spec, "mtu", 1500));
  if (kind == "tun") {
    return open_tun(text_of(spec, "name"), mtu, spec.Get("offload").ToBoolean(), error);
  }
  if (kind == "memory") return std::make_unique<MemoryDevice>(mtu);
  if ((kind != "fault" && kind != "pcap") || !spec.Get("inner").IsObject()) {
    *error = {EINVAL, "device"};
    return nullptr;
  }
  std::unique_ptr<Device> inner = device_of(spec.Get("inner").As<Napi::Object>(), error);
  if (!inner) return nullptr;
  if (kind == "pcap") return wrap_with_pcap(std::move(inner), text_of(spec, "path"), error);
  Faults faults;
  faults.seed = static_cast<uint32_t>(number_of(spec, "seed", 1));
  faults.loss = number_of(spec, "loss", 0);
  faults.reorder = number_of(spec, "reorder", 0);
  faults.duplicate = number_of(spec, "duplicate", 0);
  faults.corrupt = number_of(spec, "corrupt", 0);
  faults.truncate = number_of(spec, "truncate", 0);
  return wrap_with_faults(std::move(inner), faults);
}

}  // namespace sluice
