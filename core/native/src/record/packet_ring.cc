#include "record/packet_ring.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace sluice {

PacketRing::PacketRing(size_t capacity)
    : capacity_(capacity), memory_(new (std::nothrow) uint8_t[capacity]) {}

void PacketRing::push(const PcapPacketHeader& header, const iovec* parts, int count) {
  size_t need = sizeof(header) + header.captured;
  if (need > capacity_) {
    ++lost_;
    return;
  }
  while (capacity_ - bytes() < need) drop_oldest();
  copy_in(&header, sizeof(header));
  size_t left = header.captured;
  for (int i = 0; i < count && left > 0; ++i) {
    size_t part = std::min(left, parts[i].iov_len);
    copy_in(parts[i].iov_base, part);
    left -= part;
  }
  ++packets_;
}

size_t PacketRing::read(uint64_t* position, uint64_t limit, uint8_t* out, size_t size) const {
  uint64_t from = std::clamp(*position, begin_, end_);
  uint64_t stop = std::min(limit, end_);
  uint64_t to = from;
  while (to < stop && stop - to >= sizeof(PcapPacketHeader)) {
    uint64_t next = to + sizeof(PcapPacketHeader) + header_at(to).captured;
    if (next > stop || next - from > size) break;
    to = next;
  }
  auto count = static_cast<size_t>(to - from);
  copy_out(from, out, count);
  *position = to;
  return count;
}

void PacketRing::drop_oldest() {
  begin_ += sizeof(PcapPacketHeader) + header_at(begin_).captured;
  --packets_;
  ++lost_;
}

PcapPacketHeader PacketRing::header_at(uint64_t position) const {
  PcapPacketHeader header;
  copy_out(position, &header, sizeof(header));
  return header;
}

void PacketRing::copy_in(const void* bytes, size_t size) {
  if (size == 0) return;
  auto at = static_cast<size_t>(end_ % capacity_);
  size_t first = std::min(size, capacity_ - at);
  std::memcpy(memory_.get() + at, bytes, first);
  if (size > first) {
    std::memcpy(memory_.get(), static_cast<const uint8_t*>(bytes) + first, size - first);
  }
  end_ += size;
}

void PacketRing::copy_out(uint64_t position, void* out, size_t size) const {
  if (size == 0) return;
  auto at = static_cast<size_t>(position % capacity_);
  size_t first = std::min(size, capacity_ - at);
  std::memcpy(out, memory_.get() + at, first);
  if (size > first) std::memcpy(static_cast<uint8_t*>(out) + first, memory_.get(), size - first);
}

}  // namespace sluice
