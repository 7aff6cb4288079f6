#include "base/slab.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace sluice {

namespace {
// Below this a queued chunk is cheaper to copy than to let it pin its slab.
constexpr size_t kWorthPinning = 4096;
// What small chunks are gathered in.
constexpr size_t kGatherBytes = 4096;
}  // namespace

size_t Slab::total_bytes_ = 0;

Slab* Slab::create(size_t capacity) {
  void* memory = std::malloc(sizeof(Slab) + capacity);
  if (!memory) std::abort();
  total_bytes_ += capacity;
  return new (memory) Slab(capacity);
}

void Slab::unref() {
  if (--refs_ > 0) return;
  total_bytes_ -= capacity_;
  this->~Slab();
  std::free(this);
}

Chunk Chunk::copy(const uint8_t* data, size_t size, bool credit) {
  Slab* slab = Slab::create(size);
  std::memcpy(slab->data(), data, size);
  Chunk chunk(slab, slab->data(), size, credit);
  slab->unref();
  return chunk;
}

Chunk Chunk::gather(const uint8_t* data, size_t size, bool credit) {
  Slab* slab = Slab::create(size < kGatherBytes ? kGatherBytes : size);
  std::memcpy(slab->data(), data, size);
  Chunk chunk(slab, slab->data(), size, credit);
  slab->unref();
  return chunk;
}

bool Chunk::append(const Chunk& other) {
  size_t used = static_cast<size_t>(data_ - slab_->data()) + size_;
  if (slab_->refs() != 1 || credit_ != other.credit_ || slab_->capacity() - used < other.size_) {
    return false;
  }
  std::memcpy(slab_->data() + used, other.data_, other.size_);
  size_ += other.size_;
  return true;
}

void Chunk::compact_if_wasteful() {
  if (size_ < kWorthPinning && slab_->capacity() > kGatherBytes + size_) {
    *this = copy(data_, size_, credit_);
  }
}

SlabWriter::~SlabWriter() {
  if (slab_) slab_->unref();
}

uint8_t* SlabWriter::reserve(size_t size) {
  // Nobody else holds it: all of it is free again.
  if (slab_ && slab_->refs() == 1) used_ = 0;
  if (!slab_ || available() < size) {
    if (slab_) slab_->unref();
    slab_ = nullptr;
    slab_ = Slab::create(slab_bytes_);
    used_ = 0;
  }
  return slab_->data() + used_;
}

}  // namespace sluice
