#include "device/memory_device.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace sluice {

MemoryDevice::MemoryDevice(uint16_t mtu)
    : mtu_(mtu), event_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

MemoryDevice::~MemoryDevice() { ::close(event_fd_); }

long MemoryDevice::read(uint8_t* buffer, ReadMeta*) {
  if (incoming_.empty()) {
    uint64_t count;
    [[maybe_unused]] ssize_t n = ::read(event_fd_, &count, sizeof(count));
    return 0;
  }
  std::vector<uint8_t> packet = std::move(incoming_.front());
  incoming_.pop_front();
  std::memcpy(buffer, packet.data(), packet.size());
  return static_cast<long>(packet.size());
}

bool MemoryDevice::write(const iovec* parts, int count, const WriteMeta&) {
  if (outgoing_.size() >= kMaxQueue) return false;
  std::vector<uint8_t> packet;
  for (int i = 0; i < count; ++i) {
    const auto* bytes = static_cast<const uint8_t*>(parts[i].iov_base);
    packet.insert(packet.end(), bytes, bytes + parts[i].iov_len);
  }
  outgoing_.push_back(std::move(packet));
  return true;
}

void MemoryDevice::inject(const uint8_t* packet, size_t size) {
  if (size == 0 || incoming_.size() >= kMaxQueue) return;
  incoming_.emplace_back(packet, packet + std::min(size, kMaxPacket));
  uint64_t one = 1;
  [[maybe_unused]] ssize_t n = ::write(event_fd_, &one, sizeof(one));
}

bool MemoryDevice::take(std::vector<uint8_t>* packet) {
  if (outgoing_.empty()) return false;
  *packet = std::move(outgoing_.front());
  outgoing_.pop_front();
  return true;
}

}  // namespace sluice
