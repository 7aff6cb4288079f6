#include "engine/engine.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sluice {

namespace {
constexpr size_t kPacketSlab = 512 * 1024;
constexpr size_t kSocketSlab = 256 * 1024;
// What the device may bring in one round before sockets get their turn.
constexpr int kPacketBudget = 256;
constexpr size_t kByteBudget = 1024 * 1024;
}  // namespace

Engine::Engine(std::unique_ptr<Device> device, const Limits& limits)
    : device_(std::move(device)),
      max_buffer_bytes_(limits.max_buffer_bytes),
      packet_memory_(kPacketSlab),
      socket_memory_(kSocketSlab),
      outlet_(device_.get(), &counters_),
      tcp_(this, &outlet_, &own_, TcpLimits{limits.max_flows, limits.max_half_open}, &counters_),
      udp_(this, &outlet_, &own_, limits.max_udp_sessions, &counters_),
      icmp_(this, &outlet_, &own_, &counters_),
      fragments_(this, &counters_) {
  reactor_.add(device_->fd(), this, true);
}

Engine::~Engine() {
  streams_.for_each([this](Stream* stream) { dead_streams_.emplace_back(stream); });
  sessions_.for_each([this](UdpSession* session) { dead_sessions_.emplace_back(session); });
  echoes_.for_each([this](EchoSession* session) { dead_echoes_.emplace_back(session); });
  for (Flow* flow : tcp_.take_time_wait()) {
    if (flow->dead()) dead_streams_.emplace_back(flow);
  }
  // Flows end before the stack they refer to.
  dead_streams_.clear();
}

void Engine::run() {
  for (Stream* stream : std::exchange(later_, {})) {
    stream->postponed = false;
    touch(stream);
  }
  for (UdpSocket* socket : std::exchange(udp_later_, {})) {
    socket->postponed = false;
    if (!socket->closed) socket->receive();
  }
  reactor_.poll();
  work();
}

void Engine::work() {
  // Working on one stream may touch others, itself included.
  for (size_t i = 0; i < touched_.size(); ++i) {
    Stream* stream = touched_[i];
    stream->touched = false;
    stream->work();
  }
  touched_.clear();
  for (UdpSocket* socket : std::exchange(udp_flush_, {})) {
    socket->flushing = false;
    socket->flush();
  }
  auto gone = [](Stream* stream) { return stream->dead(); };
  if (!dead_streams_.empty()) {
    for (auto* list : {&later_, &starving_}) {
      list->erase(std::remove_if(list->begin(), list->end(), gone), list->end());
    }
  }
  if (!dead_udp_sockets_.empty()) {
    auto closed = [](UdpSocket* socket) { return socket->closed; };
    udp_later_.erase(std::remove_if(udp_later_.begin(), udp_later_.end(), closed),
                     udp_later_.end());
  }
  dead_streams_.clear();
  dead_sessions_.clear();
  dead_udp_sockets_.clear();
  dead_echoes_.clear();
}

void Engine::set_time(uint64_t now) {
  outlet_.set_time(now);
  udp_.set_time(now);
  icmp_.set_time(now);
  fragments_.set_time(now);
}

void Engine::tick(uint64_t now) {
  for (Stream* stream : std::exchange(starving_, {})) {
    stream->postponed = false;
    touch(stream);
  }
  outlet_.set_time(now);
  tcp_.tick(now);
  udp_.tick(now);
  icmp_.tick(now);
  fragments_.tick(now);
  work();
}

bool Engine::next_event(Event* out) {
  if (events_.empty()) return false;
  *out = std::move(events_.front());
  events_.pop_front();
  return true;
}

void Engine::on_ready(bool, bool, bool) {
  size_t bytes = 0;
  for (int i = 0; i < kPacketBudget && bytes < kByteBudget; ++i) {
    uint8_t* buffer = packet_memory_.reserve(kMaxPacket);
    ReadMeta meta;
    long n = device_->read(buffer, &meta);
    if (n == 0) return;
    if (n < 0) {
      // Readable for ever, and never read again.
      reactor_.remove(device_->fd());
      events_.emplace_back(EventKind::kDeviceLost, 0).error = static_cast<int>(-n);
      return;
    }
    bytes += static_cast<size_t>(n);
    if (Recorder* tap = outlet_.tap()) {
      iovec whole{buffer, static_cast<size_t>(n)};
      tap->take(&whole, 1);
    }
    packet_memory_.commit(static_cast<size_t>(n));
    read_packet(buffer, static_cast<size_t>(n), meta);
  }
}

