// Captured ICMP: echo requests are answered, dropped or sent on to a real host, and packets whose
// way ends here are answered as by the last router.
#pragma once

#include <memory>
#include <unordered_map>

#include "base/chunk_queue.h"
#include "base/handle_table.h"
#include "base/token_bucket.h"
#include "net/ping_socket.h"
#include "stack/outlet.h"
#include "wire/packet.h"

namespace sluice {

enum class EchoMode {
  kOff,     // dropped
  kReply,   // answered for any address, at once
  kDirect,  // TypeScript decides for each echo session
};

struct IcmpSettings {
  EchoMode echo = EchoMode::kReply;
  bool refuse_ipv6 = false;  // told as unreachable, whatever `echo` says
  Endpoint broadcast4;       // of the tunnel's own network, never answered; family 0: none
};

// The echo requests of one program (by their id) to one destination.
class EchoSession {
 public:
  enum class Decision { kPending, kReply, kRefused, kSocket };

  Handle handle = 0;
  Endpoint src;  // the port is the id
  Endpoint dst;
  Decision decision = Decision::kPending;
  Refusal refusal = Refusal::kDrop;
  std::unique_ptr<PingSocket> socket;
  ChunkQueue waiting;  // whole IP packets
  uint64_t last_used = 0;
  uint64_t received = 0;  // payload bytes from the application
  uint64_t sent = 0;      // and to it
};

class IcmpStackHost {
 public:
  virtual ~IcmpStackHost() = default;
  virtual void adopt(EchoSession* session) = 0;
  // The session is over: its handle ends, and it is freed after this round.
  virtual void retire(EchoSession* session) = 0;
};

class IcmpStack : public PingSocketHost {
 public:
  IcmpStack(IcmpStackHost* host, Outlet* outlet, OwnEndpoints* own, Counters* counters);

  void configure(const IcmpSettings& settings) { settings_ = settings; }
  // One checked ICMP packet.
  void input(const Packet& packet);
  // Whether the packet's way ends here, and it has been answered so far as it may be.
  bool ends_here(const Packet& packet);

  void set_time(uint64_t now) { now_ = now; }
  void tick(uint64_t now);
  bool idle() const { return sessions_.empty(); }
  size_t session_count() const { return sessions_.size(); }

  void reply(EchoSession* session);
  void refuse(EchoSession* session, Refusal how);
  // Requests leave for `target`, whose replies are shown as from the session's destination.
  // Returns 0 or an errno.
  int route(EchoSession* session, Reactor* reactor, const Endpoint& target, const Binding& binding);
  void close(EchoSession* session);

  void on_echo_reply(PingSocket* socket, uint16_t seq, const uint8_t* payload,
                     size_t size) override;
  void on_echo_error(PingSocket* socket, const SocketError& error, uint16_t seq) override;

 private:
  void dispatch(EchoSession* session, const Packet& packet);
  void dispatch_waiting(EchoSession* session);
  void answer(const Packet& request);
  EchoSession* session_of(const Packet& packet);

  IcmpStackHost* host_;
  Outlet* outlet_;
  OwnEndpoints* own_;
  Counters* counters_;
  IcmpSettings settings_;
  TokenBucket echoes_;
  std::unordered_map<FlowKey, EchoSession*, FlowKeyHash> sessions_;
  uint64_t now_ = 0;
  uint64_t last_sweep_ = 0;
};

}  // namespace sluice
