// The UDP half of the bench's SOCKS5 server (RFC 1928 section 7): as fast as the kernel lets one thread
// be, so that what is measured is the subject and not the relay behind it.
#pragma once

#include <netinet/in.h>
#include <stdint.h>

struct association;

// Readable when `poll_associations` should be called.
int associations_fd(void);
void poll_associations(void);
// NULL where there is no socket. `bound` is where the client shall send to.
struct association* open_association(const struct sockaddr_in* relay, struct sockaddr_in* bound);
void close_association(struct association* association);
