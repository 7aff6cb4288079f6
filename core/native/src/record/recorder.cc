#include "record/recorder.h"

#include <algorithm>
#include <cstring>

namespace sluice {

void Recorder::take(const iovec* parts, int count) {
  if (filter_ && !is_wanted(parts, count)) return;
  size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  auto captured = static_cast<uint32_t>(std::min(size, snap_));
  ring_.push(pcap_packet_now(captured, static_cast<uint32_t>(size)), parts, count);
}

bool Recorder::is_wanted(const iovec* parts, int count) const {
  const auto* first = static_cast<const uint8_t*>(parts[0].iov_base);
  if (count == 1) return filter_->matches(first, parts[0].iov_len);
  uint8_t head[PacketFilter::kHead];
  size_t size = 0;
  for (int i = 0; i < count && size < sizeof(head); ++i) {
    size_t part = std::min(sizeof(head) - size, parts[i].iov_len);
    if (part > 0) std::memcpy(head + size, parts[i].iov_base, part);
    size += part;
  }
  return filter_->matches(head, size);
}

}  // namespace sluice
