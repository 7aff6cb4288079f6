#include "wire/reply.h"

#include <algorithm>
#include <cstring>

#include "wire/checksum.h"

namespace sluice {

namespace {

constexpr uint8_t kHopLimit = 64;

size_t build_ip_header(const Endpoint& src, const Endpoint& dst, uint8_t protocol, size_t body,
                       uint8_t* out) {
  if (src.family == 4) {
    std::memset(out, 0, 20);
    out[0] = 0x45;
    write16(out + 2, static_cast<uint16_t>(20 + body));
    if (protocol == kProtocolTcp) {
      out[6] = 0x40;  // do not fragment
    } else {
      // A router may have to, and fragments are told apart by this.
      static uint16_t next_id = 0;
      write16(out + 4, ++next_id);
    }
    out[8] = kHopLimit;
    out[9] = protocol;
    std::memcpy(out + 12, src.address, 4);
    std::memcpy(out + 16, dst.address, 4);
    ChecksumSum sum;
    sum.add(out, 20);
    uint16_t checksum = sum.finished();
    std::memcpy(out + 10, &checksum, 2);
    return 20;
  }
  std::memset(out, 0, 40);
  out[0] = 0x60;
  write16(out + 4, static_cast<uint16_t>(body));
  out[6] = protocol;
  out[7] = kHopLimit;
  std::memcpy(out + 8, src.address, 16);
  std::memcpy(out + 24, dst.address, 16);
  return 40;
}

void put_checksum(uint16_t checksum, uint8_t* at) { std::memcpy(at, &checksum, 2); }

uint8_t icmp4_code(Refusal reason) {
  switch (reason) {
    case Refusal::kNetUnreachable:
      return 0;
    case Refusal::kHostUnreachable:
      return 1;
    case Refusal::kProhibited:
      return 13;
    default:
      return 3;
  }
}

uint8_t icmp6_code(Refusal reason) {
  switch (reason) {
    case Refusal::kNetUnreachable:
      return 0;
    case Refusal::kProhibited:
      return 1;
    case Refusal::kHostUnreachable:
      return 3;
    default:
      return 4;
  }
}

size_t build_error(const Packet& packet, const Endpoint& from, uint8_t type, uint8_t code,
                   uint32_t rest, uint8_t* out) {
  bool v4 = packet.src.family == 4;
  uint8_t protocol = v4 ? kProtocolIcmp : kProtocolIcmp6;
  // RFC 1812 4.3.2.3 (576 in all for IPv4), RFC 4443 3.1 (the minimum MTU for IPv6).
  size_t quoted = std::min<size_t>(packet.size, v4 ? 576 - 28 : 1280 - 48);
  size_t body = 8 + quoted;
  size_t ip = build_ip_header(from, packet.src, protocol, body, out);
  uint8_t* icmp = out + ip;
  icmp[0] = type;
  icmp[1] = code;
  icmp[2] = icmp[3] = 0;
  write32(icmp + 4, rest);
  std::memcpy(icmp + 8, packet.data, quoted);
  ChecksumSum sum;
  if (!v4) sum.add_pseudo_header(from, packet.src, protocol, static_cast<uint32_t>(body));
  sum.add(icmp, body);
  put_checksum(sum.finished(), icmp + 2);
  return ip + body;
}

}  // namespace

size_t build_reset(const Packet& packet, uint8_t out[kMaxReply]) {
  size_t ip = build_ip_header(packet.dst, packet.src, kProtocolTcp, 20, out);
  uint8_t* tcp = out + ip;
  std::memset(tcp, 0, 20);
  write16(tcp, packet.dst.port);
  write16(tcp + 2, packet.src.port);
  tcp[12] = 5 << 4;
  if (packet.tcp_flags & kTcpAck) {
    write32(tcp + 4, packet.ack);
    tcp[13] = kTcpRst;
  } else {
    uint32_t length = static_cast<uint32_t>(packet.payload_size());
    if (packet.tcp_flags & kTcpSyn) ++length;
    if (packet.tcp_flags & kTcpFin) ++length;
    write32(tcp + 8, packet.seq + length);
    tcp[13] = kTcpRst | kTcpAck;
  }
  ChecksumSum sum;
  sum.add_pseudo_header(packet.dst, packet.src, kProtocolTcp, 20);
  sum.add(tcp, 20);
  put_checksum(sum.finished(), tcp + 16);
  return ip + 20;
}

size_t build_unreachable(const Packet& packet, Refusal reason, uint8_t out[kMaxReply]) {
  uint8_t code = packet.src.family == 4 ? icmp4_code(reason) : icmp6_code(reason);
  return build_unreachable(packet, packet.dst, code, out);
}

size_t build_unreachable(const Packet& packet, const Endpoint& from, uint8_t code,
                         uint8_t out[kMaxReply]) {
  return build_error(packet, from, packet.src.family == 4 ? 3 : 1, code, 0, out);
}

size_t build_time_exceeded(const Packet& packet, const Endpoint& from, uint8_t code,
                           uint8_t out[kMaxReply]) {
  return build_error(packet, from, packet.src.family == 4 ? 11 : 3, code, 0, out);
}

size_t build_too_big(const Packet& packet, const Endpoint& from, uint16_t mtu,
                     uint8_t out[kMaxReply]) {
  bool v4 = packet.src.family == 4;
  return build_error(packet, from, v4 ? 3 : 2, v4 ? 4 : 0, mtu, out);
}

size_t build_echo_header(const Endpoint& src, const Endpoint& dst, bool request, uint16_t id,
                         uint16_t seq, const uint8_t* payload, size_t payload_size,
                         uint8_t out[48]) {
  bool v4 = src.family == 4;
  uint8_t protocol = v4 ? kProtocolIcmp : kProtocolIcmp6;
  size_t body = 8 + payload_size;
  size_t ip = build_ip_header(src, dst, protocol, body, out);
  uint8_t* icmp = out + ip;
  std::memset(icmp, 0, 8);
  if (request) {
    icmp[0] = v4 ? kEchoRequest4 : kEchoRequest6;
  } else {
    icmp[0] = v4 ? kEchoReply4 : kEchoReply6;
  }
  write16(icmp + 4, id);
  write16(icmp + 6, seq);
  ChecksumSum sum;
  if (!v4) sum.add_pseudo_header(src, dst, protocol, static_cast<uint32_t>(body));
  sum.add(icmp, 8);
  sum.add(payload, payload_size);
  put_checksum(sum.finished(), icmp + 2);
  return ip + 8;
}

size_t build_udp_header(const Endpoint& src, const Endpoint& dst, const uint8_t* payload,
                        size_t payload_size, uint8_t out[48]) {
  size_t length = 8 + payload_size;
  size_t ip = build_ip_header(src, dst, kProtocolUdp, length, out);
  uint8_t* udp = out + ip;
  write16(udp, src.port);
  write16(udp + 2, dst.port);
  write16(udp + 4, static_cast<uint16_t>(length));
  write16(udp + 6, 0);
  ChecksumSum sum;
  sum.add_pseudo_header(src, dst, kProtocolUdp, static_cast<uint32_t>(length));
  if (!payload && payload_size > 0) {
    put_checksum(sum.folded(), udp + 6);
    return ip + 8;
  }
  sum.add(udp, 8);
  sum.add(payload, payload_size);
  uint16_t checksum = sum.finished();
  if (checksum == 0) checksum = 0xffff;  // zero means "none" (RFC 768)
  put_checksum(checksum, udp + 6);
  return ip + 8;
}

}  // namespace sluice
