// lwIP pbufs that refer to slab memory, without copying.
#pragma once

#include "base/slab.h"
#include "lwip/pbuf.h"

namespace sluice {

// A pbuf over `size` bytes of `slab`; it holds a reference until it is freed.
pbuf* make_packet_buffer(Slab* slab, uint8_t* data, size_t size);
// A pbuf with its own copy.
pbuf* copy_packet_buffer(const uint8_t* data, size_t size);
// The bytes of one pbuf made by the functions above, kept alive beyond it.
Chunk chunk_of_packet_buffer(const pbuf* p);

}  // namespace sluice
