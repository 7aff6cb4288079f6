#include "addon/record.h"

#include <vector>

#include "addon/values.h"
#include "wire/packet.h"

namespace sluice {
namespace {

// More than the largest record.
constexpr size_t kPiece = 256 * 1024;

// Null: every packet. False where it makes no sense.
bool filter_of(const Napi::Value& flows, std::optional<PacketFilter>* out) {
  if (!flows.IsArray()) return flows.IsNull();
  auto list = flows.As<Napi::Array>();
  out->emplace();
  for (uint32_t i = 0; i < list.Length(); ++i) {
    Napi::Value item = list[i];
    if (!item.IsObject()) return false;
    auto flow = item.As<Napi::Object>();
    Endpoint app;
    Endpoint far;
    if (!endpoint_of(flow.Get("src"), flow.Get("srcPort"), &app)) return false;
    bool any = text_of(flow, "dst").empty();
    if (!any && !endpoint_of(flow.Get("dst"), flow.Get("dstPort"), &far)) return false;
    (*out)->add(flow.Get("udp").ToBoolean() ? kProtocolUdp : kProtocolTcp, app, far);
  }
  return true;
}

}  // namespace

bool record_options_of(const Napi::Value& value, RecordOptions* out) {
  if (!value.IsObject()) return false;
  auto object = value.As<Napi::Object>();
  out->capacity = static_cast<size_t>(whole_of(object.Get("capacity")));
  out->snap = static_cast<size_t>(whole_of(object.Get("snap")));
  return out->capacity > 0 && filter_of(object.Get("flows"), &out->filter);
}

Napi::Value record_state(Napi::Env env, const Recorder* recorder) {
  if (!recorder) return env.Null();
  const PacketRing& ring = recorder->ring();
  Napi::Object result = Napi::Object::New(env);
  auto set = [&](const char* name, uint64_t value) {
    result.Set(name, Napi::Number::New(env, static_cast<double>(value)));
  };
  set("packets", ring.packets());
  set("bytes", ring.bytes());
  set("lost", ring.lost());
  set("end", ring.end());
  return result;
}

Napi::Value record_header(Napi::Env env, const Recorder* recorder) {
  if (!recorder) return env.Null();
  PcapFileHeader header;
  header.snap = static_cast<uint32_t>(recorder->snap());
  return Napi::Buffer<uint8_t>::Copy(env, reinterpret_cast<const uint8_t*>(&header),
                                     sizeof(header));
}

Napi::Value record_piece(Napi::Env env, const Recorder* recorder, uint64_t position, uint64_t end) {
  if (!recorder) return env.Null();
  std::vector<uint8_t> piece(kPiece);
  size_t size = recorder->ring().read(&position, end, piece.data(), piece.size());
  if (size == 0) return env.Null();
  Napi::Array result = Napi::Array::New(env, 2);
  result.Set(0u, Napi::Buffer<uint8_t>::Copy(env, piece.data(), size));
  result.Set(1u, Napi::Number::New(env, static_cast<double>(position)));
  return result;
}

}  // namespace sluice
