// The fuzzer's input as a stream of decisions. What is past the end reads as zero.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice::fuzz {

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), left_(size) {}

  bool empty() const { return left_ == 0; }
  uint8_t byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  // Below `n`, which is at most 256.
  size_t below(size_t n) { return byte() % n; }
  bool flag() { return byte() & 1; }
  // As many as are left, up to `n`; `*size` says how many.
  const uint8_t* take(size_t n, size_t* size) {
    *size = std::min(n, left_);
    const uint8_t* start = data_;
    data_ += *size;
    left_ -= *size;
    return start;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

}  // namespace sluice::fuzz
