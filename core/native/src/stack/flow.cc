#include "stack/flow.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lwip/priv/tcp_priv.h"
#include "stack/packet_buffer.h"
#include "stack/tcp_stack.h"

namespace sluice {

namespace {
// Payload of the largest IP packet, less the largest IP and TCP headers.
constexpr uint32_t kMaxSegment = 65535 - 40 - 60;
// Less room than this is not worth a read.
constexpr size_t kMinRoom = 16 * 1024;
constexpr size_t kMaxWrite = 65535;
// A peer that asks for less would cost a packet for every few bytes. Linux draws the same line.
constexpr uint16_t kMinSegment = 48;
// A peer that vanished is noticed within ten minutes.
constexpr uint32_t kKeepIdleMs = 300'000, kKeepIntervalMs = 60'000, kKeepCount = 5;
}  // namespace

Flow::Flow(StreamHost* host, TcpStack* stack, const FlowKey& key)
    : Stream(host), stack_(stack), key_(key) {}

Flow::~Flow() {
  leave_half_open();
  stack_->unwatch_timers(this);
  if (!pcb_) return;
  pcb_->errf = nullptr;
  LwipScope scope(stack_->interface(), pcb_);
  tcp_abort(pcb_);
}

void Flow::hold(const Packet& syn) { held_.assign(syn.data, syn.data + syn.size); }

void Flow::accept() {
  Packet syn;
  if (state_ != State::kHeld ||
      parse_packet(held_.data(), held_.size(), &syn) != ParseError::kNone) {
    return;
  }
  state_ = State::kHandshake;
  pbuf* buffer = copy_packet_buffer(held_.data(), held_.size());
  stack_->set_current(this);
  {
    LwipScope scope(stack_->interface(), nullptr);
    stack_->listen_on(key_.dst.port);
    stack_->interface()->input_tcp(syn, buffer);
    pcb_ = scope.created();
    if (pcb_) {
      input_edge_ = pcb_->rcv_nxt;
      wire_mss_ = std::max(pcb_->mss, kMinSegment);
      pcb_->callback_arg = this;
      pcb_->errf = on_error;
      pcb_->recv = on_receive;
      pcb_->so_options |= SOF_KEEPALIVE;
      pcb_->keep_idle = kKeepIdleMs;
      pcb_->keep_intvl = kKeepIntervalMs;
      pcb_->keep_cnt = kKeepCount;
    }
    stack_->unlisten();
  }
  stack_->set_current(nullptr);
  held_ = std::vector<uint8_t>();
  if (!pcb_) return die(ENOMEM);
  stack_->watch_timers(this);
}

void Flow::input(Packet packet, Slab* slab) {
  fit_to_stream(&packet);
  unacknowledged_input_ += packet.payload_size();
  auto* data = const_cast<uint8_t*>(packet.data);
  // What arrives early waits inside lwIP: it should not pin a slab of other flows' packets.
  bool early = packet.payload_size() > 0 && packet.seq != pcb_->rcv_nxt;
  pbuf* buffer =
      early ? copy_packet_buffer(data, packet.size) : make_packet_buffer(slab, data, packet.size);
  uint16_t segment_size = pcb_->mss;
  bool open = pcb_->state >= ESTABLISHED;
  // lwIP would acknowledge every second packet at once; `work` does it for all that a round
  // brought.
  if (open) tcp_clear_flags(pcb_, TF_ACK_DELAY);
  uint32_t acknowledged_before = pcb_->lastack;
  uint8_t duplicates_before = pcb_->dupacks;
  stack_->set_current(this);
  {
    LwipScope scope(stack_->interface(), pcb_);
    stack_->interface()->input_tcp(packet, buffer);
    // RFC 9293 3.7.1: the size is agreed in the handshake; lwIP takes the option at any time.
    if (pcb_ && open) pcb_->mss = segment_size;
    if (pcb_) count_duplicate(packet, acknowledged_before, duplicates_before);
    if (pcb_) repair_next_hole(acknowledged_before);
  }
  stack_->set_current(nullptr);
  host_->touch(this);
}

// lwIP queues what arrives early as it is, and asserts later that it fits the window and that the
// stream has one end, which is for the peer to break: a segment is cut to the window here (RFC 9293
// 3.10.7.4), and nothing may follow a FIN.
void Flow::fit_to_stream(Packet* packet) {
  if (packet->payload_size() == 0 && !(packet->tcp_flags & kTcpFin)) return;
  auto offset = static_cast<int32_t>(packet->seq - pcb_->rcv_nxt);
  auto window = static_cast<int32_t>(pcb_->rcv_wnd);
  if (offset >= window || offset < -0x10000) return;  // lwIP ignores all of it
  uint32_t limit = pcb_->rcv_nxt + pcb_->rcv_wnd;
  if (fin_known_) limit = input_edge_;
  uint32_t end = packet->seq + static_cast<uint32_t>(packet->payload_size());
  bool fin = packet->tcp_flags & kTcpFin;
  if (TCP_SEQ_GT(end, limit)) {
    uint32_t excess = std::min(end - limit, static_cast<uint32_t>(packet->payload_size()));
    packet->size -= excess;
    end -= excess;
    fin = false;
  }
  if (!fin_known_ && TCP_SEQ_LT(input_edge_, end)) input_edge_ = end;
  // A FIN takes a place in the window, too.
  fin = fin && end == input_edge_ && end != pcb_->rcv_nxt + pcb_->rcv_wnd;
  fin_known_ = fin_known_ || fin;
  if (!fin) const_cast<uint8_t*>(packet->data)[packet->transport + 13] &= ~kTcpFin;
}

// lwIP counts an acknowledgement as a duplicate only where its window did not change, and receivers
// that tune their window change it with every packet. SACK blocks say as much (RFC 6675 section 2).
void Flow::count_duplicate(const Packet& packet, uint32_t acknowledged_before, uint8_t before) {
  bool duplicate = packet.payload_size() == 0 && packet.ack == acknowledged_before &&
                   pcb_->lastack == acknowledged_before && pcb_->unacked &&
                   pcb_->dupacks == before && has_sack_blocks(packet);
  if (!duplicate) return;
  if (pcb_->dupacks < 0xff) ++pcb_->dupacks;
  if (pcb_->dupacks > 3) {
    pcb_->cwnd = std::min<tcpwnd_size_t>(pcb_->cwnd + pcb_->mss, TCP_SND_BUF);
  }
  if (pcb_->dupacks >= 3) tcp_rexmit_fast(pcb_);
}

// lwIP's fast retransmit mends one hole and then waits for three more duplicates or the timer. An
// acknowledgement that covers only part of what was in flight points at the next hole: it is sent
// at once (RFC 6582 section 3.2, step 3).
void Flow::repair_next_hole(uint32_t acknowledged_before) {
  if (pcb_->flags & TF_RTO) {
    recovering_ = false;
  } else if (!recovering_) {
    recovering_ = pcb_->flags & TF_INFR;
    recover_ = pcb_->snd_nxt;
  } else if (pcb_->lastack != acknowledged_before) {
    recovering_ = TCP_SEQ_LT(pcb_->lastack, recover_) && tcp_rexmit(pcb_) == ERR_OK;
    if (recovering_) tcp_set_flags(pcb_, TF_INFR);
  }
}

err_t Flow::on_accept(void* arg, tcp_pcb* pcb, err_t) {
  auto* flow = static_cast<Flow*>(arg);
  if (!flow) return ERR_ABRT;
  // With segmentation offload a segment is as large as a packet can be, in whole wire segments.
  uint16_t wire = flow->wire_mss_;
  pcb->mss = flow->stack_->offload() ? static_cast<u16_t>(kMaxSegment / wire * wire) : wire;
  tcp_nagle_disable(pcb);
  flow->in_flight_start_ = pcb->snd_nxt;
  flow->just_connected_ = true;
  return ERR_OK;
}

err_t Flow::on_receive(void* arg, tcp_pcb*, pbuf* p, err_t) {
  auto* flow = static_cast<Flow*>(arg);
  if (!p) {
    flow->input_ended_ = true;
    return ERR_OK;
  }
  for (pbuf* part = p; part; part = part->next) {
    if (part->len > 0) flow->input_.push_gathered(chunk_of_packet_buffer(part));
  }
  pbuf_free(p);
  return ERR_OK;
}

void Flow::on_error(void* arg, err_t error) {
  auto* flow = static_cast<Flow*>(arg);
  flow->pcb_ = nullptr;
  flow->closed_by_lwip_ = true;
  switch (error) {
    case ERR_CLSD:
      flow->error_ = 0;
      break;
    case ERR_RST:
      flow->error_ = ECONNRESET;
      break;
    default:
      flow->error_ = ETIMEDOUT;
      break;
  }
}

size_t Flow::room() const {
  if (!pcb_ || state_ != State::kOpen || queued_ >= kQueueHigh) return 0;
  size_t room =
      std::min<size_t>(pcb_->snd_buf, TCP_SND_BUF) - std::min<size_t>(queued_, pcb_->snd_buf);
  return room < kMinRoom ? 0 : room;
}

void Flow::consumed(size_t n) {
  to_open_ += n;
  host_->touch(this);
}

void Flow::work() {
  if (dead_ || state_ == State::kHeld) return;
  if (just_connected_) {
    just_connected_ = false;
    state_ = State::kOpen;
    leave_half_open();
    host_->emit_connected(this);
    if (peer_) host_->touch(peer_);
  }
  deliver_input();
  if (pcb_ && state_ != State::kTimeWait) {
    stack_->set_current(this);
    LwipScope scope(stack_->interface(), pcb_);
    take_window_update();
    send_output();
    if (pcb_ && owes_acknowledgement()) tcp_ack_now(pcb_);
    if (pcb_) tcp_output(pcb_);
  }
  stack_->set_current(nullptr);
  settle();
}

void Flow::take_window_update() {
  if (to_open_ == 0) return;
  while (to_open_ > 0) {
    size_t n = std::min<size_t>(to_open_, 0xffff);
    tcp_recved(pcb_, static_cast<u16_t>(n));
    to_open_ -= n;
  }
  // What is less waits for the next acknowledgement; the sender must hear of this much without
  // asking (RFC 9293 3.8.6.2.2).
  uint32_t opened = pcb_->rcv_nxt + pcb_->rcv_wnd - pcb_->rcv_ann_right_edge;
  if (opened >= TCP_WND_MAX(pcb_) / 4) {
    pcb_->rcv_ann_wnd = pcb_->rcv_wnd;
    tcp_ack_now(pcb_);
  }
}

// RFC 9293 3.8.6.3: at least every second full-sized segment; less may wait for data to go with.
bool Flow::owes_acknowledgement() {
  // lwIP clears both with every packet that carries an acknowledgement.
  if (!(pcb_->flags & (TF_ACK_DELAY | TF_ACK_NOW))) unacknowledged_input_ = 0;
  return unacknowledged_input_ >= 2u * wire_mss_;
}

void Flow::deliver_input() {
  while (!input_.empty() && !dead_) {
    if (sink_room() == 0) break;
    Chunk chunk = std::move(input_.front());
    input_.pop();
    deliver(std::move(chunk));
  }
  for (auto& chunk : input_) chunk.compact_if_wasteful();
  if (input_.empty() && input_ended_ && (peer_ || !paused_)) deliver_end();
}

// What lwIP's list of segments has room for. Asked for more, it makes all of them before it says
// no, and where segments are small it would always say no.
size_t Flow::writable() const {
  size_t segment =
      pcb_->snd_wnd_max > 1 ? std::min<size_t>(pcb_->mss, pcb_->snd_wnd_max / 2) : pcb_->mss;
  constexpr size_t kBuffersForSegment = 2;
  size_t used = std::min<size_t>(pcb_->snd_queuelen, TCP_SND_QUEUELEN);
  return (TCP_SND_QUEUELEN - used) / kBuffersForSegment * segment;
}

// lwIP adds what is new, bytes and FIN, to the last segment that is not sent. That one may wait
// there to be sent again, and others of the stream behind it be under way: then it has to leave
// first.
bool Flow::may_append() const {
  if (!pcb_->unsent) return true;
  const tcp_seg* last = last_unsent();
  return lwip_ntohl(last->tcphdr->seqno) + TCP_TCPLEN(last) == pcb_->snd_lbb;
}

tcp_seg* Flow::last_unsent() const {
  tcp_seg* last = pcb_->unsent;
  while (last->next) last = last->next;
  return last;
}

void Flow::send_output() {
  if (state_ != State::kOpen) return;
  if (!may_append()) {
    tcp_output(pcb_);
    if (!may_append()) return;
  }
  while (!queue_.empty() && pcb_->snd_buf > 0 && pcb_->state != CLOSED) {
    Chunk& front = queue_.front();
    front.compact_if_wasteful();
    size_t n = std::min({front.size(), static_cast<size_t>(pcb_->snd_buf), kMaxWrite, writable()});
    if (n == 0 ||
        tcp_write(pcb_, front.data(), static_cast<u16_t>(n), TCP_WRITE_FLAG_MORE) != ERR_OK)
      break;
    // Whole chunks move over; a part leaves a second reference to the same slab.
    in_flight_.push(front.part(n));
    sent_from_queue(n);
  }
  // The last segment of a burst is pushed to the application at once.
  if (pcb_->unsent) TCPH_SET_FLAG(last_unsent()->tcphdr, TCP_PSH);
  if (finish_requested_ && queue_.empty() && !finish_sent_) {
    if (tcp_shutdown(pcb_, 0, 1) == ERR_OK) finish_sent_ = true;
  }
}

void Flow::release_acknowledged() {
  if (in_flight_.empty()) return;
  // lwIP refers to our memory until a whole segment is acknowledged: the start of the oldest one it
  // still keeps is the limit, not the last acknowledgement.
  uint32_t oldest = pcb_->snd_lbb;
  if (pcb_->unsent) oldest = lwip_ntohl(pcb_->unsent->tcphdr->seqno);
  if (pcb_->unacked) {
    uint32_t seq = lwip_ntohl(pcb_->unacked->tcphdr->seqno);
    if (TCP_SEQ_LT(seq, oldest)) oldest = seq;
  }
  while (!in_flight_.empty()) {
    uint32_t end = in_flight_start_ + static_cast<uint32_t>(in_flight_.front().size());
    if (TCP_SEQ_LT(oldest, end)) break;
    in_flight_start_ = end;
    in_flight_.pop();
  }
}

void Flow::settle() {
  if (dead_) return;
  if (closed_by_lwip_ && error_ != 0) {
    forget_pcb();
    return die(error_);
  }
  if (pcb_) {
    size_t before = in_flight_.count();
    release_acknowledged();
    if (peer_ && in_flight_.count() < before && room() > 0) host_->touch(peer_);
    if (needs_timers()) stack_->watch_timers(this);
    if (pcb_->state == TIME_WAIT && state_ != State::kTimeWait) {
      state_ = State::kTimeWait;
      stack_->enter_time_wait(this);
    }
  } else if (closed_by_lwip_) {
    forget_pcb();
  }
  bool over = state_ == State::kTimeWait || (closed_by_lwip_ && !pcb_);
  if (over && input_.empty() && (end_delivered_ || !input_ended_)) die(0);
}

void Flow::forget_pcb() {
  in_flight_.clear();
  leave_half_open();
  state_ = State::kGone;
}

void Flow::leave_half_open() {
  if (!half_open_) return;
  half_open_ = false;
  stack_->left_half_open();
}

bool Flow::needs_timers() const {
  if (!pcb_) return false;
  if (pcb_->state != ESTABLISHED && pcb_->state != CLOSE_WAIT && pcb_->state != FIN_WAIT_2)
    return true;
  return pcb_->unacked || pcb_->unsent || pcb_->ooseq || pcb_->refused_data ||
         (pcb_->flags & (TF_ACK_DELAY | TF_CLOSEPEND)) || pcb_->persist_backoff > 0;
}

void Flow::leave_time_wait() {
  if (!pcb_) return;
  pcb_->errf = nullptr;
  LwipScope scope(stack_->interface(), pcb_);
  tcp_abort(pcb_);
  pcb_ = nullptr;
  closed_by_lwip_ = true;
  forget_pcb();
}

void Flow::break_off() {
  if (pcb_ && state_ == State::kOpen) {
    stack_->set_current(this);
    LwipScope scope(stack_->interface(), pcb_);
    send_output();
    tcp_output(pcb_);
  }
  stack_->set_current(nullptr);
  abort(ECONNRESET);
}

void Flow::abort(int error) {
  if (dead_) return;
  leave_half_open();
  if (pcb_ && state_ != State::kTimeWait) {
    pcb_->errf = nullptr;
    stack_->set_current(this);
    {
      LwipScope scope(stack_->interface(), pcb_);
      tcp_abort(pcb_);
    }
    stack_->set_current(nullptr);
    pcb_ = nullptr;
    in_flight_.clear();
    state_ = State::kGone;
  }
  die(error);
}

}  // namespace sluice
