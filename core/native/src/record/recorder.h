// Records packets as the device carries them. There is one while somebody asked for it, and whoever
// reads or writes packets has a pointer to it that is null otherwise.
#pragma once

#include <optional>

#include "device/device.h"
#include "record/packet_filter.h"
#include "record/packet_ring.h"

namespace sluice {

struct RecordOptions {
  size_t capacity = 0;                 // bytes of memory
  size_t snap = kMaxPacket;            // bytes that are kept of a packet
  std::optional<PacketFilter> filter;  // without one: every packet
};

class Recorder {
 public:
  explicit Recorder(RecordOptions options)
      : snap_(options.snap), filter_(std::move(options.filter)), ring_(options.capacity) {}

  // A packet that was read, or written.
  void take(const iovec* parts, int count);
  size_t snap() const { return snap_; }
  const PacketRing& ring() const { return ring_; }

 private:
  bool is_wanted(const iovec* parts, int count) const;

  size_t snap_;
  std::optional<PacketFilter> filter_;
  PacketRing ring_;
};

}  // namespace sluice
