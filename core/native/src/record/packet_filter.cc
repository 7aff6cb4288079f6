#include "record/packet_filter.h"

#include "wire/packet.h"

namespace sluice {

namespace {

// IPv6 extension headers (RFC 8200 4).
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kDestination = 60;

// Whether an ICMP message quotes the packet that it is about (RFC 792, RFC 4443 2.1).
bool is_error(uint8_t protocol, uint8_t type) {
  if (protocol == kProtocolIcmp6) return type >= 1 && type <= 4;
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

}  // namespace

struct PacketFilter::Ends {
  uint8_t protocol = 0;
  bool has_ports = false;  // later fragments have none
  Endpoint src;
  Endpoint dst;
  const uint8_t* quote = nullptr;
  size_t quote_size = 0;
};

void PacketFilter::add(uint8_t protocol, const Endpoint& app, const Endpoint& far) {
  flows_.push_back({protocol, app, far});
}

bool PacketFilter::matches(const uint8_t* head, size_t size) const {
  Ends ends;
  if (!read_ends(head, size, &ends)) return false;
  if (fits(ends)) return true;
  Ends quoted;
  return ends.quote && read_ends(ends.quote, ends.quote_size, &quoted) && fits(quoted);
}

bool PacketFilter::read_ends(const uint8_t* packet, size_t size, Ends* out) {
  if (size < 20) return false;
  size_t transport;
  bool first = true;  // its transport header is in this packet
  if (packet[0] >> 4 == 4) {
    transport = (packet[0] & 15) * 4u;
    out->protocol = packet[9];
    first = (read16(packet + 6) & 0x1fff) == 0;
    out->src.family = out->dst.family = 4;
    std::memcpy(out->src.address, packet + 12, 4);
    std::memcpy(out->dst.address, packet + 16, 4);
  } else if (packet[0] >> 4 == 6 && size >= 40) {
    transport = 40;
    out->protocol = packet[6];
    out->src.family = out->dst.family = 6;
    std::memcpy(out->src.address, packet + 8, 16);
    std::memcpy(out->dst.address, packet + 24, 16);
    while (first && transport + 8 <= size) {
      const uint8_t* header = packet + transport;
      uint8_t type = out->protocol;
      if (type == kFragment) {
        first = (read16(header + 2) & 0xfff8) == 0;
        transport += 8;
      } else if (type == kHopByHop || type == kRouting || type == kDestination) {
        transport += (header[1] + 1u) * 8;
      } else {
        break;
      }
      out->protocol = header[0];
    }
  } else {
    return false;
  }
  if (!first || transport + 4 > size) return true;
  if (out->protocol == kProtocolTcp || out->protocol == kProtocolUdp) {
    out->has_ports = true;
    out->src.port = read16(packet + transport);
    out->dst.port = read16(packet + transport + 2);
  } else if ((out->protocol == kProtocolIcmp || out->protocol == kProtocolIcmp6) &&
             is_error(out->protocol, packet[transport]) && transport + 8 < size) {
    out->quote = packet + transport + 8;
    out->quote_size = size - transport - 8;
  }
  return true;
}

bool PacketFilter::fits(const Ends& ends) const {
  auto same = [&](const Endpoint& wanted, Endpoint found) {
    if (!ends.has_ports) found.port = wanted.port;
    return wanted == found;
  };
  for (const Flow& flow : flows_) {
    if (flow.protocol != ends.protocol) continue;
    bool any = flow.far.family == 0;
    if (same(flow.app, ends.src) && (any || same(flow.far, ends.dst))) return true;
    if (same(flow.app, ends.dst) && (any || same(flow.far, ends.src))) return true;
  }
  return false;
}

}  // namespace sluice
