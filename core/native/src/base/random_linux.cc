#include <sys/random.h>

#include <cstdlib>

#include "base/random.h"

namespace sluice {

uint64_t random64() {
  // One system call serves many numbers: a sequence number is drawn for every connection.
  static uint64_t pool[64];
  static size_t left = 0;
  if (left == 0) {
    if (getrandom(pool, sizeof(pool), 0) != sizeof(pool)) std::abort();
    left = 64;
  }
  return pool[--left];
}

}  // namespace sluice

extern "C" unsigned int sluice_random32(void) {
  return static_cast<unsigned int>(sluice::random64());
}
