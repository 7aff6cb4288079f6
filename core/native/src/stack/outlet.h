// The way of packets to the application: counted, cut to the MTU, and errors no more of than a
// router would send.
#pragma once

#include "base/token_bucket.h"
#include "device/device.h"
#include "engine/counters.h"
#include "record/recorder.h"
#include "wire/reply.h"

namespace sluice {

class Outlet {
 public:
  Outlet(Device* device, Counters* counters);

  void set_time(uint64_t now) { now_ = now; }
  // The router on the way out, which tells what a router tells. Family 0: there is none.
  void set_hops(const Endpoint& hop4, const Endpoint& hop6) {
    hop4_ = hop4;
    hop6_ = hop6;
  }
  const Device* device() const { return device_; }
  // What sees the packets that the device took, and those that were read from it; null: nothing.
  void set_tap(Recorder* tap) { tap_ = tap; }
  Recorder* tap() const { return tap_; }

  // One packet as it is. False: dropped, as a wire would.
  bool send(const iovec* parts, int count, const WriteMeta& meta);
  // A datagram; `header` (IP without options, and 8 bytes of transport) may be changed. Where it
  // exceeds the MTU it leaves in fragments.
  bool send_datagram(uint8_t* header, size_t header_size, const uint8_t* payload,
                     size_t payload_size);
  // ICMP errors about `packet`. None is sent about what went to many, or from nobody (RFC 1122
  // 3.2.2, RFC 4443 2.4 e), nor beyond the rate limit (RFC 1812 4.3.2.8, RFC 4443 2.4 f).
  void send_unreachable(const Packet& packet, Refusal reason);
  void send_unreachable(const Packet& packet, const Endpoint& from, uint8_t code);
  void send_time_exceeded(const Packet& packet, const Endpoint& from, uint8_t code);
  // As the router; without one it says nothing of time.
  void send_time_exceeded(const Packet& packet, uint8_t code);
  void send_too_big(const Packet& packet, uint16_t mtu);

 private:
  bool may_send_error(const Packet& packet);

  Device* device_;
  Counters* counters_;
  Recorder* tap_ = nullptr;
  TokenBucket errors_;
  Endpoint hop4_;
  Endpoint hop6_;
  uint32_t next_id_;
  uint64_t now_ = 0;
};

}  // namespace sluice
