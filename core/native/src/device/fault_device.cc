// Loses, reorders, duplicates, corrupts and truncates packets, the same way for the same seed.
#include <cstring>
#include <random>
#include <vector>

#include "device/wrappers.h"
#include "wire/checksum.h"
#include "wire/packet.h"

namespace sluice {

namespace {

// Completes a partial checksum, so that later damage is detectable as it would be on a wire.
void complete_checksum(std::vector<uint8_t>* bytes) {
  Packet packet;
  if (parse_packet(bytes->data(), bytes->size(), &packet) != ParseError::kNone) return;
  uint8_t* field = bytes->data() + packet.transport + checksum_offset(packet.protocol);
  std::memset(field, 0, 2);
  ChecksumSum sum;
  size_t length = packet.size - packet.transport;
  sum.add_pseudo_header(packet.src, packet.dst, packet.protocol, static_cast<uint32_t>(length));
  sum.add(packet.data + packet.transport, length);
  uint16_t checksum = sum.finished();
  std::memcpy(field, &checksum, 2);
}

class FaultDevice : public Device {
 public:
  FaultDevice(std::unique_ptr<Device> inner, const Faults& faults)
      : inner_(std::move(inner)), faults_(faults), random_(faults.seed) {}

  const std::string& name() const override { return inner_->name(); }
  uint16_t mtu() const override { return inner_->mtu(); }
  // Damage is done to wire packets; a super-segment would have to be cut first.
  bool offload() const override { return false; }
  int fd() const override { return inner_->fd(); }
  MemoryDevice* memory() override { return inner_->memory(); }

  long read(uint8_t* buffer, ReadMeta* meta) override {
    while (true) {
      if (!read_again_.empty()) {
        std::vector<uint8_t> packet = std::move(read_again_);
        read_again_.clear();
        std::memcpy(buffer, packet.data(), packet.size());
        return static_cast<long>(packet.size());
      }
      ReadMeta inner_meta;
      long n = inner_->read(buffer, &inner_meta);
      if (n == 0 && !read_held_.empty()) {
        // Nothing will overtake it any more.
        read_again_ = std::move(read_held_);
        read_held_.clear();
        continue;
      }
      if (n <= 0) return n;
      std::vector<uint8_t> packet(buffer, buffer + n);
      if (inner_meta.checksum_partial) complete_checksum(&packet);
      *meta = ReadMeta{};
      meta->segment_size = inner_meta.segment_size;
      if (happens(faults_.loss)) continue;
      damage(&packet);
      if (happens(faults_.duplicate)) read_again_ = packet;
      if (read_held_.empty() && happens(faults_.reorder)) {
        read_held_ = std::move(packet);
        continue;
      }
      if (!read_held_.empty() && read_again_.empty()) {
        read_again_ = std::move(read_held_);
        read_held_.clear();
      }
      std::memcpy(buffer, packet.data(), packet.size());
      return static_cast<long>(packet.size());
    }
  }

  bool write(const iovec* parts, int count, const WriteMeta& meta) override {
    std::vector<uint8_t> packet;
    for (int i = 0; i < count; ++i) {
      const auto* bytes = static_cast<const uint8_t*>(parts[i].iov_base);
      packet.insert(packet.end(), bytes, bytes + parts[i].iov_len);
    }
    if (meta.checksum_partial) complete_checksum(&packet);
    if (happens(faults_.loss)) return true;
    damage(&packet);
    if (write_held_.empty() && happens(faults_.reorder)) {
      write_held_ = std::move(packet);
      return true;
    }
    bool sent = send(packet);
    if (happens(faults_.duplicate)) send(packet);
    if (!write_held_.empty()) {
      send(write_held_);
      write_held_.clear();
    }
    return sent;
  }

 private:
  bool happens(double probability) {
    return probability > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < probability;
  }

  void damage(std::vector<uint8_t>* packet) {
    if (happens(faults_.corrupt)) (*packet)[random_() % packet->size()] ^= 1 << (random_() % 8);
    if (happens(faults_.truncate)) packet->resize(1 + random_() % packet->size());
  }

  bool send(const std::vector<uint8_t>& packet) {
    iovec part{const_cast<uint8_t*>(packet.data()), packet.size()};
    return inner_->write(&part, 1, WriteMeta{});
  }

  std::unique_ptr<Device> inner_;
  Faults faults_;
  std::mt19937 random_;
  std::vector<uint8_t> read_held_;
  std::vector<uint8_t> read_again_;
  std::vector<uint8_t> write_held_;
};

}  // namespace

std::unique_ptr<Device> wrap_with_faults(std::unique_ptr<Device> inner, const Faults& faults) {
  return std::make_unique<FaultDevice>(std::move(inner), faults);
}

}  // namespace sluice
