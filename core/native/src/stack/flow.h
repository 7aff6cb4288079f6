// One captured TCP connection: a held SYN first, then a stream whose far end is the application.
//
//   held --accept--> handshake --ACK--> open --both FINs--> time-wait --> gone
//     \--refuse--> gone      \--RST, timeout--> gone
//
// lwIP's callbacks only take notes; all decisions are made in `work()`, outside of lwIP.
#pragma once

#include <list>
#include <vector>

#include "net/stream.h"
#include "stack/lwip_port.h"
#include "wire/reply.h"

namespace sluice {

class TcpStack;

class Flow : public Stream {
 public:
  enum class State { kHeld, kHandshake, kOpen, kTimeWait, kGone };

  Flow(StreamHost* host, TcpStack* stack, const FlowKey& key);
  ~Flow() override;

  // The SYN that waits, as a whole IP packet.
  void hold(const Packet& syn);
  // Held only: feeds the SYN to lwIP, which answers it.
  void accept();
  // Held only: the packet to be answered instead.
  const std::vector<uint8_t>& held_packet() const { return held_; }
  // A packet of this flow inside `slab`; its header is changed in place.
  void input(Packet packet, Slab* slab);

  Flow* as_flow() override { return this; }
  size_t room() const override;
  void work() override;
  void abort(int error) override;
  void break_off() override;
  void consumed(size_t n) override;

  // Whether lwIP has something pending that only a timer moves on.
  bool needs_timers() const;
  // Ends the wait for stray packets after a close.
  void leave_time_wait();

  const FlowKey& key() const { return key_; }
  State state() const { return state_; }
  tcp_pcb* pcb() { return pcb_; }
  // What a wire packet to the application may carry, in bytes.
  uint16_t wire_mss() const { return wire_mss_; }

  // Owned by TcpStack: its place on the timer list, and when its time-wait ends (milliseconds).
  static constexpr size_t kNotListed = ~size_t{0};
  size_t timer_index = kNotListed;
  uint64_t time_wait_deadline = 0;
  std::list<Flow*>::iterator time_wait_place;

 private:
  static err_t on_accept(void* arg, tcp_pcb* pcb, err_t error);
  static err_t on_receive(void* arg, tcp_pcb* pcb, pbuf* p, err_t error);
  static void on_error(void* arg, err_t error);
  friend class TcpStack;

  void fit_to_stream(Packet* packet);
  void settle();
  void take_window_update();
  bool owes_acknowledgement();
  void deliver_input();
  size_t writable() const;
  bool may_append() const;
  tcp_seg* last_unsent() const;
  void send_output();
  void release_acknowledged();
  void count_duplicate(const Packet& packet, uint32_t acknowledged_before, uint8_t before);
  void repair_next_hole(uint32_t acknowledged_before);
  void forget_pcb();
  void leave_half_open();

  TcpStack* stack_;
  FlowKey key_;
  State state_ = State::kHeld;
  bool half_open_ = true;  // counts towards Limits::max_half_open
  std::vector<uint8_t> held_;
  tcp_pcb* pcb_ = nullptr;
  uint16_t wire_mss_ = 0;

  ChunkQueue input_;    // from the application, not yet passed on
  size_t to_open_ = 0;  // bytes taken, whose window is still closed
  bool input_ended_ = false;
  uint32_t input_edge_ = 0;       // sequence number behind the last byte that was let in
  bool fin_known_ = false;        // ... and it is the FIN's
  ChunkQueue in_flight_;          // given to lwIP, not yet acknowledged
  uint32_t in_flight_start_ = 0;  // sequence number of its first byte
  size_t unacknowledged_input_ = 0;
  bool finish_sent_ = false;
  bool recovering_ = false;  // from loss, until `recover_` is acknowledged (RFC 6582)
  uint32_t recover_ = 0;
  bool just_connected_ = false;
  int error_ = 0;  // why lwIP gave the connection up
  bool closed_by_lwip_ = false;
};

}  // namespace sluice
