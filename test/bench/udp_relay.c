#define _GNU_SOURCE
#include "udp_relay.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
  kMessages = 16,
  kMaxMessage = 65535,
  kMaxSegments = 64,
  kMaxSend = 65000,
  kSocketBuffer = 16 * 1024 * 1024,
  kHeader4 = 10,
  kHeader6 = 22,
};

struct end {
  int fd;
  bool is_client;
  struct association* association;
};

struct association {
  struct end client, remote4, remote6;
  struct sockaddr_in peer;  // the client's address, once it has spoken
  bool peer_known;
  bool closed;
  struct association* next_dead;
};

// Datagrams of one size for one receiver, sent as one (UDP_SEGMENT).
static struct {
  int fd;
  struct sockaddr_storage to;
  socklen_t to_size;
  size_t segment, total, count, parts;
  bool open;
  struct iovec iov[2 * kMaxSegments];
  unsigned char headers[kMaxSegments][kHeader6];
} group;

static struct association* dead;
static int epoll_fd = -1;

int associations_fd(void) {
  if (epoll_fd < 0) epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  return epoll_fd;
}

static void flush(void) {
  if (group.count == 0) return;
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
  } control;
  struct msghdr message = {.msg_name = &group.to,
                           .msg_namelen = group.to_size,
                           .msg_iov = group.iov,
                           .msg_iovlen = group.parts};
  if (group.count > 1) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.header.cmsg_level = SOL_UDP;
    control.header.cmsg_type = UDP_SEGMENT;
    control.header.cmsg_len = CMSG_LEN(sizeof(uint16_t));
    uint16_t segment = (uint16_t)group.segment;
    memcpy(CMSG_DATA(&control.header), &segment, sizeof segment);
  }
  (void)sendmsg(group.fd, &message, MSG_NOSIGNAL);
  group.count = group.parts = group.total = 0;
}

static void add(int fd, const void* to, socklen_t to_size, const unsigned char* header,
                size_t header_size, const unsigned char* data, size_t size) {
  size_t whole = header_size + size;
  bool joins = group.count > 0 && group.open && group.fd == fd && group.to_size == to_size &&
               memcmp(&group.to, to, to_size) == 0 && whole > 0 && whole <= group.segment &&
               group.total + whole <= kMaxSend && group.count < kMaxSegments;
  if (!joins) {
    flush();
    group.fd = fd;
    memcpy(&group.to, to, to_size);
    group.to_size = to_size;
    group.segment = whole;
    group.open = whole > 0;
  }
  if (header_size > 0) {
    memcpy(group.headers[group.count], header, header_size);
    group.iov[group.parts++] = (struct iovec){group.headers[group.count], header_size};
  }
  group.iov[group.parts++] = (struct iovec){(void*)data, size};
  group.total += whole;
  group.count++;
  if (whole < group.segment) group.open = false;
}

static void from_client(struct association* a, const unsigned char* data, size_t size) {
  if (size < 4 || data[2] != 0) return;
  if (data[3] == 1 && size >= kHeader4) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    memcpy(&to.sin_addr, data + 4, 4);
    memcpy(&to.sin_port, data + 8, 2);
    add(a->remote4.fd, &to, sizeof to, NULL, 0, data + kHeader4, size - kHeader4);
  } else if (data[3] == 4 && size >= kHeader6) {
    struct sockaddr_in6 to = {.sin6_family = AF_INET6};
    memcpy(&to.sin6_addr, data + 4, 16);
    memcpy(&to.sin6_port, data + 20, 2);
    add(a->remote6.fd, &to, sizeof to, NULL, 0, data + kHeader6, size - kHeader6);
  }
}

static void from_remote(struct association* a, const struct sockaddr_storage* from,
                        const unsigned char* data, size_t size) {
  unsigned char header[kHeader6] = {0};
  size_t header_size = kHeader4;
  if (!a->peer_known) return;
  if (from->ss_family == AF_INET) {
    const struct sockaddr_in* in = (const void*)from;
    header[3] = 1;
    memcpy(header + 4, &in->sin_addr, 4);
    memcpy(header + 8, &in->sin_port, 2);
  } else {
    const struct sockaddr_in6* in6 = (const void*)from;
    header[3] = 4;
    memcpy(header + 4, &in6->sin6_addr, 16);
    memcpy(header + 20, &in6->sin6_port, 2);
    header_size = kHeader6;
  }
  add(a->client.fd, &a->peer, sizeof a->peer, header, header_size, data, size);
}

