// What the addon exports: see binding.d.ts.
#include <napi.h>

#include "addon/native_engine.h"
#include "addon/process.h"

namespace sluice {
namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeEngine", NativeEngine::define(env));
  define_process_functions(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(sluice, init)

}  // namespace sluice
