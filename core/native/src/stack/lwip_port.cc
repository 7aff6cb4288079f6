#include "stack/lwip_port.h"

#include <cstring>

#include "base/random.h"
#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/priv/tcp_priv.h"

extern "C" {

u32_t sluice_tcp_isn(const ip_addr_t*, u16_t, const ip_addr_t*, u16_t) { return sluice_random32(); }

// lwIP asks for its timers here; ours run by themselves (TcpStack::watch_timers).
void tcp_timer_needed(void) {}

static err_t output4(struct netif* interface, struct pbuf* p, const ip4_addr_t*) {
  static_cast<sluice::LwipOutput*>(interface->state)->lwip_output(p, false);
  return ERR_OK;
}

static err_t output6(struct netif* interface, struct pbuf* p, const ip6_addr_t*) {
  static_cast<sluice::LwipOutput*>(interface->state)->lwip_output(p, true);
  return ERR_OK;
}

static err_t init_netif(struct netif* interface) {
  interface->name[0] = 's';
  interface->name[1] = 'l';
  interface->output = output4;
  interface->output_ip6 = output6;
  return ERR_OK;
}

static err_t no_input(struct pbuf* p, struct netif*) {
  pbuf_free(p);
  return ERR_OK;
}

}  // extern "C"

namespace sluice {

namespace {

void initialise_once() {
  static const bool done = [] {
    lwip_init();
    return true;
  }();
  (void)done;
}

void to_lwip(const Endpoint& from, ip_addr_t* to) {
  if (from.family == 4) {
    IP_SET_TYPE(to, IPADDR_TYPE_V4);
    std::memcpy(&ip_2_ip4(to)->addr, from.address, 4);
  } else {
    IP_SET_TYPE(to, IPADDR_TYPE_V6);
    std::memcpy(ip_2_ip6(to)->addr, from.address, 16);
  }
}

}  // namespace

LwipInterface::LwipInterface(LwipOutput* output, uint16_t mtu) {
  initialise_once();
  // Never on the wire: routing wants the interface to have some address (RFC 5737 TEST-NET-1).
  ip4_addr_t address, mask, gateway;
  IP4_ADDR(&address, 192, 0, 2, 1);
  IP4_ADDR(&mask, 255, 255, 255, 255);
  IP4_ADDR(&gateway, 0, 0, 0, 0);
  netif_add(&netif_, &address, &mask, &gateway, output, init_netif, no_input);
  netif_.mtu = netif_.mtu6 = mtu;
  netif_set_link_up(&netif_);
  netif_set_up(&netif_);
}

LwipInterface::~LwipInterface() { netif_remove(&netif_); }

void LwipInterface::input_tcp(const Packet& packet, pbuf* buffer) {
  ip_data.current_netif = ip_data.current_input_netif = &netif_;
  ip_data.current_ip_header_tot_len = static_cast<u16_t>(packet.transport);
  to_lwip(packet.src, &ip_data.current_iphdr_src);
  to_lwip(packet.dst, &ip_data.current_iphdr_dest);
  pbuf_remove_header(buffer, packet.transport);
  tcp_input(buffer, &netif_);
}

LwipScope::LwipScope(LwipInterface* interface, tcp_pcb* pcb) {
  netif_default = interface->get();
  if (!pcb) return;
  pcb->next = nullptr;
  if (pcb->state == TIME_WAIT) {
    tcp_tw_pcbs = pcb;
  } else {
    tcp_active_pcbs = pcb;
  }
}

LwipScope::~LwipScope() {
  tcp_active_pcbs = nullptr;
  tcp_tw_pcbs = nullptr;
}

tcp_pcb* LwipScope::created() const { return tcp_active_pcbs; }

void restore_order(tcp_pcb* pcb) {
  if (!(pcb->flags & TF_RTO) || !pcb->unsent) return;
  auto seq = [](const tcp_seg* segment) { return lwip_ntohl(segment->tcphdr->seqno); };
  tcp_seg* last = pcb->unsent;
  while (last->next && TCP_SEQ_LT(seq(last), seq(last->next))) last = last->next;
  if (!last->next) return;
  // Two runs, each in order.
  tcp_seg* runs[2] = {pcb->unsent, last->next};
  last->next = nullptr;
  tcp_seg** end = &pcb->unsent;
  while (runs[0] && runs[1]) {
    tcp_seg*& run = runs[TCP_SEQ_LT(seq(runs[1]), seq(runs[0])) ? 1 : 0];
    *end = run;
    end = &run->next;
    run = run->next;
  }
  *end = runs[0] ? runs[0] : runs[1];
}

void run_tcp_timers(LwipInterface* interface, tcp_pcb* first, bool slow) {
  netif_default = interface->get();
  tcp_active_pcbs = first;
  tcp_fasttmr();
  if (slow) tcp_slowtmr();
  tcp_active_pcbs = nullptr;
  tcp_tw_pcbs = nullptr;
}

}  // namespace sluice
