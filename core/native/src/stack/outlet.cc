#include "stack/outlet.h"

#include "base/random.h"
#include "wire/fragment.h"

namespace sluice {

namespace {
// Linux's own default (icmp_msgs_per_sec).
constexpr uint64_t kErrorsPerSecond = 1000;
}  // namespace

Outlet::Outlet(Device* device, Counters* counters)
    : device_(device),
      counters_(counters),
      errors_(kErrorsPerSecond, kErrorsPerSecond),
      next_id_(static_cast<uint32_t>(random64())) {}

bool Outlet::send(const iovec* parts, int count, const WriteMeta& meta) {
  ++counters_->packetsOut;
  for (int i = 0; i < count; ++i) counters_->bytesOut += parts[i].iov_len;
  if (!device_->write(parts, count, meta)) {
    ++counters_->writeDropped;
    return false;
  }
  if (tap_) tap_->take(parts, count);
  return true;
}

bool Outlet::send_datagram(uint8_t* header, size_t header_size, const uint8_t* payload,
                           size_t payload_size) {
  ++next_id_;
  if (header_size + payload_size > device_->mtu()) {
    bool sent = true;
    fragment_datagram(
        header, header_size, payload, payload_size, device_->mtu(), next_id_,
        [&](const iovec* parts, int count) { sent = send(parts, count, WriteMeta{}) && sent; });
    return sent;
  }
  iovec parts[2] = {{header, header_size}, {const_cast<uint8_t*>(payload), payload_size}};
  return send(parts, 2, WriteMeta{});
}

bool Outlet::may_send_error(const Packet& packet) {
  if (!packet.dst.is_unicast() || !packet.src.is_unicast()) return false;
  if (errors_.take(now_, 1)) return true;
  ++counters_->icmpSuppressed;
  return false;
}

void Outlet::send_unreachable(const Packet& packet, Refusal reason) {
  if (!may_send_error(packet)) return;
  uint8_t reply[kMaxReply];
  iovec part{reply, build_unreachable(packet, reason, reply)};
  send(&part, 1, WriteMeta{});
}

void Outlet::send_unreachable(const Packet& packet, const Endpoint& from, uint8_t code) {
  if (!may_send_error(packet)) return;
  uint8_t reply[kMaxReply];
  iovec part{reply, build_unreachable(packet, from, code, reply)};
  send(&part, 1, WriteMeta{});
}

void Outlet::send_time_exceeded(const Packet& packet, const Endpoint& from, uint8_t code) {
  if (!may_send_error(packet)) return;
  uint8_t reply[kMaxReply];
  iovec part{reply, build_time_exceeded(packet, from, code, reply)};
  send(&part, 1, WriteMeta{});
}

void Outlet::send_time_exceeded(const Packet& packet, uint8_t code) {
  const Endpoint& hop = packet.src.family == 4 ? hop4_ : hop6_;
  if (hop.family != 0) send_time_exceeded(packet, hop, code);
}

void Outlet::send_too_big(const Packet& packet, uint16_t mtu) {
  if (!may_send_error(packet)) return;
  const Endpoint& hop = packet.src.family == 4 ? hop4_ : hop6_;
  uint8_t reply[kMaxReply];
  iovec part{reply, build_too_big(packet, hop.family == 0 ? packet.dst : hop, mtu, reply)};
  send(&part, 1, WriteMeta{});
}

}  // namespace sluice
