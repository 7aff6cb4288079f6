#include "stack/packet_buffer.h"

#include <cstring>
#include <vector>

namespace sluice {

namespace {

struct PacketBuffer {
  pbuf_custom custom;  // first, so that lwIP's pointer is ours
  Slab* slab;
};

// One for every packet in flight: worth not asking malloc each time.
std::vector<PacketBuffer*>& spares() {
  // Never destroyed, so that what it holds stays reachable to the end.
  static auto* list = new std::vector<PacketBuffer*>();
  return *list;
}
constexpr size_t kMaxSpares = 1024;

void free_packet_buffer(pbuf* p) {
  auto* buffer = reinterpret_cast<PacketBuffer*>(p);
  buffer->slab->unref();
  if (spares().size() < kMaxSpares) {
    spares().push_back(buffer);
  } else {
    delete buffer;
  }
}

}  // namespace

pbuf* make_packet_buffer(Slab* slab, uint8_t* data, size_t size) {
  PacketBuffer* buffer;
  if (spares().empty()) {
    buffer = new PacketBuffer();
  } else {
    buffer = spares().back();
    spares().pop_back();
  }
  slab->ref();
  buffer->slab = slab;
  buffer->custom.custom_free_function = free_packet_buffer;
  return pbuf_alloced_custom(PBUF_RAW, static_cast<u16_t>(size), PBUF_REF, &buffer->custom, data,
                             static_cast<u16_t>(size));
}

pbuf* copy_packet_buffer(const uint8_t* data, size_t size) {
  Slab* slab = Slab::create(size);
  std::memcpy(slab->data(), data, size);
  pbuf* p = make_packet_buffer(slab, slab->data(), size);
  slab->unref();
  return p;
}

Chunk chunk_of_packet_buffer(const pbuf* p) {
  auto* buffer = reinterpret_cast<const PacketBuffer*>(p);
  return Chunk(buffer->slab, static_cast<const uint8_t*>(p->payload), p->len, true);
}

}  // namespace sluice
