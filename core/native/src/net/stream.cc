#include "net/stream.h"

namespace sluice {

void Stream::push(Chunk chunk) {
  if (dead_ || finish_requested_ || chunk.size() == 0) return;
  queued_ += chunk.size();
  queue_.push_gathered(std::move(chunk));
  host_->touch(this);
}

void Stream::finish() {
  if (dead_ || finish_requested_) return;
  finish_requested_ = true;
  host_->touch(this);
}

bool Stream::write(const uint8_t* data, size_t size) {
  if (size > 0) push(Chunk::copy(data, size, false));
  if (queued_ <= kScriptHigh) return true;
  want_drain_ = true;
  return false;
}

void Stream::resume() {
  paused_ = false;
  host_->touch(this);
}

void Stream::splice(Stream* a, Stream* b) {
  a->peer_ = b;
  b->peer_ = a;
  a->want_drain_ = b->want_drain_ = false;
  a->resume();
  b->resume();
}

size_t Stream::sink_room() const {
  if (peer_) return peer_->room();
  return paused_ ? 0 : kScriptHigh;
}

void Stream::deliver(Chunk chunk) {
  size_t size = chunk.size();
  received_ += size;
  first_bytes_.received.note();
  if (peer_) {
    peer_->push(std::move(chunk));
  } else {
    host_->emit_data(this, std::move(chunk));
    consumed(size);
  }
}

void Stream::deliver_end() {
  if (end_delivered_) return;
  end_delivered_ = true;
  if (peer_) {
    peer_->finish();
  } else {
    host_->emit_end(this);
  }
}

void Stream::sent_from_queue(size_t n) {
  sent_ += n;
  first_bytes_.sent.note();
  queued_ -= n;
  size_t credited = 0;
  while (n > 0) {
    Chunk& front = queue_.front();
    size_t part = n < front.size() ? n : front.size();
    if (front.credit()) credited += part;
    front.advance(part);
    n -= part;
    if (front.size() == 0) queue_.pop();
  }
  if (peer_ && credited > 0) peer_->consumed(credited);
  if (peer_) host_->touch(peer_);
  if (want_drain_ && queued_ <= kScriptHigh / 2) {
    want_drain_ = false;
    host_->emit_drain(this);
  }
}

void Stream::die(int error) {
  if (dead_) return;
  dead_ = true;
  queue_.clear();
  queued_ = 0;
  Stream* peer = peer_;
  peer_ = nullptr;
  if (peer) {
    peer->peer_ = nullptr;
    // What the peer has still to deliver would have nowhere to go.
    if (error != 0 || !peer->end_delivered_) peer->break_off();
  }
  host_->retire(this, error);
}

}  // namespace sluice
