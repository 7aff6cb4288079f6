// Captured UDP: one session for each source endpoint of an application, whatever it talks to
// (endpoint-independent mapping, RFC 4787 4.1), with a decision for each destination.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "base/chunk_queue.h"
#include "base/handle_table.h"
#include "base/moment.h"
#include "base/slab.h"
#include "engine/counters.h"
#include "net/udp_socket.h"
#include "stack/outlet.h"
#include "wire/packet.h"
#include "wire/reply.h"

namespace sluice {

class UdpSession {
 public:
  // What happens to datagrams for one destination.
  struct Peer {
    enum class Decision { kPending, kSocket, kScript, kRefused };
    Decision decision = Decision::kPending;
    UdpSocket* socket = nullptr;  // of kSocket
    std::shared_ptr<const UdpTarget> target;
    Refusal refusal = Refusal::kDrop;
    ChunkQueue waiting;    // whole IP packets
    bool watched = false;  // TypeScript has looked at what waits, and hears of more
    uint64_t last_used = 0;
  };

  Handle handle = 0;
  Endpoint src;
  std::unordered_map<Endpoint, Peer, EndpointHash> peers;
  std::vector<std::unique_ptr<UdpSocket>> sockets;
  uint64_t timeout_ms = 0;
  uint64_t last_used = 0;
  uint64_t received = 0;  // from the application
  uint64_t sent = 0;      // to it
  FirstBytes first_bytes;
};

class UdpStackHost {
 public:
  virtual ~UdpStackHost() = default;
  virtual void adopt(UdpSession* session) = 0;
  virtual void emit_udp_peer(UdpSession* session, const Endpoint& dst, uint8_t dscp) = 0;
  virtual void emit_udp_more(UdpSession* session, const Endpoint& dst) = 0;
  virtual void emit_udp_data(UdpSession* session, const Endpoint& dst, Chunk data) = 0;
  // The session is over: its handle ends, and it is freed after this round.
  virtual void retire(UdpSession* session) = 0;
  virtual void receive_later(UdpSocket* socket) = 0;
  virtual void flush_later(UdpSocket* socket) = 0;
  virtual void release(std::unique_ptr<UdpSocket> socket) = 0;
};

class UdpStack : public UdpSocketHost {
 public:
  UdpStack(UdpStackHost* host, Outlet* outlet, const OwnEndpoints* own, size_t max_sessions,
           Counters* counters);

  // One checked UDP packet inside `slab`; with a `segment_size` it is several datagrams under one
  // header, each of so many bytes but for the last.
  void input(const Packet& packet, Slab* slab, size_t segment_size);
  // Ticks pause while there is nothing to time: packets that end such a pause need the time first.
  void set_time(uint64_t now) { now_ = now; }
  // `now` in milliseconds; cheap, called every tick.
  void tick(uint64_t now);
  bool idle() const { return sessions_.empty(); }
  size_t session_count() const { return sessions_.size(); }

  // Datagrams to `dst` leave for `target`. False where the socket cannot carry them there.
  bool route(UdpSession* session, const Endpoint& dst, UdpSocket* socket,
             const RelayAddress& target);
  void to_script(UdpSession* session, const Endpoint& dst);
  void refuse(UdpSession* session, const Endpoint& dst, Refusal how);
  // To the application, as if from `src`.
  bool send(UdpSession* session, const Endpoint& src, const uint8_t* data, size_t size);
  // Whether anyone may answer a session (RFC 4787 5), or only whom it has sent to.
  void set_endpoint_independent(bool on) { endpoint_independent_ = on; }
  // What waits for the decision about `dst`, oldest first; from now on the host hears of more.
  std::vector<Packet> waiting(UdpSession* session, const Endpoint& dst);
  void close_socket(UdpSocket* socket);
  void close(UdpSession* session);

  void on_datagram(UdpSocket* socket, const RelayAddress& from, const uint8_t* data,
                   size_t size) override;
  void on_datagrams_end() override { flush_burst(); }
  void on_bad_datagram() override { ++counters_->udpBadReply; }
  void receive_later(UdpSocket* socket) override { host_->receive_later(socket); }
  void flush_later(UdpSocket* socket) override { host_->flush_later(socket); }
  void on_send_dropped(size_t count) override { counters_->udpSendDropped += count; }
  void on_too_big(UdpSocket* socket, const UdpTarget& target, const Chunk& data,
                  size_t mtu) override;
  void on_send_error(UdpSocket* socket, const SocketError& error, const uint8_t* data) override;

 private:
  // Datagrams of one sender to one application that are written together.
  struct Burst {
    static constexpr int kMost = 64;
    const UdpSession* session = nullptr;
    Endpoint from;
    size_t segment = 0;  // the size of each but the last
    size_t total = 0;
    bool open = false;  // may grow
    iovec parts[kMost + 1];
    int count = 1;  // parts; the first is for the header
  };

  UdpSession* session_of(const Packet& packet);
  UdpSession::Peer* peer_of(UdpSession* session, const Packet& packet);
  void dispatch(UdpSession* session, UdpSession::Peer* peer, const Packet& packet, Slab* slab);
  void dispatch_segments(UdpSession* session, UdpSession::Peer* peer, const Packet& packet,
                         Slab* slab, size_t segment_size);
  void send_to_socket(UdpSession::Peer* peer, Slab* slab, const uint8_t* data, size_t size,
                      bool dont_fragment);
  void add_to_burst(const UdpSession* session, const Endpoint& from, const uint8_t* data,
                    size_t size);
  void flush_burst();
  void reset_burst();
  bool can_show(const UdpSession* session, const Endpoint& src, size_t size);
  // Null where there is no such destination.
  UdpSession::Peer* undecide(UdpSession* session, const Endpoint& dst);
  void dispatch_waiting(UdpSession* session, UdpSession::Peer* peer);
  void sweep();
  template <typename Predicate>
  void forget_peers(UdpSession* session, Predicate predicate);

  UdpStackHost* host_;
  Outlet* outlet_;
  const OwnEndpoints* own_;
  size_t max_sessions_;
  bool endpoint_independent_ = true;
  Counters* counters_;
  Burst burst_;
  std::unordered_map<Endpoint, UdpSession*, EndpointHash> sessions_;
  size_t peer_count_ = 0;  // of all sessions
  uint64_t now_ = 0;
  uint64_t last_sweep_ = 0;
};

}  // namespace sluice
