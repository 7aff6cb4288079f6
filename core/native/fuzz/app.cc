#include "app.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wire/checksum.h"

namespace sluice::fuzz {

namespace {

size_t put_ip_header(const FlowKey& key, uint8_t protocol, size_t body, PacketBytes* out) {
  if (key.src.family == 4) {
    out->resize(20 + body);
    uint8_t* ip = out->data();
    ip[0] = 0x45;
    write16(ip + 2, static_cast<uint16_t>(out->size()));
    ip[8] = 64;
    ip[9] = protocol;
    std::memcpy(ip + 12, key.src.address, 4);
    std::memcpy(ip + 16, key.dst.address, 4);
    ChecksumSum sum;
    sum.add(ip, 20);
    uint16_t checksum = sum.finished();
    std::memcpy(ip + 10, &checksum, 2);
    return 20;
  }
  out->resize(40 + body);
  uint8_t* ip = out->data();
  ip[0] = 0x60;
  write16(ip + 4, static_cast<uint16_t>(body));
  ip[6] = protocol;
  ip[7] = 64;
  std::memcpy(ip + 8, key.src.address, 16);
  std::memcpy(ip + 24, key.dst.address, 16);
  return 40;
}

void put_checksum(const FlowKey& key, uint8_t protocol, uint8_t* transport, size_t length) {
  ChecksumSum sum;
  sum.add_pseudo_header(key.src, key.dst, protocol, static_cast<uint32_t>(length));
  sum.add(transport, length);
  uint16_t checksum = sum.finished();
  std::memcpy(transport + checksum_offset(protocol), &checksum, 2);
}

}  // namespace

PacketBytes tcp_packet(const FlowKey& key, const Segment& segment) {
  PacketBytes out;
  size_t header = 20 + (segment.options.size() + 3) / 4 * 4;
  size_t length = header + segment.payload;
  uint8_t* tcp = nullptr;
  size_t ip = put_ip_header(key, kProtocolTcp, length, &out);
  tcp = out.data() + ip;
  write16(tcp, key.src.port);
  write16(tcp + 2, key.dst.port);
  write32(tcp + 4, segment.seq);
  write32(tcp + 8, segment.ack);
  tcp[12] = static_cast<uint8_t>(header / 4 << 4);
  tcp[13] = segment.flags;
  write16(tcp + 14, segment.window);
  if (!segment.options.empty()) {
    std::memcpy(tcp + 20, segment.options.data(), segment.options.size());
  }
  uint32_t first = segment.seq + (segment.flags & kTcpSyn ? 1 : 0);
  for (size_t i = 0; i < segment.payload; ++i) {
    tcp[header + i] = byte_at(first + static_cast<uint32_t>(i));
  }
  put_checksum(key, kProtocolTcp, tcp, length);
  return out;
}

PacketBytes udp_packet(const FlowKey& key, const uint8_t* payload, size_t size) {
  PacketBytes out;
  size_t ip = put_ip_header(key, kProtocolUdp, 8 + size, &out);
  uint8_t* udp = out.data() + ip;
  write16(udp, key.src.port);
  write16(udp + 2, key.dst.port);
  write16(udp + 4, static_cast<uint16_t>(8 + size));
  if (size > 0) std::memcpy(udp + 8, payload, size);
  put_checksum(key, kProtocolUdp, udp, 8 + size);
  return out;
}

PacketBytes echo_packet(const FlowKey& key, uint8_t type, const uint8_t* payload, size_t size) {
  PacketBytes out;
  bool v4 = key.src.family == 4;
  size_t ip = put_ip_header(key, v4 ? kProtocolIcmp : kProtocolIcmp6, 8 + size, &out);
  uint8_t* icmp = out.data() + ip;
  icmp[0] = type;
  write16(icmp + 4, key.src.port);
  if (size > 0) std::memcpy(icmp + 8, payload, size);
  if (v4) {
    ChecksumSum sum;
    sum.add(icmp, 8 + size);
    uint16_t checksum = sum.finished();
    std::memcpy(icmp + 2, &checksum, 2);
  } else {
    put_checksum(key, kProtocolIcmp6, icmp, 8 + size);
  }
  return out;
}

PacketBytes fragment_of(const PacketBytes& whole, size_t at, size_t size, bool more, uint8_t id) {
  bool v4 = whole[0] >> 4 == 4;
  size_t ip = v4 ? 20 : 40;
  PacketBytes out(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(ip));
  if (!v4) {
    out.resize(48);
    out[40] = out[6];
    out[6] = 44;
    write16(out.data() + 42, static_cast<uint16_t>(at | (more ? 1 : 0)));
    out[47] = id;
  }
  size_t end = std::min(ip + at + size, whole.size());
  for (size_t i = ip + at; i < end; ++i) out.push_back(whole[i]);
  if (!v4) {
    write16(out.data() + 4, static_cast<uint16_t>(out.size() - 40));
    return out;
  }
  write16(out.data() + 2, static_cast<uint16_t>(out.size()));
  out[5] = id;
  write16(out.data() + 6, static_cast<uint16_t>((more ? 0x2000 : 0) | at / 8));
  write16(out.data() + 10, 0);
  ChecksumSum sum;
  sum.add(out.data(), 20);
  uint16_t checksum = sum.finished();
  std::memcpy(out.data() + 10, &checksum, 2);
  return out;
}

PacketBytes App::syn(uint32_t new_isn, uint16_t window, std::vector<uint8_t> options) {
  isn = new_isn;
  next = isn + 1;
  peer_known = false;
  Segment segment;
  segment.flags = kTcpSyn;
  segment.seq = isn;
  segment.window = window;
  segment.options = std::move(options);
  return tcp_packet(key, segment);
}

void App::hear(const Packet& packet) {
  if (packet.tcp_flags & kTcpSyn) {
    peer_isn = packet.seq;
    peer_next = packet.seq + 1;
    peer_known = true;
  } else if (peer_known && packet.seq == peer_next) {
    peer_next += static_cast<uint32_t>(packet.payload_size());
    if (packet.tcp_flags & kTcpFin) ++peer_next;
  }
}

}  // namespace sluice::fuzz
