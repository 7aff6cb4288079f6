// Functions that lwIP calls instead of its own (see lwipopts.h); defined in src/stack/lwip_port.cc.
#ifndef SLUICE_LWIP_HOOKS_H
#define SLUICE_LWIP_HOOKS_H

#include "lwip/ip_addr.h"

#ifdef __cplusplus
extern "C" {
#endif

// Unpredictable initial sequence numbers (RFC 6528).
u32_t sluice_tcp_isn(const ip_addr_t *local_ip, u16_t local_port, const ip_addr_t *remote_ip,
                     u16_t remote_port);

#ifdef __cplusplus
}
#endif

#endif
