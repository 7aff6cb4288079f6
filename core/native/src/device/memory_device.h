// Two bounded queues in memory instead of a kernel: tests and the fuzzer inject packets and take
// the answers.
#pragma once

#include <deque>
#include <vector>

#include "device/device.h"

namespace sluice {

class MemoryDevice : public Device {
 public:
  explicit MemoryDevice(uint16_t mtu);
  ~MemoryDevice() override;

  const std::string& name() const override { return name_; }
  uint16_t mtu() const override { return mtu_; }
  bool offload() const override { return false; }
  int fd() const override { return event_fd_; }
  long read(uint8_t* buffer, ReadMeta* meta) override;
  bool write(const iovec* parts, int count, const WriteMeta& meta) override;
  MemoryDevice* memory() override { return this; }

  // The machine sends a packet; longer ones than kMaxPacket are cut.
  void inject(const uint8_t* packet, size_t size);
  // The oldest packet sent to the machine; false when there is none.
  bool take(std::vector<uint8_t>* packet);

 private:
  static constexpr size_t kMaxQueue = 4096;
  std::string name_ = "memory";
  uint16_t mtu_;
  int event_fd_;
  std::deque<std::vector<uint8_t>> incoming_;
  std::deque<std::vector<uint8_t>> outgoing_;
};

}  // namespace sluice
