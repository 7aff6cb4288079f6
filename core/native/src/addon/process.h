// The functions of src/process as binding.d.ts declares them.
#pragma once

#include <napi.h>

namespace sluice {

void define_process_functions(Napi::Env env, Napi::Object exports);

}  // namespace sluice
