// The captured TCP flows of one device: finds a packet's flow, holds SYNs, runs lwIP's timers.
#pragma once

#include <list>
#include <unordered_map>
#include <vector>

#include "device/device.h"
#include "engine/counters.h"
#include "net/own_endpoints.h"
#include "stack/flow.h"
#include "stack/lwip_port.h"
#include "stack/outlet.h"

namespace sluice {

struct TcpLimits {
  size_t max_flows;
  size_t max_half_open;
};

// What the stack tells its owner.
class TcpStackHost : public StreamHost {
 public:
  // A SYN is held; the host gives the flow its handle and owns it.
  virtual void adopt(Flow* flow, uint8_t dscp) = 0;
  // The flow's wait is over and nothing refers to it: to be freed.
  virtual void release(Flow* flow) = 0;
};

class TcpStack : public LwipOutput {
 public:
  TcpStack(TcpStackHost* host, Outlet* outlet, const OwnEndpoints* own, const TcpLimits& limits,
           Counters* counters);
  ~TcpStack() override;

  // One checked TCP packet inside `slab`.
  void input(const Packet& packet, Slab* slab);
  // Every tick. `now` in milliseconds.
  void tick(uint64_t now);
  bool idle() const { return flows_.empty(); }
  size_t flow_count() const { return flows_.size(); }
  size_t half_open_count() const { return half_open_; }

  // Answers a held SYN and forgets the flow; the host frees it.
  void refuse(Flow* flow, Refusal how);
  // The flow ended: forgets it at once unless it waits in time-wait. Returns whether to free it.
  bool forget(Flow* flow);

  // At the end: the flows that wait in time-wait, no longer known to the stack.
  std::list<Flow*> take_time_wait();

  // For Flow.
  LwipInterface* interface() { return &interface_; }
  bool offload() const { return outlet_->device()->offload(); }
  void set_current(Flow* flow) { current_ = flow; }
  void listen_on(uint16_t port);
  void unlisten();
  void watch_timers(Flow* flow);
  void unwatch_timers(Flow* flow);
  void enter_time_wait(Flow* flow);
  void left_half_open() { --half_open_; }

  void lwip_output(pbuf* packet, bool ipv6) override;

 private:
  void input_unknown(const Packet& packet);
  void end_time_wait(Flow* flow);
  void send_reset(const Packet& packet);

  TcpStackHost* host_;
  Outlet* outlet_;
  const OwnEndpoints* own_;
  TcpLimits limits_;
  Counters* counters_;
  LwipInterface interface_;
  tcp_pcb_listen* listener_;
  std::unordered_map<FlowKey, Flow*, FlowKeyHash> flows_;
  std::vector<Flow*> timer_list_;
  std::list<Flow*> time_wait_;  // by deadline
  Flow* current_ = nullptr;
  size_t half_open_ = 0;
  uint64_t now_ = 0;
  uint32_t ticks_ = 0;
};

}  // namespace sluice
