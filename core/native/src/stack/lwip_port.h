// The seam between lwIP and us: a netif whose output goes to a device, and a scope inside which
// lwIP sees exactly one connection.
//
// lwIP finds a packet's connection, and removes one that ends, by walking global lists. We keep the
// lists empty and put a connection on them only while lwIP works on it, so every walk has length
// one, whatever the number of flows. Finding the connection is our hash table's job.
#pragma once

#include <cstdint>

#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/tcp.h"
#include "wire/packet.h"

namespace sluice {

// Where lwIP's packets go. Called with complete IP packets; must not keep the pbuf.
class LwipOutput {
 public:
  virtual ~LwipOutput() = default;
  virtual void lwip_output(pbuf* packet, bool ipv6) = 0;
};

class LwipInterface {
 public:
  LwipInterface(LwipOutput* output, uint16_t mtu);
  ~LwipInterface();
  LwipInterface(const LwipInterface&) = delete;
  LwipInterface& operator=(const LwipInterface&) = delete;

  netif* get() { return &netif_; }
  // Feeds one checked TCP packet. `buffer` starts at the IP header and is consumed.
  void input_tcp(const Packet& packet, pbuf* buffer);

 private:
  netif netif_;
};

// Makes `pcb` (may be null) the only connection lwIP knows.
class LwipScope {
 public:
  LwipScope(LwipInterface* interface, tcp_pcb* pcb);
  ~LwipScope();
  LwipScope(const LwipScope&) = delete;
  LwipScope& operator=(const LwipScope&) = delete;
  // The connection that lwIP made from a SYN inside this scope, or null.
  tcp_pcb* created() const;
};

// Runs lwIP's timers for a list of connections linked by `next`; returns nothing, as connections
// may end (their error callback is called) and the others stay linked in any order.
void run_tcp_timers(LwipInterface* interface, tcp_pcb* first, bool slow);

// Puts the segments that wait to be sent into the order of their sequence numbers. After a timeout
// lwIP queues what is in flight before a segment that a fast retransmit has queued already, though
// that one comes first.
void restore_order(tcp_pcb* pcb);

}  // namespace sluice
