// When something happened for the first time, by the clock that nobody sets. The clock is asked
// once; afterwards noting it again is one comparison.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

class Moment {
 public:
  void note() {
    if (at_ == 0) at_ = now();
  }
  // Milliseconds since then; -1: it has not happened.
  double age_ms() const { return at_ == 0 ? -1 : static_cast<double>(now() - at_) / 1e6; }

 private:
  static int64_t now() {
    auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
  }
  int64_t at_ = 0;
};

// The first byte of payload in each direction, named as the counts of bytes are.
struct FirstBytes {
  Moment received;
  Moment sent;
};

}  // namespace sluice
