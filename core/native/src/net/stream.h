// A byte stream in both directions with backpressure: a captured flow or an own socket. Two streams
// can be joined (`splice`); otherwise TypeScript is at the other end.
//
// Nothing here happens at once: whoever changes a stream's state touches it, and `Work` later calls
// `work()`, which moves what can be moved. A dead stream stays allocated until the current round of
// work has ended.
#pragma once

#include <cerrno>
#include <cstdint>

#include "base/chunk_queue.h"
#include "base/handle_table.h"
#include "base/moment.h"
#include "base/slab.h"

namespace sluice {

class Stream;

// The part of the engine that streams know.
class StreamHost {
 public:
  virtual ~StreamHost() = default;
  // Queues `stream->work()` for this round.
  virtual void touch(Stream* stream) = 0;
  // Queues it for the next round, after other work had its turn.
  virtual void touch_later(Stream* stream) = 0;
  virtual void emit_connected(Stream* stream) = 0;
  virtual void emit_data(Stream* stream, Chunk chunk) = 0;
  virtual void emit_end(Stream* stream) = 0;
  virtual void emit_drain(Stream* stream) = 0;
  // The stream is over: its handle ends, `closed` is told, the object is freed after this round.
  virtual void retire(Stream* stream, int error) = 0;
  // Buffers of the data path are at their limit: read nothing more for now.
  virtual bool memory_exhausted() const = 0;
};

class Stream {
 public:
  explicit Stream(StreamHost* host) : host_(host) {}
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // How many more bytes the far end's side of this stream should be given now.
  virtual size_t room() const = 0;
  virtual void work() = 0;
  // Ends at once: the far end gets a reset. Calls `die`.
  virtual void abort(int error) = 0;
  // The other end of the splice broke: what it sent before goes out as far as it can at once.
  virtual void break_off() { abort(ECONNRESET); }

  // Queues bytes towards the far end.
  void push(Chunk chunk);
  // FIN after everything that is queued.
  void finish();
  // `n` bytes that came from this stream were taken by whoever got them.
  virtual void consumed(size_t n) = 0;

  // From TypeScript. False asks to wait for `drain`.
  bool write(const uint8_t* data, size_t size);
  void pause() { paused_ = true; }
  void resume();
  // Neither may be joined already.
  static void splice(Stream* a, Stream* b);
  bool joined() const { return peer_ != nullptr; }

  // Null for an own socket.
  virtual class Flow* as_flow() { return nullptr; }

  Handle handle = 0;
  // On the host's lists of this round and of the next.
  bool touched = false;
  bool postponed = false;
  uint64_t received() const { return received_; }
  uint64_t sent() const { return sent_; }
  const FirstBytes& first_bytes() const { return first_bytes_; }
  bool dead() const { return dead_; }

 protected:
  static constexpr size_t kQueueHigh = 512 * 1024;
  static constexpr size_t kScriptHigh = 64 * 1024;

  // Whether input may be passed on, and how much.
  size_t sink_room() const;
  void deliver(Chunk chunk);
  void deliver_end();
  // Bytes from the front of the queue were taken by the far end.
  void sent_from_queue(size_t n);
  // Ends this stream; the spliced peer is reset with it unless both had ended. Idempotent.
  void die(int error);

  StreamHost* host_;
  Stream* peer_ = nullptr;
  ChunkQueue queue_;  // towards the far end
  size_t queued_ = 0;
  uint64_t received_ = 0;
  uint64_t sent_ = 0;
  FirstBytes first_bytes_;
  bool paused_ = true;
  bool finish_requested_ = false;
  bool end_delivered_ = false;
  bool want_drain_ = false;
  bool dead_ = false;
};

}  // namespace sluice
