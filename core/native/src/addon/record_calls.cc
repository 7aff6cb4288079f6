#include "addon/native_engine.h"
#include "addon/record.h"
#include "addon/values.h"

namespace sluice {

const Recorder* NativeEngine::recorder() const { return engine_ ? engine_->recorder() : nullptr; }

Napi::Value NativeEngine::record(const Napi::CallbackInfo& info) {
  RecordOptions options;
  if (!engine_ || !record_options_of(info[0], &options)) return no(info);
  return Napi::Boolean::New(info.Env(), engine_->record(std::move(options)));
}

Napi::Value NativeEngine::record_stop(const Napi::CallbackInfo& info) {
  if (!recorder()) return no(info);
  engine_->stop_recording();
  return Napi::Boolean::New(info.Env(), true);
}

Napi::Value NativeEngine::record_forget(const Napi::CallbackInfo& info) {
  if (!recorder()) return no(info);
  engine_->forget_recording();
  return Napi::Boolean::New(info.Env(), true);
}

Napi::Value NativeEngine::record_state(const Napi::CallbackInfo& info) {
  return sluice::record_state(info.Env(), recorder());
}

Napi::Value NativeEngine::record_header(const Napi::CallbackInfo& info) {
  return sluice::record_header(info.Env(), recorder());
}

Napi::Value NativeEngine::record_read(const Napi::CallbackInfo& info) {
  return record_piece(info.Env(), recorder(), whole_of(info[0]), whole_of(info[1]));
}

}  // namespace sluice
