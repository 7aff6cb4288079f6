// Everything the native layer counts. X(name): one place for the list, so that nothing is counted
// and then not reported.
#pragma once

#include <cstdint>

namespace sluice {

#define SLUICE_COUNTERS(X)                                                           \
  X(packetsIn)  /* packets read from the device */                                   \
  X(packetsOut) /* packets written to the device */                                  \
  X(bytesIn)    /* their bytes, IP headers included */                               \
  X(bytesOut)                                                                        \
  X(writeDropped)     /* the device's queue was full */                              \
  X(malformed)        /* failed the header checks */                                 \
  X(badChecksum)      /* transport checksum wrong */                                 \
  X(fragments)        /* IP fragments, not reassembled */                            \
  X(badAddress)       /* an address that no host can have */                         \
  X(otherProtocol)    /* neither TCP nor UDP */                                      \
  X(strayTcp)         /* a TCP packet of no known flow, answered with RST */         \
  X(flowsOpened)      /* SYNs held */                                                \
  X(flowsEstablished) /* handshakes finished */                                      \
  X(synDropped)       /* SYNs beyond maxFlows or maxHalfOpen */                      \
  X(ownFlowsRefused)  /* the breaker: our own socket came back through the device */ \
  X(noMemory)         /* packets dropped at maxBufferBytes */                        \
  X(udpSessionsOpened)                                                               \
  X(udpDropped)  /* datagrams beyond a session's or the table's limits */            \
  X(udpRefused)  /* datagrams answered with ICMP or dropped by rule */               \
  X(udpBadReply) /* relay datagrams with a bad or foreign header */

struct Counters {
#define X(name) uint64_t name = 0;
  SLUICE_COUNTERS(X)
#undef X
};

}  // namespace sluice
