// The way back to the application: answers, several of one sender in one write where the device can
// cut them (USO), and errors about what it sent.
#include <algorithm>
#include <cstring>

#include "stack/udp_session.h"

namespace sluice {

namespace {
// Bytes of payload that one write to the device carries.
constexpr size_t kMaxBurst = 65000;
}  // namespace

bool UdpStack::can_show(const UdpSession* session, const Endpoint& src, size_t size) {
  if (src.family == session->src.family && size + 48 <= kMaxPacket) return true;
  ++counters_->udpBadReply;
  return false;
}

bool UdpStack::send(UdpSession* session, const Endpoint& src, const uint8_t* data, size_t size) {
  if (!can_show(session, src, size)) return false;
  session->sent += size;
  session->first_bytes.sent.note();
  session->last_used = now_;
  uint8_t header[48];
  size_t header_size = build_udp_header(src, session->src, data, size, header);
  return outlet_->send_datagram(header, header_size, data, size);
}

void UdpStack::on_datagram(UdpSocket* socket, const RelayAddress& from, const uint8_t* data,
                           size_t size) {
  const Endpoint* shown = socket->replies.find(from);
  if (!shown && !endpoint_independent_) {
    ++counters_->udpFiltered;
    return;
  }
  // A third party is shown as itself, and a name that was never asked for cannot be shown at all.
  if (!shown) shown = &from.endpoint;
  UdpSession* session = socket->session;
  if (!can_show(session, *shown, size)) return;
  session->sent += size;
  session->first_bytes.sent.note();
  session->last_used = now_;
  socket->sent += size;
  socket->first_bytes.sent.note();
  add_to_burst(session, *shown, data, size);
}

void UdpStack::add_to_burst(const UdpSession* session, const Endpoint& from, const uint8_t* data,
                            size_t size) {
  bool joins = burst_.open && burst_.session == session && burst_.from == from && size > 0 &&
               size <= burst_.segment && burst_.total + size <= kMaxBurst &&
               burst_.count <= Burst::kMost;
  if (!joins) {
    flush_burst();
    burst_.session = session;
    burst_.from = from;
    burst_.segment = size;
    bool fits = size + 48 <= outlet_->device()->mtu();
    burst_.open = size > 0 && fits && outlet_->device()->udp_offload();
  }
  burst_.total += size;
  burst_.parts[burst_.count++] = {const_cast<uint8_t*>(data), size};
  // Only the last may be shorter.
  if (size < burst_.segment) burst_.open = false;
}

void UdpStack::flush_burst() {
  if (burst_.count == 1) return;
  const Endpoint& to = burst_.session->src;
  uint8_t header[48];
  const Device* device = outlet_->device();
  bool alone = burst_.count == 2;
  if (alone && (!device->offload() || burst_.total == 0 || burst_.total + 48 > device->mtu())) {
    const auto* data = static_cast<const uint8_t*>(burst_.parts[1].iov_base);
    size_t size = build_udp_header(burst_.from, to, data, burst_.total, header);
    outlet_->send_datagram(header, size, data, burst_.total);
    return reset_burst();
  }
  size_t size = build_udp_header(burst_.from, to, nullptr, burst_.total, header);
  burst_.parts[0] = {header, size};
  WriteMeta meta;
  meta.checksum_partial = true;
  meta.checksum_start = static_cast<uint16_t>(size - 8);
  meta.checksum_offset = checksum_offset(kProtocolUdp);
  if (!alone) {
    meta.udp = true;
    meta.ipv6 = to.family == 6;
    meta.segment_size = static_cast<uint16_t>(burst_.segment);
    meta.header_size = static_cast<uint16_t>(size);
  }
  outlet_->send(burst_.parts, burst_.count, meta);
  reset_burst();
}

void UdpStack::reset_burst() {
  burst_.open = false;
  burst_.total = 0;
  burst_.count = 1;
}

namespace {

// The start of a datagram as the application sent it, for an error to quote.
struct Quote {
  uint8_t bytes[48 + 512];
  Packet packet;

  Quote(const Endpoint& src, const Endpoint& dst, const uint8_t* data, size_t size) {
    size_t header = build_udp_header(src, dst, data, size, bytes);
    size_t quoted = std::min<size_t>(size, 512);
    if (quoted > 0) std::memcpy(bytes + header, data, quoted);
    packet.data = bytes;
    packet.size = header + quoted;
    packet.protocol = kProtocolUdp;
    packet.src = src;
    packet.dst = dst;
  }
};

// What an ICMP code says, for either family to be told (RFC 792, RFC 1812 5.2.7.1, RFC 4443 3.1).
Refusal refusal_of(uint16_t family, uint8_t code) {
  if (family == 4) {
    if (code == 3) return Refusal::kPortUnreachable;
    if (code == 9 || code == 10 || code == 13) return Refusal::kProhibited;
    return code == 0 || code == 6 ? Refusal::kNetUnreachable : Refusal::kHostUnreachable;
  }
  if (code == 4) return Refusal::kPortUnreachable;
  if (code == 1 || code == 5 || code == 6) return Refusal::kProhibited;
  return code == 0 ? Refusal::kNetUnreachable : Refusal::kHostUnreachable;
}

}  // namespace

void UdpStack::on_too_big(UdpSocket* socket, const UdpTarget& target, const Chunk& data,
                          size_t mtu) {
  ++counters_->udpTooBig;
  Quote quote(socket->session->src, target.shown, data.data(), data.size());
  outlet_->send_too_big(quote.packet, static_cast<uint16_t>(mtu));
}

void UdpStack::on_send_error(UdpSocket* socket, const SocketError& error, const uint8_t* data) {
  const Endpoint* shown = socket->replies.known(error.destination);
  if (!shown) return;
  ++counters_->udpErrors;
  const Endpoint& src = socket->session->src;
  Quote quote(src, *shown, data, error.size);
  switch (error.kind) {
    case SocketError::Kind::kUnreachable:
      outlet_->send_unreachable(quote.packet, refusal_of(socket->family(), error.code));
      return;
    case SocketError::Kind::kTimeExceeded:
      outlet_->send_time_exceeded(quote.packet, error.code);
      return;
    case SocketError::Kind::kTooBig: {
      // The headers of the two families differ by 20 bytes.
      int differ = (src.family == 6 ? 20 : 0) - (socket->family() == 6 ? 20 : 0);
      int mtu = std::max(error.mtu + differ, src.family == 6 ? 1280 : 68);
      outlet_->send_too_big(quote.packet, static_cast<uint16_t>(std::min(mtu, 65535)));
      return;
    }
  }
}

}  // namespace sluice
