// The interface of a packet device: whole IP packets in and out, never blocking.
//
// Buffers belong to the caller and are not kept after a call. A device is closed by destroying it.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

// The largest packet either direction carries.
constexpr size_t kMaxPacket = 65535;

struct ReadMeta {
  // The sender vouches for the transport checksum; a partial one may be in place.
  bool checksum_trusted = false;
  // The checksum in place is only the pseudo-header's sum.
  bool checksum_partial = false;
  // UDP only: several datagrams of this many bytes of payload under one header, the last one
  // perhaps shorter; 0: an ordinary packet.
  uint16_t segment_size = 0;
};

struct WriteMeta {
  // The transport checksum in place is the pseudo-header's sum, to be completed by the receiver.
  bool checksum_partial = false;
  uint16_t checksum_start = 0;   // offset of the transport header
  uint16_t checksum_offset = 0;  // of the checksum field inside it
  // Bytes of payload a wire packet may carry; 0 where the packet fits the MTU.
  uint16_t segment_size = 0;
  uint16_t header_size = 0;  // IP and transport header
  bool udp = false;          // segments are datagrams of their own
  bool ipv6 = false;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual const std::string& name() const = 0;
  virtual uint16_t mtu() const = 0;
  // Whether writes may leave checksums partial and exceed the MTU.
  virtual bool offload() const = 0;
  // Whether they may carry several datagrams under one header.
  virtual bool udp_offload() const { return false; }
  // Becomes readable when there is a packet; -1 where there is none to wait for.
  virtual int fd() const = 0;
  // One packet into `buffer` (at least kMaxPacket bytes). Returns its size, 0 when there is none
  // now, or a negative errno when the device is gone.
  virtual long read(uint8_t* buffer, ReadMeta* meta) = 0;
  // Sends one packet, gathered. False: dropped (the queue is full), as a wire would.
  virtual bool write(const iovec* parts, int count, const WriteMeta& meta) = 0;
  // The memory device below any wrappers, or null.
  virtual class MemoryDevice* memory() { return nullptr; }
};

struct DeviceError {
  int error = 0;  // errno
  const char* syscall = "";
};

// Opens a Linux TUN (documented in tun_linux.cc). Null with `error` filled in.
std::unique_ptr<Device> open_tun(const std::string& name, uint16_t mtu, bool offload,
                                 DeviceError* error);

}  // namespace sluice
