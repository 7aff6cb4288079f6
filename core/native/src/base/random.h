// Random numbers from the operating system, for sequence numbers and hash seeds.
#pragma once

#include <cstdint>

namespace sluice {

uint64_t random64();

}  // namespace sluice
