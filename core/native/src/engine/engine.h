// Everything native of one device: reads packets and sockets, lets flows and sessions work, queues
// what TypeScript must hear. No Node in here: the addon and the fuzzer drive it alike.
//
// A round is: `run` (poll, then work), then whoever drives it takes the events. Calls may be made
// between rounds and from event handlers, followed by `work`.
#pragma once

#include <memory>
#include <vector>

#include "base/handle_table.h"
#include "engine/counters.h"
#include "engine/events.h"
#include "net/own_endpoints.h"
#include "net/reactor.h"
#include "net/tcp_socket.h"
#include "record/recorder.h"
#include "stack/icmp_stack.h"
#include "stack/outlet.h"
#include "stack/reassembler.h"
#include "stack/tcp_stack.h"
#include "stack/udp_session.h"

namespace sluice {

// lwIP's TCP_TMR_INTERVAL.
constexpr uint64_t kTickMs = 25;

struct Limits {
  size_t max_flows;
  size_t max_half_open;
  size_t max_udp_sessions;
  size_t max_buffer_bytes;
};

class Engine : public TcpStackHost,
               public UdpStackHost,
               public IcmpStackHost,
               public ReassemblerHost,
               public Watcher {
 public:
  Engine(std::unique_ptr<Device> device, const Limits& limits);
  ~Engine() override;

  // Readable when `run` should be called.
  int fd() const { return reactor_.fd(); }
  void run();
  void work();
  // Work was left for the next round: call `run` again soon, readable or not.
  bool pending() const { return !later_.empty() || !udp_later_.empty(); }
  // Before `run`: ticks pause while idle, and what comes then needs the time. As for `tick`.
  void set_time(uint64_t now);
  // Every kTickMs while not idle; `now` in milliseconds from any start.
  void tick(uint64_t now);
  bool idle() const {
    return tcp_.idle() && udp_.idle() && icmp_.idle() && fragments_.idle() && starving_.empty();
  }
  // Takes the oldest event; false when there is none.
  bool next_event(Event* out);
  size_t event_count() const { return events_.size(); }

  // All return null for a handle of something that is gone.
  Stream* stream(Handle handle) const { return streams_.get(handle); }
  Flow* held_flow(Handle handle) const;
  UdpSession* session(Handle handle) const { return sessions_.get(handle); }
  UdpSocket* udp_socket(Handle handle) const { return udp_sockets_.get(handle); }
  EchoSession* echo(Handle handle) const { return echoes_.get(handle); }

  void refuse(Flow* flow, Refusal how);
  TcpSocket* connect(const Endpoint& remote, const Binding& binding);
  // Joins two streams; events of theirs not yet taken are passed on instead of told. False where
  // one of them is joined already.
  bool splice(Stream* a, Stream* b);
  // Ends a stream at once.
  void destroy(Stream* stream);
  // Null with `*error` (an errno).
  UdpSocket* open_udp_socket(UdpSession* session, uint16_t family, const Binding& binding,
                             const Endpoint* relay, int* error);
  // Returns 0 or an errno.
  int route_echo(EchoSession* session, const Endpoint& target, const Binding& binding);
  // Records from now on, in the place of what was recorded before. False where there is no memory.
  bool record(RecordOptions options);
  // What was recorded stays readable.
  void stop_recording();
  void forget_recording();
  // Null where nothing was recorded, or it is forgotten.
  const Recorder* recorder() const { return recorder_.get(); }
  UdpStack* udp() { return &udp_; }
  IcmpStack* icmp() { return &icmp_; }
  Outlet* outlet() { return &outlet_; }
  size_t fragment_bytes() const { return fragments_.memory(); }
  TcpStack* tcp() { return &tcp_; }
  Device* device() { return device_.get(); }
  const Counters& counters() const { return counters_; }

  // StreamHost, TcpStackHost, UdpStackHost, IcmpStackHost, ReassemblerHost
  void touch(Stream* stream) override;
  void touch_later(Stream* stream) override;
  void emit_connected(Stream* stream) override;
  void emit_data(Stream* stream, Chunk chunk) override;
  void emit_end(Stream* stream) override;
  void emit_drain(Stream* stream) override;
  void retire(Stream* stream, int error) override;
  bool memory_exhausted() const override;
  void adopt(Flow* flow, uint8_t dscp) override;
  void release(Flow* flow) override;
  void adopt(UdpSession* session) override;
  void emit_udp_peer(UdpSession* session, const Endpoint& dst, uint8_t dscp) override;
  void emit_udp_more(UdpSession* session, const Endpoint& dst) override;
  void emit_udp_data(UdpSession* session, const Endpoint& dst, Chunk data) override;
  void retire(UdpSession* session) override;
  void receive_later(UdpSocket* socket) override;
  void flush_later(UdpSocket* socket) override;
  void release(std::unique_ptr<UdpSocket> socket) override;
  void adopt(EchoSession* session) override;
  void retire(EchoSession* session) override;
  void reassembly_failed(const Packet& first) override;

  // Watcher: the device is readable.
  void on_ready(bool readable, bool writable, bool hangup) override;

 private:
  void reclaim_events(Stream* from, Stream* to);
  void read_packet(const uint8_t* buffer, size_t size, const ReadMeta& meta);
  void read_fragment(const Packet& fragment);
  void take_packet(const Packet& packet, Slab* slab, size_t segment_size);

  std::unique_ptr<Device> device_;
  size_t max_buffer_bytes_;
  Counters counters_;
  Reactor reactor_;
  OwnEndpoints own_;
  SlabWriter packet_memory_;
  SlabWriter socket_memory_;
  EventQueue events_;
  HandleTable<Stream> streams_;
  HandleTable<UdpSession> sessions_;
  HandleTable<UdpSocket> udp_sockets_;
  HandleTable<EchoSession> echoes_;
  std::vector<Stream*> touched_;
  std::vector<Stream*> later_;
  std::vector<Stream*> starving_;  // wait for memory: tried again at each tick
  std::vector<UdpSocket*> udp_later_;
  std::vector<UdpSocket*> udp_flush_;  // have datagrams to send at the end of this round
  // Freed after the round, as something in it may still point here.
  std::vector<std::unique_ptr<Stream>> dead_streams_;
  std::vector<std::unique_ptr<UdpSession>> dead_sessions_;
  std::vector<std::unique_ptr<UdpSocket>> dead_udp_sockets_;
  std::vector<std::unique_ptr<EchoSession>> dead_echoes_;
  std::unique_ptr<Recorder> recorder_;
  Outlet outlet_;
  TcpStack tcp_;
  UdpStack udp_;
  IcmpStack icmp_;
  Reassembler fragments_;
};

}  // namespace sluice
