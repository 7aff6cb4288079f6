// Packets as records of a capture file in a fixed piece of memory: a new one takes the place of the
// oldest. Positions are bytes since the first record was pushed, whatever has been overwritten
// since.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>

#include "record/pcap.h"

namespace sluice {

class PacketRing {
 public:
  // Pages of the memory are touched as they are needed. `ready` is false where there is none.
  explicit PacketRing(size_t capacity);
  bool ready() const { return memory_ != nullptr; }

  // `header.captured` bytes of the parts, which have at least as many.
  void push(const PcapPacketHeader& header, const iovec* parts, int count);

  // Whole records from `*position` on (or from the oldest, where that is overwritten), as many as
  // end before `limit` and fit `size`; moves the position behind them. Returns their bytes.
  size_t read(uint64_t* position, uint64_t limit, uint8_t* out, size_t size) const;

  uint64_t end() const { return end_; }
  size_t bytes() const { return static_cast<size_t>(end_ - begin_); }
  // In the ring now, and overwritten (or too large for it) so far.
  uint64_t packets() const { return packets_; }
  uint64_t lost() const { return lost_; }

 private:
  void drop_oldest();
  PcapPacketHeader header_at(uint64_t position) const;
  void copy_in(const void* bytes, size_t size);
  void copy_out(uint64_t position, void* out, size_t size) const;

  size_t capacity_;
  std::unique_ptr<uint8_t[]> memory_;
  uint64_t begin_ = 0;  // of the oldest record
  uint64_t end_ = 0;
  uint64_t packets_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace sluice
