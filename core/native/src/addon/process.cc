#include "addon/process.h"

#include <utility>
#include <vector>

#include "addon/values.h"
#include "process/conntrack.h"
#include "process/holders.h"
#include "process/peer.h"
#include "process/sock_diag.h"

namespace sluice {
namespace {

Napi::Value find_socket_of(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Endpoint local;
  Endpoint peer;
  FoundSocket found;
  if (!endpoint_of(info[1], info[2], &local) || !endpoint_of(info[3], info[4], &peer))
    return env.Null();
  if (!find_socket(info[0].ToBoolean(), local, peer, &found)) return env.Null();
  Napi::Object result = Napi::Object::New(env);
  result.Set("inode", Napi::Number::New(env, found.inode));
  result.Set("uid", Napi::Number::New(env, found.uid));
  return result;
}

Napi::Value find_origin_of(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Endpoint source;
  Endpoint destination;
  Endpoint origin;
  if (!endpoint_of(info[1], info[2], &source) || !endpoint_of(info[3], info[4], &destination))
    return env.Null();
  if (!find_origin(info[0].ToBoolean(), source, destination, &origin)) return env.Null();
  Napi::Object result = Napi::Object::New(env);
  result.Set("address", Napi::String::New(env, origin.address_text()));
  result.Set("port", Napi::Number::New(env, origin.port));
  return result;
}

Napi::Value listening_sockets_of(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Array result = Napi::Array::New(env);
  if (!info[0].IsNumber()) return result;
  uint32_t at = 0;
  auto port = static_cast<uint16_t>(info[0].As<Napi::Number>().Uint32Value());
  for (uint32_t inode : listening_sockets(port)) result.Set(at++, Napi::Number::New(env, inode));
  return result;
}

Napi::Value peer_of_socket(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Peer peer;
  if (!info[0].IsNumber() || peer_of(info[0].As<Napi::Number>().Int32Value(), &peer) != 0) {
    return env.Null();
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("pid", Napi::Number::New(env, peer.pid));
  result.Set("uid", Napi::Number::New(env, peer.uid));
  result.Set("gid", Napi::Number::New(env, peer.gid));
  return result;
}

// Walks through /proc on one of libuv's threads.
class HolderSearch : public Napi::AsyncWorker {
 public:
  HolderSearch(Napi::Env env, std::vector<FoundSocket> sockets, std::vector<int> likely, bool every)
      : Napi::AsyncWorker(env, "sluice.findHolders"),
        deferred_(Napi::Promise::Deferred::New(env)),
        sockets_(std::move(sockets)),
        likely_(std::move(likely)),
        every_(every) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override { found_ = find_holders(sockets_, likely_, every_); }

  void OnOK() override {
    Napi::Env env = Env();
    Napi::Array result = Napi::Array::New(env, found_.size());
    uint32_t at = 0;
    for (const SocketHolder& holder : found_) {
      Napi::Object entry = Napi::Object::New(env);
      entry.Set("inode", Napi::Number::New(env, holder.inode));
      entry.Set("pid", Napi::Number::New(env, holder.pid));
      entry.Set("path", Napi::String::New(env, holder.path));
      entry.Set("name", Napi::String::New(env, holder.name));
      result.Set(at++, entry);
    }
    deferred_.Resolve(result);
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  std::vector<FoundSocket> sockets_;
  std::vector<int> likely_;
  bool every_;
  std::vector<SocketHolder> found_;
};

Napi::Value find_holders_of(const Napi::CallbackInfo& info) {
  std::vector<FoundSocket> sockets;
  std::vector<int> likely;
  if (info[0].IsArray()) {
    auto list = info[0].As<Napi::Array>();
    for (uint32_t at = 0; at < list.Length(); ++at) {
      Napi::Value item = list.Get(at);
      if (!item.IsObject()) continue;
      auto socket = item.As<Napi::Object>();
      sockets.push_back({static_cast<uint32_t>(whole_of(socket.Get("inode"))),
                         static_cast<uint32_t>(whole_of(socket.Get("uid")))});
    }
  }
  if (info[1].IsArray()) {
    auto list = info[1].As<Napi::Array>();
    for (uint32_t at = 0; at < list.Length(); ++at) {
      Napi::Value pid = list.Get(at);
      if (pid.IsNumber()) likely.push_back(pid.As<Napi::Number>().Int32Value());
    }
  }
  // It deletes itself when it is done.
  auto* search =
      new HolderSearch(info.Env(), std::move(sockets), std::move(likely), info[2].ToBoolean());
  Napi::Promise promise = search->promise();
  search->Queue();
  return promise;
}

}  // namespace

void define_process_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("peerOf", Napi::Function::New(env, peer_of_socket));
  exports.Set("findSocket", Napi::Function::New(env, find_socket_of));
  exports.Set("findOrigin", Napi::Function::New(env, find_origin_of));
  exports.Set("listeningSockets", Napi::Function::New(env, listening_sockets_of));
  exports.Set("canFindUdp", Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
                return Napi::Boolean::New(info.Env(), can_find_udp());
              }));
  exports.Set("findHolders", Napi::Function::New(env, find_holders_of));
}

}  // namespace sluice
