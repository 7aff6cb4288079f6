// What JavaScript passes, as the values it stands for. TypeScript (core/stack) has validated it;
// here it only needs to be safe.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "device/device.h"
#include "device/wrappers.h"
#include "net/socket_options.h"
#include "wire/endpoint.h"
#include "wire/reply.h"
#include "wire/socks_udp.h"

namespace sluice {

Napi::Value throw_errno(Napi::Env env, int error, const char* syscall);

// A whole number that JavaScript holds exactly, as handles, sizes and positions are; 0 for
// anything else.
uint64_t whole_of(const Napi::Value& value);

std::string text_of(const Napi::Object& object, const char* key);
double number_of(const Napi::Object& object, const char* key, double fallback);

bool endpoint_of(const Napi::Value& address, const Napi::Value& port, Endpoint* out);
bool target_of(const Napi::Object& object, RelayAddress* out);
Binding binding_of(const Napi::Value& value);
Refusal refusal_of(const Napi::Value& value);

// Null with `error` filled in.
std::unique_ptr<Device> device_of(const Napi::Object& spec, DeviceError* error);

}  // namespace sluice
