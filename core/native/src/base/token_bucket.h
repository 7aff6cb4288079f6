// A rate limit: so much at once, and so much a second.
#pragma once

#include <algorithm>
#include <cstdint>

namespace sluice {

class TokenBucket {
 public:
  TokenBucket(uint64_t per_second, uint64_t burst)
      : per_second_(per_second), burst_(burst * 1000), left_(burst * 1000) {}

  // False where there is not enough; nothing is taken then. `now` in milliseconds.
  bool take(uint64_t now, uint64_t cost) {
    uint64_t passed = std::min<uint64_t>(now - last_, 60'000);
    last_ = now;
    left_ = std::min(burst_, left_ + passed * per_second_);
    if (left_ < cost * 1000) return false;
    left_ -= cost * 1000;
    return true;
  }

 private:
  uint64_t per_second_;
  uint64_t burst_;  // thousandths, as is what is left
  uint64_t left_;
  uint64_t last_ = 0;
};

}  // namespace sluice
