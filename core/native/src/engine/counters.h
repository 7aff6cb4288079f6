// Everything the native layer counts. X(name): one place for the list, so that nothing is counted
// and then not reported.
#pragma once

#include <cstdint>

namespace sluice {

#define SLUICE_COUNTERS(X)                                                                      \
  X(packetsIn)  /* packets read from the device */                                              \
  X(packetsOut) /* packets written to the device */                                             \
  X(bytesIn)    /* their bytes, IP headers included */                                          \
  X(bytesOut)                                                                                   \
  X(writeDropped)     /* the device's queue was full */                                         \
  X(malformed)        /* failed the header checks */                                            \
  X(badChecksum)      /* transport checksum wrong */                                            \
  X(fragments)        /* IP fragments read */                                                   \
  X(reassembled)      /* datagrams made of them */                                              \
  X(fragmentsDropped) /* overlapping, late, beyond the limits, or of no sense */                \
  X(badAddress)       /* an address that no host can have */                                    \
  X(otherProtocol)    /* neither TCP nor UDP nor an echo request */                             \
  X(strayTcp)         /* a TCP packet of no known flow, answered with RST */                    \
  X(flowsOpened)      /* SYNs held */                                                           \
  X(flowsEstablished) /* handshakes finished */                                                 \
  X(synDropped)       /* SYNs beyond maxFlows or maxHalfOpen */                                 \
  X(ownFlowsRefused)  /* the breaker: our own socket came back through the device */            \
  X(noMemory)         /* packets dropped at maxBufferBytes */                                   \
  X(echoAnswered)     /* echo replies to the application */                                     \
  X(echoDropped)      /* echo requests and replies dropped by setting, limit or a full queue */ \
  X(echoRefused)      /* echo requests answered with an error, or dropped by rule */            \
  X(hopsExceeded)     /* packets whose hop limit ended here */                                  \
  X(probesAnswered)   /* datagrams of traceroute */                                             \
  X(icmpSuppressed)   /* ICMP errors beyond the rate limit */                                   \
  X(udpSessionsOpened)                                                                          \
  X(udpDropped)     /* datagrams beyond a session's or the table's limits */                    \
  X(udpRefused)     /* datagrams answered with ICMP or dropped by rule */                       \
  X(udpSendDropped) /* datagrams that an own socket would not take */                           \
  X(udpTooBig)      /* ... that may not be fragmented and do not fit the path */                \
  X(udpErrors)      /* errors from the network that were passed on */                           \
  X(udpFiltered)    /* datagrams of third parties, without endpoint-independent-nat */          \
  X(udpBadReply)    /* relay datagrams with a bad or foreign header */

struct Counters {
#define X(name) uint64_t name = 0;
  SLUICE_COUNTERS(X)
#undef X
};

}  // namespace sluice
