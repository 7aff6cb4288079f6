// The capture file format of tcpdump (draft-ietf-opsawg-pcap), in host byte order as its magic
// number tells readers: raw IP packets, nanoseconds.
#pragma once

#include <cstdint>
#include <ctime>

namespace sluice {

struct PcapFileHeader {
  uint32_t magic = 0xa1b23c4d;
  uint16_t major = 2;
  uint16_t minor = 4;
  uint32_t zone = 0;
  uint32_t accuracy = 0;
  uint32_t snap;
  uint32_t link_type = 101;  // LINKTYPE_RAW
};
static_assert(sizeof(PcapFileHeader) == 24, "written as it is");

struct PcapPacketHeader {
  uint32_t seconds;
  uint32_t nanoseconds;
  uint32_t captured;  // bytes that follow
  uint32_t original;  // bytes that the packet had
};
static_assert(sizeof(PcapPacketHeader) == 16, "written as it is");

// Of a packet that passes now.
inline PcapPacketHeader pcap_packet_now(uint32_t captured, uint32_t original) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return {static_cast<uint32_t>(now.tv_sec), static_cast<uint32_t>(now.tv_nsec), captured,
          original};
}

}  // namespace sluice
