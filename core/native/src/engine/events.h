// What happens in the native layer and TypeScript must hear of. Events are queued while packets and
// sockets are worked on, and delivered afterwards, so that no handler runs inside other work.
#pragma once

#include <cstdint>
#include <deque>

#include "base/handle_table.h"
#include "base/moment.h"
#include "base/slab.h"
#include "wire/endpoint.h"

namespace sluice {

enum class EventKind {
  kFlow,        // handle, src, dst, dscp
  kConnected,   // handle
  kData,        // handle, data
  kEnd,         // handle
  kDrain,       // handle
  kClosed,      // handle, error, received, sent, first_bytes
  kUdpPeer,     // handle, src, dst, dscp
  kUdpData,     // handle, dst, data
  kUdpMore,     // handle, dst
  kUdpClosed,   // handle, received, sent, first_bytes
  kEcho,        // handle, src (its port is the id), dst
  kEchoClosed,  // handle, received, sent
  kDeviceLost,  // error
};

struct Event {
  EventKind kind = EventKind::kFlow;
  Handle handle = 0;
  Endpoint src;
  Endpoint dst;
  uint8_t dscp = 0;
  Chunk data;
  int error = 0;
  uint64_t received = 0;
  uint64_t sent = 0;
  FirstBytes first_bytes;

  Event() = default;
  Event(EventKind k, Handle h) : kind(k), handle(h) {}
};

using EventQueue = std::deque<Event>;

}  // namespace sluice
