// Reference-counted byte buffers, shared by packets, queues and retransmission. Single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace sluice {

class Slab {
 public:
  // A new buffer with one reference. Without memory the process ends: there is nothing safe to do.
  static Slab* create(size_t capacity);
  // Bytes of all living slabs together: what `Limits::max_buffer_bytes` bounds.
  static size_t total_bytes() { return total_bytes_; }

  void ref() { ++refs_; }
  void unref();
  uint32_t refs() const { return refs_; }
  uint8_t* data() { return reinterpret_cast<uint8_t*>(this + 1); }
  size_t capacity() const { return capacity_; }

 private:
  explicit Slab(size_t capacity) : capacity_(capacity) {}
  static size_t total_bytes_;
  size_t capacity_;
  uint32_t refs_ = 1;
};

// A window of a slab that keeps it alive. `credit` marks bytes whose source waits to hear that
// they were taken (see Stream::consumed).
class Chunk {
 public:
  Chunk() = default;
  // Takes a reference of its own.
  Chunk(Slab* slab, const uint8_t* data, size_t size, bool credit)
      : slab_(slab), data_(data), size_(size), credit_(credit) {
    slab_->ref();
  }
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;
  Chunk(Chunk&& other) noexcept { swap(other); }
  Chunk& operator=(Chunk&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Chunk() {
    if (slab_) slab_->unref();
  }

  // Bytes copied into a slab of exactly their size.
  static Chunk copy(const uint8_t* data, size_t size, bool credit);

  Slab* slab() const { return slab_; }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  bool credit() const { return credit_; }
  // The first `n` bytes as a chunk of its own, sharing the memory; n <= size().
  Chunk part(size_t n) const { return Chunk(slab_, data_, n, false); }
  // Removes `n` bytes from the front; n <= size().
  void advance(size_t n) {
    data_ += n;
    size_ -= n;
  }
  // Adds the bytes of `other` behind its own where its slab is nobody else's and has room.
  bool append(const Chunk& other);
  // Bytes copied into a slab that has room for more.
  static Chunk gather(const uint8_t* data, size_t size, bool credit);
  // A chunk that must wait while it pins a much larger slab moves to a small one.
  void compact_if_wasteful();

 private:
  void swap(Chunk& other) {
    std::swap(slab_, other.slab_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(credit_, other.credit_);
  }
  Slab* slab_ = nullptr;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
  bool credit_ = false;
};

// Hands out consecutive regions of large slabs, so that many small reads share one allocation.
class SlabWriter {
 public:
  explicit SlabWriter(size_t slab_bytes) : slab_bytes_(slab_bytes) {}
  ~SlabWriter();
  SlabWriter(const SlabWriter&) = delete;
  SlabWriter& operator=(const SlabWriter&) = delete;

  // At least `size` writable bytes (size <= slab_bytes); valid until the next call of reserve.
  uint8_t* reserve(size_t size);
  size_t available() const { return slab_->capacity() - used_; }
  // Keeps the first `size` bytes of the reserved region.
  void commit(size_t size) {
    used_ += (size + 7) & ~size_t{7};
    if (used_ > slab_->capacity()) used_ = slab_->capacity();
  }
  Slab* slab() { return slab_; }

 private:
  size_t slab_bytes_;
  Slab* slab_ = nullptr;
  size_t used_ = 0;
};

}  // namespace sluice
