// One run of the fuzzer: an engine on a memory device, applications that talk to it, servers that
// its own connections meet, and somebody in TypeScript's place. Whatever the input makes them do,
// the promises of binding.d.ts and of TCP must hold; where one does not, the run traps.
#pragma once

#include <map>
#include <vector>

#include "app.h"
#include "bytes.h"
#include "device/memory_device.h"
#include "engine/engine.h"
#include "loopback.h"

namespace sluice::fuzz {

// A promise that does not hold ends the run.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

class World {
 public:
  explicit World(Bytes* input);
  // Acts until the input is used up, then ends everything and checks what is left.
  void live();

 private:
  // What TypeScript knows of a stream.
  struct Known {
    bool flow = false;
    bool spliced = false;
    bool ended = false;
    uint32_t first = 0;     // of a flow: sequence number of its first byte
    uint32_t received = 0;  // told in `data` events
    uint32_t written = 0;
    size_t app = ~size_t{0};
  };
  struct Destination {
    Handle session;
    Endpoint dst;
  };

  void act();
  void send_segment();
  void send_datagram();
  void send_echo();
  void send_fragment();
  void send_garbage();
  void pass_time();
  void call_stream();
  void call_udp();
  void call_echo();
  void call_server();

  void inject(const PacketBytes& packet);
  void round();
  void hear_packets();
  void tell_events();
  void tell(Event& event);
  void check_memory();
  void check_recording();
  std::vector<uint8_t> options();
  Handle pick_stream();

  Bytes& in_;
  Loopback loopback_;
  std::unique_ptr<Engine> engine_;
  uint64_t now_ = 1'000'000;
  size_t calls_bytes_ = 0;  // what TypeScript wrote, which no limit of the engine bounds
  std::vector<App> apps_;
  std::map<Handle, Known> streams_;
  std::vector<Handle> sessions_;
  std::vector<Destination> destinations_;
  std::vector<Handle> sockets_;
  std::vector<Handle> echoes_;
};

}  // namespace sluice::fuzz