void Engine::read_packet(const uint8_t* buffer, size_t size, const ReadMeta& meta) {
  ++counters_.packetsIn;
  counters_.bytesIn += size;
  Packet packet;
  switch (parse_packet(buffer, size, &packet)) {
    case ParseError::kNone:
      break;
    case ParseError::kMalformed:
      ++counters_.malformed;
      return;
    case ParseError::kFragment:
      ++counters_.fragments;
      return read_fragment(packet);
    case ParseError::kOther:
      ++counters_.otherProtocol;
      return;
    case ParseError::kBadAddress:
      ++counters_.badAddress;
      return;
  }
  if (!meta.checksum_trusted && !verify_transport_checksum(packet)) {
    ++counters_.badChecksum;
    return;
  }
  take_packet(packet, packet_memory_.slab(), meta.segment_size);
}

void Engine::read_fragment(const Packet& fragment) {
  if (memory_exhausted()) {
    ++counters_.noMemory;
    return;
  }
  Slab* whole = fragments_.input(fragment);
  if (!whole) return;
  Packet packet;
  if (parse_packet(whole->data(), whole->capacity(), &packet) != ParseError::kNone) {
    ++counters_.malformed;
  } else if (!verify_transport_checksum(packet)) {
    ++counters_.badChecksum;
  } else {
    // What came in pieces may leave in pieces.
    packet.dont_fragment = false;
    take_packet(packet, whole, 0);
  }
  whole->unref();
}

void Engine::take_packet(const Packet& packet, Slab* slab, size_t segment_size) {
  // Acknowledgements free memory, so they pass.
  if (memory_exhausted() && packet.payload_size() > 0) {
    ++counters_.noMemory;
    return;
  }
  if (icmp_.ends_here(packet)) return;
  switch (packet.protocol) {
    case kProtocolTcp:
      return tcp_.input(packet, slab);
    case kProtocolUdp:
      return udp_.input(packet, slab, segment_size);
    default:
      return icmp_.input(packet);
  }
}

void Engine::reassembly_failed(const Packet& first) {
  // Of an ICMP message it is not known whether it is an error itself.
  if (first.protocol == kProtocolTcp || first.protocol == kProtocolUdp) {
    outlet_.send_time_exceeded(first, 1);
  }
}

bool Engine::memory_exhausted() const { return Slab::total_bytes() > max_buffer_bytes_; }

Flow* Engine::held_flow(Handle handle) const {
  Stream* stream = streams_.get(handle);
  Flow* flow = stream ? stream->as_flow() : nullptr;
  return flow && flow->state() == Flow::State::kHeld ? flow : nullptr;
}

void Engine::refuse(Flow* flow, Refusal how) {
  tcp_.refuse(flow, how);
  destroy(flow);
}

TcpSocket* Engine::connect(const Endpoint& remote, const Binding& binding) {
  auto* socket = new TcpSocket(this, &reactor_, &own_, &socket_memory_);
  socket->handle = streams_.add(socket);
  socket->connect(remote, binding);
  return socket;
}

bool Engine::splice(Stream* a, Stream* b) {
  if (a == b || a->joined() || b->joined()) return false;
  reclaim_events(a, b);
  reclaim_events(b, a);
  Stream::splice(a, b);
  return true;
}

void Engine::reclaim_events(Stream* from, Stream* to) {
  for (auto it = events_.begin(); it != events_.end();) {
    bool data = it->handle == from->handle && it->kind == EventKind::kData;
    bool end = it->handle == from->handle && it->kind == EventKind::kEnd;
    if (data) to->push(it->data.part(it->data.size()));
    if (end) to->finish();
    it = data || end ? events_.erase(it) : std::next(it);
  }
}

void Engine::destroy(Stream* stream) { stream->abort(ECONNABORTED); }

UdpSocket* Engine::open_udp_socket(UdpSession* session, uint16_t family, const Binding& binding,
                                   const Endpoint* relay, int* error) {
  auto socket = std::make_unique<UdpSocket>(&udp_, &own_);
  *error = socket->open(&reactor_, family, binding, relay);
  if (*error != 0) return nullptr;
  socket->session = session;
  socket->handle = udp_sockets_.add(socket.get());
  session->sockets.push_back(std::move(socket));
  return session->sockets.back().get();
}

int Engine::route_echo(EchoSession* session, const Endpoint& target, const Binding& binding) {
  return icmp_.route(session, &reactor_, target, binding);
}

