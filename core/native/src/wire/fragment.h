// Cuts a datagram into IP fragments (RFC 791 3.2, RFC 8200 4.5).
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "wire/checksum.h"
#include "wire/packet.h"

namespace sluice {

constexpr uint8_t kProtocolFragment = 44;
constexpr uint16_t kMoreFragments4 = 0x2000;

// `header` is an IP header without options or extension headers and 8 bytes of transport header;
// the checksum of the whole is in it. Tells `emit(parts, count)` of each packet of at most `mtu`
// bytes.
template <typename F>
void fragment_datagram(const uint8_t* header, size_t header_size, const uint8_t* payload,
                       size_t payload_size, size_t mtu, uint32_t id, F emit) {
  bool v4 = header[0] >> 4 == 4;
  size_t ip = header_size - 8;
  uint8_t out[56];  // IPv6, fragment and transport header
  std::memcpy(out, header, ip);
  size_t room = (mtu - ip - (v4 ? 0 : 8)) & ~size_t{7};
  size_t total = 8 + payload_size;
  for (size_t offset = 0; offset < total; offset += room) {
    size_t body = total - offset < room ? total - offset : room;
    bool more = offset + body < total;
    size_t size = ip;
    if (v4) {
      write16(out + 2, static_cast<uint16_t>(ip + body));
      write16(out + 4, static_cast<uint16_t>(id));
      write16(out + 6, static_cast<uint16_t>((more ? kMoreFragments4 : 0) | offset / 8));
      write16(out + 10, 0);
      ChecksumSum sum;
      sum.add(out, ip);
      uint16_t checksum = sum.finished();
      std::memcpy(out + 10, &checksum, 2);
    } else {
      write16(out + 4, static_cast<uint16_t>(8 + body));
      out[6] = kProtocolFragment;
      // | next | reserved | offset 13, reserved 2, more 1 | identification 4
      out[40] = header[6];
      out[41] = 0;
      write16(out + 42, static_cast<uint16_t>(offset | (more ? 1 : 0)));
      write32(out + 44, id);
      size += 8;
    }
    size_t from = offset - 8;
    if (offset == 0) {
      std::memcpy(out + size, header + ip, 8);
      size += 8;
      from = 0;
    }
    size_t slice = offset == 0 ? body - 8 : body;
    iovec parts[2] = {{out, size}, {const_cast<uint8_t*>(payload) + from, slice}};
    emit(parts, 2);
  }
}

}  // namespace sluice
