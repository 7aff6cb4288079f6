// A memory device that behaves like a TUN with offload: it vouches for checksums on input, and
// completes them on output, where it checks what a kernel would rely on.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "device/memory_device.h"
#include "wire/checksum.h"
#include "wire/packet.h"

namespace sluice::fuzz {

class OffloadDevice : public Device {
 public:
  explicit OffloadDevice(uint16_t mtu) : inner_(mtu) {}

  const std::string& name() const override { return inner_.name(); }
  uint16_t mtu() const override { return inner_.mtu(); }
  bool offload() const override { return true; }
  bool udp_offload() const override { return true; }
  int fd() const override { return inner_.fd(); }
  MemoryDevice* memory() override { return &inner_; }

  long read(uint8_t* buffer, ReadMeta* meta) override {
    meta->checksum_trusted = true;
    long size = inner_.read(buffer, meta);
    // Some datagrams are several.
    Packet packet;
    if (size > 0 && parse_packet(buffer, static_cast<size_t>(size), &packet) == ParseError::kNone &&
        packet.protocol == kProtocolUdp && packet.payload_size() % 3 == 2) {
      meta->segment_size = static_cast<uint16_t>(1 + packet.payload_size() / 3);
    }
    return size;
  }

  bool write(const iovec* parts, int count, const WriteMeta& meta) override {
    std::vector<uint8_t> bytes;
    for (int i = 0; i < count; ++i) {
      const auto* part = static_cast<const uint8_t*>(parts[i].iov_base);
      bytes.insert(bytes.end(), part, part + parts[i].iov_len);
    }
    Packet packet;
    bool parsed = parse_packet(bytes.data(), bytes.size(), &packet) == ParseError::kNone;
    if (meta.segment_size > 0 && meta.udp) {
      bool cut_right = parsed && packet.protocol == kProtocolUdp &&
                       meta.header_size == packet.payload && bytes.size() == packet.size &&
                       meta.ipv6 == (packet.src.family == 6) &&
                       packet.payload_size() > meta.segment_size &&
                       size_t{meta.header_size} + meta.segment_size <= mtu();
      if (!cut_right) std::abort();
    } else if (meta.segment_size > 0) {
      bool cut_right = parsed && meta.header_size == packet.payload &&
                       meta.ipv6 == (packet.src.family == 6) &&
                       packet.payload_size() > meta.segment_size;
      if (!cut_right) std::abort();
    } else if (parsed && packet.protocol == kProtocolTcp && bytes.size() > mtu()) {
      std::abort();
    }
    if (meta.checksum_partial) {
      if (!parsed || meta.checksum_start != packet.transport) std::abort();
      ChecksumSum sum;
      sum.add(bytes.data() + packet.transport, bytes.size() - packet.transport);
      uint16_t checksum = sum.finished();
      std::memcpy(bytes.data() + packet.transport + meta.checksum_offset, &checksum, 2);
    }
    iovec whole{bytes.data(), bytes.size()};
    return inner_.write(&whole, 1, WriteMeta{});
  }

 private:
  MemoryDevice inner_;
};

}  // namespace sluice::fuzz
