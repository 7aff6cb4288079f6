// What is recorded, as binding.d.ts tells it.
#pragma once

#include <napi.h>

#include "record/recorder.h"

namespace sluice {

// False where it makes no sense.
bool record_options_of(const Napi::Value& value, RecordOptions* out);

// Null without a recorder.
Napi::Value record_state(Napi::Env env, const Recorder* recorder);
Napi::Value record_header(Napi::Env env, const Recorder* recorder);
Napi::Value record_piece(Napi::Env env, const Recorder* recorder, uint64_t position, uint64_t end);

}  // namespace sluice
