#include "wire/packet.h"

#include <cstring>

#include "wire/checksum.h"

namespace sluice {

namespace {

constexpr size_t kIpv4Header = 20;
constexpr size_t kIpv6Header = 40;
constexpr size_t kTcpHeader = 20;
constexpr size_t kUdpHeader = 8;
constexpr size_t kIcmpHeader = 8;
// More extension headers than any real sender uses; bounds the walk.
constexpr int kMaxExtensionHeaders = 8;

// IPv6 extension headers that may precede TCP or UDP (RFC 8200 4.1).
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kDestinationOptions = 60;

// TCP options (RFC 9293 3.1): kind, and for all but these two a length that includes both.
constexpr uint8_t kEndOfOptions = 0;
constexpr uint8_t kNoOperation = 1;
constexpr uint8_t kSack = 5;  // RFC 2018 3

// Tells `f` every kind. False where an option does not fit into `size`.
template <typename F>
bool walk_options(const uint8_t* options, size_t size, F f) {
  for (size_t at = 0; at < size && options[at] != kEndOfOptions;) {
    f(options[at]);
    if (options[at] == kNoOperation) {
      ++at;
      continue;
    }
    if (at + 1 >= size || options[at + 1] < 2 || options[at + 1] > size - at) return false;
    at += options[at + 1];
  }
  return true;
}

bool impossible_source(const Endpoint& src) {
  static const uint8_t loopback6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  bool loopback = src.family == 4 ? src.address[0] == 127
                                  : std::memcmp(src.address, loopback6, sizeof(loopback6)) == 0;
  return loopback || !src.is_unicast();
}

//  0       1       2       3
// |ver|ihl| tos   | total length  |
// | identification|flags|frag off |
// | ttl   | proto | hdr checksum  |
// | source address                |
// | destination address           |
ParseError parse_ipv4(const uint8_t* data, size_t size, Packet* out) {
  if (size < kIpv4Header) return ParseError::kMalformed;
  size_t header = static_cast<size_t>(data[0] & 0x0f) * 4;
  size_t total = read16(data + 2);
  if (header < kIpv4Header || total < header || total > size) return ParseError::kMalformed;
  ChecksumSum sum;
  sum.add(data, header);
  if (sum.finished() != 0) return ParseError::kMalformed;
  out->size = total;
  out->protocol = data[9];
  out->dscp = data[1] >> 2;
  out->hop_limit = data[8];
  out->dont_fragment = data[6] & 0x40;
  out->transport = header;
  out->src.family = out->dst.family = 4;
  std::memcpy(out->src.address, data + 12, 4);
  std::memcpy(out->dst.address, data + 16, 4);
  // More fragments, or an offset: only the first carries ports.
  return read16(data + 6) & 0x3fff ? ParseError::kFragment : ParseError::kNone;
}

// |ver| traffic class | flow label |
// | payload length | next | hops  |
// | source address (16)            |
// | destination address (16)       |
ParseError parse_ipv6(const uint8_t* data, size_t size, Packet* out) {
  if (size < kIpv6Header) return ParseError::kMalformed;
  size_t total = kIpv6Header + read16(data + 4);
  if (total > size) return ParseError::kMalformed;
  uint8_t next = data[6];
  size_t offset = kIpv6Header;
  for (int i = 0; next == kHopByHop || next == kRouting || next == kDestinationOptions; ++i) {
    if (i == kMaxExtensionHeaders || offset + 8 > total) return ParseError::kMalformed;
    size_t length = (static_cast<size_t>(data[offset + 1]) + 1) * 8;
    if (offset + length > total) return ParseError::kMalformed;
    // A packet that has stops left is not for the address it carries (RFC 8200 4.4).
    if (next == kRouting && data[offset + 3] != 0) return ParseError::kMalformed;
    next = data[offset];
    offset += length;
  }
  bool fragment = next == kFragment;
  if (fragment) {
    if (offset + 8 > total) return ParseError::kMalformed;
    next = data[offset];
  }
  out->size = total;
  out->protocol = next;
  out->dscp = static_cast<uint8_t>((data[0] & 0x0f) << 2 | data[1] >> 6);
  out->hop_limit = data[7];
  out->dont_fragment = true;
  out->transport = offset;
  out->src.family = out->dst.family = 6;
  std::memcpy(out->src.address, data + 8, 16);
  std::memcpy(out->dst.address, data + 24, 16);
  return fragment ? ParseError::kFragment : ParseError::kNone;
}

}  // namespace

ParseError parse_packet(const uint8_t* data, size_t size, Packet* out) {
  *out = Packet{};
  out->data = data;
  if (size == 0) return ParseError::kMalformed;
  ParseError error = ParseError::kMalformed;
  if (data[0] >> 4 == 4) error = parse_ipv4(data, size, out);
  if (data[0] >> 4 == 6) error = parse_ipv6(data, size, out);
  if (error == ParseError::kFragment && impossible_source(out->src)) return ParseError::kBadAddress;
  if (error != ParseError::kNone) return error;

  const uint8_t* transport = data + out->transport;
  size_t left = out->size - out->transport;
  if (out->protocol == kProtocolTcp) {
    if (left < kTcpHeader) return ParseError::kMalformed;
    size_t header = static_cast<size_t>(transport[12] >> 4) * 4;
    if (header < kTcpHeader || header > left) return ParseError::kMalformed;
    // lwIP reads an option's length without asking whether there is one.
    if (!walk_options(transport + kTcpHeader, header - kTcpHeader, [](uint8_t) {})) {
      return ParseError::kMalformed;
    }
    out->payload = out->transport + header;
    out->seq = read32(transport + 4);
    out->ack = read32(transport + 8);
    out->tcp_flags = transport[13];
  } else if (out->protocol == kProtocolUdp) {
    if (left < kUdpHeader) return ParseError::kMalformed;
    size_t length = read16(transport + 4);
    if (length < kUdpHeader || length > left) return ParseError::kMalformed;
    out->size = out->transport + length;
    out->payload = out->transport + kUdpHeader;
  } else if (out->protocol == (out->src.family == 4 ? kProtocolIcmp : kProtocolIcmp6)) {
    if (left < kIcmpHeader) return ParseError::kMalformed;
    out->payload = out->transport + kIcmpHeader;
    return impossible_source(out->src) ? ParseError::kBadAddress : ParseError::kNone;
  } else {
    return ParseError::kOther;
  }
  if (impossible_source(out->src)) return ParseError::kBadAddress;
  // A connection is between two hosts (RFC 9293 3.9.2.3).
  if (out->protocol == kProtocolTcp && !out->dst.is_unicast()) return ParseError::kBadAddress;
  out->src.port = read16(transport);
  out->dst.port = read16(transport + 2);
  if (out->src.port == 0 || out->dst.port == 0) return ParseError::kMalformed;
  return ParseError::kNone;
}

bool has_sack_blocks(const Packet& packet) {
  const uint8_t* options = packet.data + packet.transport + kTcpHeader;
  bool found = false;
  walk_options(options, packet.payload - packet.transport - kTcpHeader,
               [&found](uint8_t kind) { found |= kind == kSack; });
  return found;
}

bool verify_transport_checksum(const Packet& packet) {
  const uint8_t* transport = packet.data + packet.transport;
  // UDP over IPv4 may go without (RFC 768).
  if (packet.protocol == kProtocolUdp && packet.src.family == 4 && read16(transport + 6) == 0) {
    return true;
  }
  ChecksumSum sum;
  size_t length = packet.size - packet.transport;
  if (packet.protocol != kProtocolIcmp) {
    sum.add_pseudo_header(packet.src, packet.dst, packet.protocol, static_cast<uint32_t>(length));
  }
  sum.add(transport, length);
  return sum.finished() == 0;
}

}  // namespace sluice
