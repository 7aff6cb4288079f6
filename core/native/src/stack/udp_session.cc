#include "stack/udp_session.h"

#include <algorithm>
#include <cstring>

#include "wire/checksum.h"

namespace sluice {

namespace {
constexpr size_t kMaxPeers = 4096;       // destinations of one session
constexpr size_t kPeersForSession = 16;  // ... and on average, when there are as many as may be
constexpr size_t kMaxWaiting = 16;       // datagrams that wait for a decision, each destination
constexpr uint64_t kSweepMs = 1000;
constexpr uint64_t kDefaultTimeoutMs = 60'000;
using Decision = UdpSession::Peer::Decision;

// Makes a packet's headers say that it carries `size` bytes.
void set_udp_lengths(uint8_t* packet, size_t transport, size_t size) {
  bool v4 = packet[0] >> 4 == 4;
  size_t length = 8 + size;
  write16(packet + transport + 4, static_cast<uint16_t>(length));
  if (!v4) return write16(packet + 4, static_cast<uint16_t>(transport - 40 + length));
  write16(packet + 2, static_cast<uint16_t>(transport + length));
  write16(packet + 10, 0);
  ChecksumSum sum;
  sum.add(packet, transport);
  uint16_t checksum = sum.finished();
  std::memcpy(packet + 10, &checksum, 2);
}

}  // namespace

UdpStack::UdpStack(UdpStackHost* host, Outlet* outlet, const OwnEndpoints* own, size_t max_sessions,
                   Counters* counters)
    : host_(host), outlet_(outlet), own_(own), max_sessions_(max_sessions), counters_(counters) {}

void UdpStack::input(const Packet& packet, Slab* slab, size_t segment_size) {
  UdpSession* session = session_of(packet);
  if (!session) return;
  session->last_used = now_;
  session->received += packet.payload_size();
  session->first_bytes.received.note();
  UdpSession::Peer* peer = peer_of(session, packet);
  if (!peer) return;
  if (segment_size > 0 && packet.payload_size() > segment_size) {
    dispatch_segments(session, peer, packet, slab, segment_size);
  } else {
    dispatch(session, peer, packet, slab);
  }
}

UdpSession* UdpStack::session_of(const Packet& packet) {
  auto found = sessions_.find(packet.src);
  if (found != sessions_.end()) return found->second;
  if (own_->contains(packet.src, OwnEndpoints::Kind::kUdp)) {
    ++counters_->ownFlowsRefused;
    return nullptr;
  }
  if (sessions_.size() >= max_sessions_) {
    ++counters_->udpDropped;
    return nullptr;
  }
  auto* session = new UdpSession();
  session->src = packet.src;
  session->timeout_ms = kDefaultTimeoutMs;
  sessions_.emplace(packet.src, session);
  ++counters_->udpSessionsOpened;
  host_->adopt(session);
  return session;
}

UdpSession::Peer* UdpStack::peer_of(UdpSession* session, const Packet& packet) {
  auto peer = session->peers.find(packet.dst);
  if (peer != session->peers.end()) return &peer->second;
  if (session->peers.size() >= kMaxPeers || peer_count_ >= kPeersForSession * max_sessions_) {
    ++counters_->udpDropped;
    return nullptr;
  }
  ++peer_count_;
  host_->emit_udp_peer(session, packet.dst, packet.dscp);
  return &session->peers.emplace(packet.dst, UdpSession::Peer{}).first->second;
}

void UdpStack::dispatch_segments(UdpSession* session, UdpSession::Peer* peer, const Packet& packet,
                                 Slab* slab, size_t segment_size) {
  if (peer->decision == Decision::kSocket) {
    peer->last_used = now_;
    for (size_t at = 0; at < packet.payload_size(); at += segment_size) {
      size_t size = std::min(segment_size, packet.payload_size() - at);
      send_to_socket(peer, slab, packet.payload_data() + at, size, packet.dont_fragment);
    }
    return;
  }
  // Whoever else gets them wants whole packets; this happens to the first few alone.
  for (size_t at = 0; at < packet.payload_size(); at += segment_size) {
    size_t size = std::min(segment_size, packet.payload_size() - at);
    Slab* one = Slab::create(packet.payload + size);
    std::memcpy(one->data(), packet.data, packet.payload);
    std::memcpy(one->data() + packet.payload, packet.payload_data() + at, size);
    set_udp_lengths(one->data(), packet.transport, size);
    Packet part;
    if (parse_packet(one->data(), one->capacity(), &part) == ParseError::kNone) {
      dispatch(session, peer, part, one);
    }
    one->unref();
  }
}

void UdpStack::send_to_socket(UdpSession::Peer* peer, Slab* slab, const uint8_t* data, size_t size,
                              bool dont_fragment) {
  if (peer->socket->send(peer->target, Chunk(slab, data, size, false), dont_fragment)) {
    peer->socket->received += size;
    peer->socket->first_bytes.received.note();
  } else {
    ++counters_->udpSendDropped;
  }
}

void UdpStack::dispatch(UdpSession* session, UdpSession::Peer* peer, const Packet& packet,
                        Slab* slab) {
  peer->last_used = now_;
  switch (peer->decision) {
    case Decision::kPending:
      if (peer->waiting.count() >= kMaxWaiting) {
        ++counters_->udpDropped;
      } else {
        // Whether it came in fragments cannot be seen from the whole: the chunk is marked.
        peer->waiting.push(Chunk::copy(packet.data, packet.size, !packet.dont_fragment));
        if (peer->watched) host_->emit_udp_more(session, packet.dst);
      }
      return;
    case Decision::kSocket:
      return send_to_socket(peer, slab, packet.payload_data(), packet.payload_size(),
                            packet.dont_fragment);
    case Decision::kScript:
      host_->emit_udp_data(session, packet.dst,
                           Chunk::copy(packet.payload_data(), packet.payload_size(), false));
      return;
    case Decision::kRefused:
      ++counters_->udpRefused;
      if (peer->refusal != Refusal::kDrop) outlet_->send_unreachable(packet, peer->refusal);
      return;
  }
}

UdpSession::Peer* UdpStack::undecide(UdpSession* session, const Endpoint& dst) {
  auto found = session->peers.find(dst);
  if (found == session->peers.end()) return nullptr;
  UdpSession::Peer& peer = found->second;
  if (peer.socket) peer.socket->replies.remove(dst, peer.target->address);
  peer.socket = nullptr;
  peer.target = nullptr;
  return &peer;
}

void UdpStack::dispatch_waiting(UdpSession* session, UdpSession::Peer* peer) {
  for (; !peer->waiting.empty(); peer->waiting.pop()) {
    const Chunk& bytes = peer->waiting.front();
    Packet packet;
    if (parse_packet(bytes.data(), bytes.size(), &packet) == ParseError::kNone) {
      packet.dont_fragment = !bytes.credit();
      dispatch(session, peer, packet, bytes.slab());
    }
  }
}

bool UdpStack::route(UdpSession* session, const Endpoint& dst, UdpSocket* socket,
                     const RelayAddress& target) {
  std::shared_ptr<const UdpTarget> prepared = socket->prepare(dst, target);
  UdpSession::Peer* peer = prepared ? undecide(session, dst) : nullptr;
  if (!peer) return false;
  peer->decision = Decision::kSocket;
  peer->socket = socket;
  peer->target = std::move(prepared);
  socket->replies.add(dst, target);
  dispatch_waiting(session, peer);
  return true;
}

void UdpStack::to_script(UdpSession* session, const Endpoint& dst) {
  UdpSession::Peer* peer = undecide(session, dst);
  if (!peer) return;
  peer->decision = Decision::kScript;
  dispatch_waiting(session, peer);
}

void UdpStack::refuse(UdpSession* session, const Endpoint& dst, Refusal how) {
  UdpSession::Peer* peer = undecide(session, dst);
  if (!peer) return;
  peer->decision = Decision::kRefused;
  // UDP knows no reset.
  peer->refusal = how == Refusal::kReset ? Refusal::kPortUnreachable : how;
  dispatch_waiting(session, peer);
}

std::vector<Packet> UdpStack::waiting(UdpSession* session, const Endpoint& dst) {
  std::vector<Packet> packets;
  auto found = session->peers.find(dst);
  if (found == session->peers.end()) return packets;
  found->second.watched = true;
  for (const Chunk& bytes : found->second.waiting) {
    Packet packet;
    if (parse_packet(bytes.data(), bytes.size(), &packet) == ParseError::kNone) {
      packets.push_back(packet);
    }
  }
  return packets;
}

template <typename Predicate>
void UdpStack::forget_peers(UdpSession* session, Predicate predicate) {
  for (auto it = session->peers.begin(); it != session->peers.end();) {
    const UdpSession::Peer& peer = it->second;
    if (!predicate(peer)) {
      ++it;
      continue;
    }
    if (peer.socket) peer.socket->replies.remove(it->first, peer.target->address);
    it = session->peers.erase(it);
    --peer_count_;
  }
}

void UdpStack::close_socket(UdpSocket* socket) {
  UdpSession* session = socket->session;
  socket->closed = true;
  // Its destinations are decided again when they are next used.
  forget_peers(session, [socket](const UdpSession::Peer& peer) { return peer.socket == socket; });
  for (auto it = session->sockets.begin(); it != session->sockets.end(); ++it) {
    if (it->get() != socket) continue;
    host_->release(std::move(*it));
    session->sockets.erase(it);
    return;
  }
}

void UdpStack::close(UdpSession* session) {
  sessions_.erase(session->src);
  for (auto& socket : session->sockets) {
    socket->closed = true;
    host_->release(std::move(socket));
  }
  session->sockets.clear();
  forget_peers(session, [](const UdpSession::Peer&) { return true; });
  host_->retire(session);
}

void UdpStack::tick(uint64_t now) {
  now_ = now;
  if (now - last_sweep_ < kSweepMs) return;
  last_sweep_ = now;
  sweep();
}

void UdpStack::sweep() {
  std::vector<UdpSession*> idle;
  for (auto& [src, session] : sessions_) {
    if (now_ - session->last_used >= session->timeout_ms) {
      idle.push_back(session);
      continue;
    }
    // A destination that went quiet is decided again later: a long-lived session (a BitTorrent
    // port) may meet more destinations than the table holds.
    forget_peers(session, [this, session = session](const UdpSession::Peer& peer) {
      return now_ - peer.last_used >= session->timeout_ms;
    });
  }
  for (UdpSession* session : idle) close(session);
}

}  // namespace sluice
