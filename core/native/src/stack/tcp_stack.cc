#include "stack/tcp_stack.h"

#include <cstring>

#include "lwip/priv/tcp_priv.h"
#include "stack/packet_buffer.h"
#include "wire/checksum.h"

namespace sluice {

namespace {
constexpr uint64_t kTimeWaitMs = 1000;
// Beyond this the oldest waits end early: they only serve retransmitted FINs.
constexpr size_t kMaxTimeWait = 16384;
// Idle connections need lwIP's timers only for keep-alive: every flow takes part this often.
constexpr uint32_t kAllFlowsEvery = 400;  // ticks
constexpr int kMaxParts = 60;
constexpr uint8_t kSynOnly = kTcpSyn;
}  // namespace

TcpStack::TcpStack(TcpStackHost* host, Outlet* outlet, const OwnEndpoints* own,
                   const TcpLimits& limits, Counters* counters)
    : host_(host),
      outlet_(outlet),
      own_(own),
      limits_(limits),
      counters_(counters),
      interface_(this, outlet->device()->mtu()) {
  tcp_pcb* pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
  tcp_bind(pcb, IP_ANY_TYPE, 1);
  tcp_bind_netif(pcb, interface_.get());
  listener_ = reinterpret_cast<tcp_pcb_listen*>(tcp_listen(pcb));
  tcp_accept(reinterpret_cast<tcp_pcb*>(listener_), Flow::on_accept);
  unlisten();
}

TcpStack::~TcpStack() {
  tcp_listen_pcbs.listen_pcbs = listener_;
  tcp_close(reinterpret_cast<tcp_pcb*>(listener_));
}

// One listener serves every port: it gets the port of the SYN that is about to come in.
void TcpStack::listen_on(uint16_t port) {
  listener_->local_port = port;
  listener_->next = nullptr;
  tcp_listen_pcbs.listen_pcbs = listener_;
}

void TcpStack::unlisten() { tcp_listen_pcbs.listen_pcbs = nullptr; }

void TcpStack::input(const Packet& packet, Slab* slab) {
  auto found = flows_.find(FlowKey{packet.src, packet.dst});
  if (found == flows_.end()) return input_unknown(packet);
  Flow* flow = found->second;
  bool syn = (packet.tcp_flags & (kTcpSyn | kTcpAck | kTcpRst | kTcpFin)) == kSynOnly;
  if (flow->state() == Flow::State::kHeld) {
    // A retransmission, or the port was used again meanwhile: the newest SYN is the one to answer.
    if (syn) flow->hold(packet);
    return;
  }
  // A packet of the same batch may have ended the connection, and the port was used again at once.
  if (syn) {
    flow->settle();
    found = flows_.find(FlowKey{packet.src, packet.dst});
    if (found == flows_.end()) return input_unknown(packet);
  }
  if (syn && flow->state() == Flow::State::kTimeWait) {
    end_time_wait(flow);
    return input_unknown(packet);
  }
  if (!flow->pcb()) {
    // Only its last bytes are still on their way to the other side: the port is free already.
    if (!syn) return;
    flows_.erase(found);
    return input_unknown(packet);
  }
  flow->input(packet, slab);
}

void TcpStack::input_unknown(const Packet& packet) {
  if (packet.tcp_flags & kTcpRst) return;
  if ((packet.tcp_flags & (kTcpSyn | kTcpAck | kTcpFin)) != kSynOnly) {
    // Whoever still believes in this connection should hear that it is gone.
    ++counters_->strayTcp;
    return send_reset(packet);
  }
  if (own_->contains(packet.src, OwnEndpoints::Kind::kTcp)) {
    ++counters_->ownFlowsRefused;
    return send_reset(packet);
  }
  if (flows_.size() >= limits_.max_flows && !time_wait_.empty()) end_time_wait(time_wait_.front());
  if (flows_.size() >= limits_.max_flows || half_open_ >= limits_.max_half_open) {
    ++counters_->synDropped;
    return;
  }
  FlowKey key{packet.src, packet.dst};
  auto* flow = new Flow(host_, this, key);
  ++half_open_;
  flow->hold(packet);
  flows_.emplace(key, flow);
  ++counters_->flowsOpened;
  host_->adopt(flow, packet.dscp);
}

void TcpStack::refuse(Flow* flow, Refusal how) {
  Packet syn;
  const auto& held = flow->held_packet();
  if (how == Refusal::kDrop || parse_packet(held.data(), held.size(), &syn) != ParseError::kNone) {
    return;
  }
  if (how == Refusal::kReset) {
    send_reset(syn);
  } else {
    outlet_->send_unreachable(syn, how);
  }
}

bool TcpStack::forget(Flow* flow) {
  if (flow->state() == Flow::State::kTimeWait) return false;
  auto found = flows_.find(flow->key());
  if (found != flows_.end() && found->second == flow) flows_.erase(found);
  return true;
}

std::list<Flow*> TcpStack::take_time_wait() {
  for (Flow* flow : time_wait_) flow->leave_time_wait();
  return std::move(time_wait_);
}

void TcpStack::send_reset(const Packet& packet) {
  uint8_t reply[kMaxReply];
  iovec part{reply, build_reset(packet, reply)};
  outlet_->send(&part, 1, WriteMeta{});
}

void TcpStack::watch_timers(Flow* flow) {
  if (flow->timer_index != Flow::kNotListed) return;
  flow->timer_index = timer_list_.size();
  timer_list_.push_back(flow);
}

void TcpStack::unwatch_timers(Flow* flow) {
  if (flow->timer_index == Flow::kNotListed) return;
  Flow* last = timer_list_.back();
  timer_list_[flow->timer_index] = last;
  last->timer_index = flow->timer_index;
  timer_list_.pop_back();
  flow->timer_index = Flow::kNotListed;
}

void TcpStack::enter_time_wait(Flow* flow) {
  flow->time_wait_deadline = now_ + kTimeWaitMs;
  flow->time_wait_place = time_wait_.insert(time_wait_.end(), flow);
  unwatch_timers(flow);
  if (time_wait_.size() > kMaxTimeWait) end_time_wait(time_wait_.front());
}

void TcpStack::end_time_wait(Flow* flow) {
  time_wait_.erase(flow->time_wait_place);
  flow->leave_time_wait();
  flows_.erase(flow->key());
  if (flow->dead()) {
    host_->release(flow);
  } else {
    host_->touch(flow);
  }
}

void TcpStack::tick(uint64_t now) {
  now_ = now;
  while (!time_wait_.empty() && time_wait_.front()->time_wait_deadline <= now) {
    end_time_wait(time_wait_.front());
  }
  ++ticks_;
  if (ticks_ % kAllFlowsEvery == 0) {
    for (auto& [key, flow] : flows_) {
      if (flow->pcb() && flow->state() != Flow::State::kTimeWait) watch_timers(flow);
    }
  }
  tcp_pcb* first = nullptr;
  for (Flow* flow : timer_list_) {
    tcp_pcb* pcb = flow->pcb();
    if (!pcb || pcb->state == TIME_WAIT) continue;
    // An acknowledgement of what was queued again ends the wait for a window; lwIP forgets to say
    // so, and asserts it.
    if (!pcb->unsent || pcb->unacked) pcb->persist_backoff = 0;
    pcb->next = first;
    first = pcb;
  }
  run_tcp_timers(&interface_, first, ticks_ % 2 == 0);
  for (size_t i = timer_list_.size(); i-- > 0;) {
    Flow* flow = timer_list_[i];
    if (flow->pcb()) restore_order(flow->pcb());
    host_->touch(flow);
    if (!flow->needs_timers()) unwatch_timers(flow);
  }
}

void TcpStack::lwip_output(pbuf* packet, bool ipv6) {
  iovec parts[kMaxParts];
  int count = 0;
  for (pbuf* p = packet; p; p = p->next) {
    if (count + 1 == kMaxParts && p->next) {
      // A segment of many small writes: what does not fit into the list is gathered.
      static uint8_t gathered[kMaxPacket];
      size_t size = pbuf_copy_partial(p, gathered, p->tot_len, 0);
      parts[count++] = {gathered, size};
      break;
    }
    parts[count++] = {p->payload, p->len};
  }
  // lwIP puts all headers into the first pbuf.
  auto* header = static_cast<uint8_t*>(packet->payload);
  size_t ip_size = ipv6 ? 40 : 20;
  uint8_t* tcp = header + ip_size;
  size_t tcp_size = static_cast<size_t>(tcp[12] >> 4) * 4;
  size_t length = packet->tot_len - ip_size;
  FlowKey key;  // as the application sends: its address is our destination
  key.src.family = key.dst.family = ipv6 ? 6 : 4;
  size_t address = ipv6 ? 16 : 4;
  std::memcpy(key.dst.address, header + (ipv6 ? 8 : 12), address);
  std::memcpy(key.src.address, header + (ipv6 ? 24 : 16), address);
  ChecksumSum sum;
  sum.add_pseudo_header(key.src, key.dst, kProtocolTcp, static_cast<uint32_t>(length));
  WriteMeta meta;
  meta.ipv6 = ipv6;
  uint16_t checksum;
  if (offload()) {
    checksum = sum.folded();
    meta.checksum_partial = true;
    meta.checksum_start = static_cast<uint16_t>(ip_size);
    meta.checksum_offset = checksum_offset(kProtocolTcp);
    Flow* flow = current_;
    if (!flow && packet->tot_len > outlet_->device()->mtu()) {
      // Only lwIP's timers send without a current flow.
      key.dst.port = read16(tcp);
      key.src.port = read16(tcp + 2);
      auto found = flows_.find(key);
      if (found != flows_.end()) flow = found->second;
    }
    uint16_t mss = flow ? flow->wire_mss() : 0;
    if (mss > 0 && length - tcp_size > mss) {
      meta.segment_size = mss;
      meta.header_size = static_cast<uint16_t>(ip_size + tcp_size);
    }
  } else {
    tcp[16] = tcp[17] = 0;
    for (int i = 0; i < count; ++i) {
      size_t skip = i == 0 ? ip_size : 0;
      sum.add(static_cast<uint8_t*>(parts[i].iov_base) + skip, parts[i].iov_len - skip);
    }
    checksum = sum.finished();
  }
  std::memcpy(tcp + 16, &checksum, 2);
  outlet_->send(parts, count, meta);
}

}  // namespace sluice
