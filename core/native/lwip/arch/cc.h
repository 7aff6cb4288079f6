// Compiler and platform glue for lwIP.
#ifndef SLUICE_LWIP_ARCH_CC_H
#define SLUICE_LWIP_ARCH_CC_H

#include <stdio.h>
#include <stdlib.h>

#define LWIP_NO_UNISTD_H 1
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS 1
#define LWIP_PLATFORM_DIAG(x)
// A broken invariant inside lwIP means memory can no longer be trusted: stop, and let the journal
// restore the machine.
#define LWIP_PLATFORM_ASSERT(x)                                                            \
  do {                                                                                     \
    fprintf(stderr, "sluice: lwIP assertion failed: %s (%s:%d)\n", x, __FILE__, __LINE__); \
    abort();                                                                               \
  } while (0)

#ifdef __cplusplus
extern "C" {
#endif
unsigned int sluice_random32(void);
#ifdef __cplusplus
}
#endif
#define LWIP_RAND() sluice_random32()

#endif