bool Engine::record(RecordOptions options) {
  forget_recording();
  auto recorder = std::make_unique<Recorder>(std::move(options));
  if (!recorder->ring().ready()) return false;
  recorder_ = std::move(recorder);
  outlet_.set_tap(recorder_.get());
  return true;
}

void Engine::stop_recording() { outlet_.set_tap(nullptr); }

void Engine::forget_recording() {
  stop_recording();
  recorder_.reset();
}

void Engine::touch(Stream* stream) {
  if (stream->touched) return;
  stream->touched = true;
  touched_.push_back(stream);
}

void Engine::touch_later(Stream* stream) {
  if (stream->postponed) return;
  stream->postponed = true;
  (memory_exhausted() ? starving_ : later_).push_back(stream);
}

void Engine::emit_connected(Stream* stream) {
  if (stream->as_flow()) ++counters_.flowsEstablished;
  if (stream->handle) events_.emplace_back(EventKind::kConnected, stream->handle);
}

void Engine::emit_data(Stream* stream, Chunk chunk) {
  if (!stream->handle) return;
  events_.emplace_back(EventKind::kData, stream->handle);
  events_.back().data = std::move(chunk);
}

void Engine::emit_end(Stream* stream) {
  if (stream->handle) events_.emplace_back(EventKind::kEnd, stream->handle);
}

void Engine::emit_drain(Stream* stream) {
  if (stream->handle) events_.emplace_back(EventKind::kDrain, stream->handle);
}

void Engine::retire(Stream* stream, int error) {
  if (stream->handle) {
    Event& event = events_.emplace_back(EventKind::kClosed, stream->handle);
    event.error = error;
    event.received = stream->received();
    event.sent = stream->sent();
    event.first_bytes = stream->first_bytes();
    streams_.remove(stream->handle);
    stream->handle = 0;
  }
  Flow* flow = stream->as_flow();
  if (!flow || tcp_.forget(flow)) dead_streams_.emplace_back(stream);
}

void Engine::adopt(Flow* flow, uint8_t dscp) {
  flow->handle = streams_.add(flow);
  Event& event = events_.emplace_back(EventKind::kFlow, flow->handle);
  event.src = flow->key().src;
  event.dst = flow->key().dst;
  event.dscp = dscp;
}

void Engine::release(Flow* flow) { dead_streams_.emplace_back(flow); }

void Engine::adopt(UdpSession* session) { session->handle = sessions_.add(session); }

void Engine::emit_udp_peer(UdpSession* session, const Endpoint& dst, uint8_t dscp) {
  Event& event = events_.emplace_back(EventKind::kUdpPeer, session->handle);
  event.src = session->src;
  event.dst = dst;
  event.dscp = dscp;
}

void Engine::emit_udp_more(UdpSession* session, const Endpoint& dst) {
  events_.emplace_back(EventKind::kUdpMore, session->handle).dst = dst;
}

void Engine::emit_udp_data(UdpSession* session, const Endpoint& dst, Chunk data) {
  Event& event = events_.emplace_back(EventKind::kUdpData, session->handle);
  event.dst = dst;
  event.data = std::move(data);
}

void Engine::retire(UdpSession* session) {
  Event& event = events_.emplace_back(EventKind::kUdpClosed, session->handle);
  event.received = session->received;
  event.sent = session->sent;
  event.first_bytes = session->first_bytes;
  sessions_.remove(session->handle);
  dead_sessions_.emplace_back(session);
}

void Engine::adopt(EchoSession* session) {
  session->handle = echoes_.add(session);
  Event& event = events_.emplace_back(EventKind::kEcho, session->handle);
  event.src = session->src;
  event.dst = session->dst;
}

void Engine::retire(EchoSession* session) {
  Event& event = events_.emplace_back(EventKind::kEchoClosed, session->handle);
  event.received = session->received;
  event.sent = session->sent;
  echoes_.remove(session->handle);
  dead_echoes_.emplace_back(session);
}

void Engine::receive_later(UdpSocket* socket) {
  if (socket->postponed) return;
  socket->postponed = true;
  udp_later_.push_back(socket);
}

void Engine::flush_later(UdpSocket* socket) {
  if (socket->flushing) return;
  socket->flushing = true;
  udp_flush_.push_back(socket);
}

void Engine::release(std::unique_ptr<UdpSocket> socket) {
  udp_sockets_.remove(socket->handle);
  dead_udp_sockets_.push_back(std::move(socket));
}

}  // namespace sluice
