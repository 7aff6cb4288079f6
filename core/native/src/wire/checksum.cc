#include "wire/checksum.h"

#include <arpa/inet.h>

#include <cstring>

namespace sluice {

namespace {

uint64_t sum_words(const uint8_t* bytes, size_t size) {
  uint64_t sum = 0;
  while (size >= 4) {
    uint32_t word;
    std::memcpy(&word, bytes, 4);
    sum += word;
    bytes += 4;
    size -= 4;
  }
  if (size >= 2) {
    uint16_t word;
    std::memcpy(&word, bytes, 2);
    sum += word;
    bytes += 2;
    size -= 2;
  }
  if (size == 1) {
    uint16_t word = 0;
    std::memcpy(&word, bytes, 1);
    sum += word;
  }
  return sum;
}

uint16_t fold(uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

}  // namespace

void ChecksumSum::add(const void* data, size_t size) {
  uint16_t part = fold(sum_words(static_cast<const uint8_t*>(data), size));
  if (odd_) part = static_cast<uint16_t>((part << 8) | (part >> 8));
  sum_ += part;
  if (size & 1) odd_ = !odd_;
}

void ChecksumSum::add_pseudo_header(const Endpoint& src, const Endpoint& dst, uint8_t protocol,
                                    uint32_t length) {
  add(src.address, src.address_size());
  add(dst.address, dst.address_size());
  uint32_t tail[2] = {htonl(length), htonl(protocol)};
  add(tail, sizeof(tail));
}

uint16_t ChecksumSum::folded() const { return fold(sum_); }

}  // namespace sluice