static void receive(struct end* end) {
  static unsigned char bytes[kMessages][kMaxMessage];
  static char control[kMessages][CMSG_SPACE(sizeof(int))];
  static struct sockaddr_storage names[kMessages];
  struct mmsghdr messages[kMessages];
  struct iovec parts[kMessages];
  for (int i = 0; i < kMessages; i++) {
    parts[i] = (struct iovec){bytes[i], kMaxMessage};
    messages[i].msg_hdr = (struct msghdr){.msg_name = &names[i],
                                          .msg_namelen = sizeof names[i],
                                          .msg_iov = &parts[i],
                                          .msg_iovlen = 1,
                                          .msg_control = control[i],
                                          .msg_controllen = sizeof control[i]};
  }
  int count = recvmmsg(end->fd, messages, kMessages, MSG_DONTWAIT, NULL);
  struct association* a = end->association;
  for (int i = 0; i < count; i++) {
    size_t size = messages[i].msg_len, segment = size;
    for (struct cmsghdr* c = CMSG_FIRSTHDR(&messages[i].msg_hdr); c != NULL;
         c = CMSG_NXTHDR(&messages[i].msg_hdr, c)) {
      int value;
      if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO) continue;
      memcpy(&value, CMSG_DATA(c), sizeof value);
      segment = (size_t)value;
    }
    if (end->is_client && !a->peer_known) {
      memcpy(&a->peer, &names[i], sizeof a->peer);
      a->peer_known = true;
    }
    for (size_t at = 0; at < size; at += segment) {
      size_t part = size - at < segment ? size - at : segment;
      if (end->is_client) from_client(a, bytes[i] + at, part);
      else from_remote(a, &names[i], bytes[i] + at, part);
    }
  }
  // The bytes are overwritten by the next call.
  flush();
}

void poll_associations(void) {
  struct epoll_event events[64];
  int count = epoll_wait(associations_fd(), events, 64, 0);
  for (int i = 0; i < count; i++) {
    struct end* end = events[i].data.ptr;
    if (!end->association->closed) receive(end);
  }
  while (dead != NULL) {
    struct association* next = dead->next_dead;
    free(dead);
    dead = next;
  }
}

static bool enroll(struct end* end, struct association* a, int family, bool is_client) {
  end->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (end->fd < 0) return false;
  end->association = a;
  end->is_client = is_client;
  int on = 1, size = kSocketBuffer;
  setsockopt(end->fd, SOL_UDP, UDP_GRO, &on, sizeof on);
  setsockopt(end->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(end->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = end};
  return epoll_ctl(associations_fd(), EPOLL_CTL_ADD, end->fd, &event) == 0;
}

struct association* open_association(const struct sockaddr_in* relay, struct sockaddr_in* bound) {
  struct association* a = calloc(1, sizeof *a);
  a->client.fd = a->remote4.fd = a->remote6.fd = -1;
  *bound = *relay;
  bound->sin_port = 0;
  socklen_t size = sizeof *bound;
  if (enroll(&a->client, a, AF_INET, true) && enroll(&a->remote4, a, AF_INET, false) &&
      enroll(&a->remote6, a, AF_INET6, false) &&
      bind(a->client.fd, (struct sockaddr*)bound, size) == 0 &&
      getsockname(a->client.fd, (struct sockaddr*)bound, &size) == 0) {
    return a;
  }
  close_association(a);
  return NULL;
}

void close_association(struct association* a) {
  a->closed = true;
  struct end* ends[] = {&a->client, &a->remote4, &a->remote6};
  for (int i = 0; i < 3; i++) {
    if (ends[i]->fd >= 0) close(ends[i]->fd);
  }
  a->next_dead = dead;
  dead = a;
}
