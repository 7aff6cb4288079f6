// Where a flow came from before a firewall rewrote its source address (masquerading, as container
// engines and hypervisors have it set up), by the kernel's connection tracking. Keeps nothing
// between calls; a look-up costs microseconds.
#pragma once

#include "wire/endpoint.h"

namespace sluice {

// `source` and `destination` as the packet has them now. False where it came from there.
bool find_origin(bool udp, const Endpoint& source, const Endpoint& destination, Endpoint* out);

}  // namespace sluice
