// The SOCKS5 server of the bench: the least that a plain C relay costs, so that what is measured is
// the subject and not the server behind it. Debian's servers are good at one thing each: danted
// relays fast and accepts slowly, microsocks the other way round.
//
// One thread, level-triggered epoll, no authentication, IP literals only (RFC 1928): CONNECT, and UDP
// ASSOCIATE in udp_relay.c.
// Usage: socks_relay ADDRESS PORT (ADDRESS is IPv4).

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "udp_relay.h"

enum { kBufferSize = 128 * 1024, kHandshakeSize = 512, kBatch = 256 };

enum state { kGreeting, kRequest, kConnecting, kRelaying, kAssociated, kClosed };

// One socket. `pending` holds what its peer sent and it did not take yet.
struct side {
  int fd;
  uint32_t interest;
  bool ended;     // Its FIN was read.
  bool finished;  // Our FIN was sent.
  char* pending;
  size_t pending_offset, pending_size;
  struct side* peer;
  struct flow* flow;
};

struct flow {
  enum state state;
  struct side client, remote;
  unsigned char handshake[kHandshakeSize];
  size_t handshake_size;
  struct association* association;
  struct flow* next_dead;
};

static int epoll_fd;
static struct flow* dead;  // Freed after each batch: a later event of it may name them.
static char buffer[kBufferSize];

static void watch(struct side* side, uint32_t interest) {
  if (side->fd < 0 || side->interest == interest) return;
  struct epoll_event event = {.events = interest, .data.ptr = side};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, side->fd, &event);
  side->interest = interest;
}

static void enroll(struct side* side, uint32_t interest) {
  struct epoll_event event = {.events = interest, .data.ptr = side};
  side->interest = interest;
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, side->fd, &event);
  int on = 1;
  setsockopt(side->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void close_flow(struct flow* flow, bool reset) {
  if (flow->state == kClosed) return;
  flow->state = kClosed;
  if (flow->association != NULL) close_association(flow->association);
  struct side* sides[] = {&flow->client, &flow->remote};
  for (int i = 0; i < 2; i++) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    if (sides[i]->fd < 0) continue;
    if (reset) setsockopt(sides[i]->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(sides[i]->fd);
    free(sides[i]->pending);
  }
  flow->next_dead = dead;
  dead = flow;
}

static void update_interest(struct side* side) {
  uint32_t interest = 0;
  if (!side->ended && side->peer->pending_size == 0) interest |= EPOLLIN;
  if (side->pending_size > 0) interest |= EPOLLOUT;
  watch(side, interest);
}

// Passes a FIN on once everything before it was taken; closes the flow after the second.
static void pass_end(struct side* from) {
  struct side* to = from->peer;
  if (!from->ended || to->pending_size > 0 || to->finished) return;
  shutdown(to->fd, SHUT_WR);
  to->finished = true;
  if (from->finished) close_flow(from->flow, false);
}

// False: the flow is closed.
static bool deliver(struct side* to, const char* bytes, size_t size) {
  ssize_t sent = send(to->fd, bytes, size, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) {
    close_flow(to->flow, true);
    return false;
  }
  size_t done = sent < 0 ? 0 : (size_t)sent;
  if (done == size) return true;
  if (to->pending == NULL) to->pending = malloc(kBufferSize);
  memcpy(to->pending, bytes + done, size - done);
  to->pending_offset = 0;
  to->pending_size = size - done;
  return true;
}

static void relay(struct side* side, uint32_t events) {
  struct flow* flow = side->flow;
  if (side->pending_size > 0 && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
    ssize_t sent =
        send(side->fd, side->pending + side->pending_offset, side->pending_size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return close_flow(flow, true);
    if (sent > 0) side->pending_offset += (size_t)sent, side->pending_size -= (size_t)sent;
    if (side->pending_size == 0) {
      free(side->pending);
      side->pending = NULL;
      pass_end(side->peer);
      if (flow->state == kClosed) return;
    }
  }
  if (!side->ended && side->peer->pending_size == 0 &&
      (events & (EPOLLIN | EPOLLERR | EPOLLHUP))) {
    ssize_t size = recv(side->fd, buffer, kBufferSize, 0);
    if (size < 0 && errno != EAGAIN) return close_flow(flow, true);
    if (size > 0 && !deliver(side->peer, buffer, (size_t)size)) return;
    if (size == 0) {
      side->ended = true;
      pass_end(side);
      if (flow->state == kClosed) return;
    }
  }
  update_interest(side);
  update_interest(side->peer);
}

static void reply(struct flow* flow, unsigned char code) {
  unsigned char message[10] = {5, code, 0, 1};
  if (send(flow->client.fd, message, sizeof message, MSG_NOSIGNAL) < 0 || code != 0) {
    close_flow(flow, false);
  }
}

static unsigned char code_of(int error) {
  if (error == ECONNREFUSED) return 5;
  if (error == EHOSTUNREACH || error == ETIMEDOUT) return 4;
  if (error == ENETUNREACH) return 3;
  return 1;
}

static void begin_connect(struct flow* flow, const struct sockaddr* address, socklen_t size) {
  int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return reply(flow, 1);
  flow->remote.fd = fd;
  if (connect(fd, address, size) < 0 && errno != EINPROGRESS) return reply(flow, code_of(errno));
  flow->state = kConnecting;
  enroll(&flow->remote, EPOLLOUT);
  watch(&flow->client, 0);
}

static void associate(struct flow* flow) {
  struct sockaddr_in relay, bound;
  socklen_t size = sizeof relay;
  getsockname(flow->client.fd, (struct sockaddr*)&relay, &size);
  flow->association = open_association(&relay, &bound);
  if (flow->association == NULL) return reply(flow, 1);
  unsigned char message[10] = {5, 0, 0, 1};
  memcpy(message + 4, &bound.sin_addr, 4);
  memcpy(message + 8, &bound.sin_port, 2);
  flow->state = kAssociated;
  if (send(flow->client.fd, message, sizeof message, MSG_NOSIGNAL) < 0) close_flow(flow, false);
}

// The association lives as long as this connection.
static void watch_association(struct flow* flow) {
  ssize_t size = recv(flow->client.fd, buffer, kBufferSize, 0);
  if (size == 0 || (size < 0 && errno != EAGAIN)) close_flow(flow, false);
}

static void consume(struct flow* flow, size_t size) {
  flow->handshake_size -= size;
  memmove(flow->handshake, flow->handshake + size, flow->handshake_size);
}

// RFC 1928 sections 3 and 4. Bytes behind the request wait for the relay.
static void negotiate(struct flow* flow) {
  size_t room = kHandshakeSize - flow->handshake_size;
  ssize_t size = recv(flow->client.fd, flow->handshake + flow->handshake_size, room, 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) return close_flow(flow, false);
  flow->handshake_size += (size_t)size;
  const unsigned char* bytes = flow->handshake;
  if (flow->state == kGreeting) {
    if (flow->handshake_size < 2 || flow->handshake_size < 2u + bytes[1]) return;
    if (bytes[0] != 5) return close_flow(flow, false);
    if (send(flow->client.fd, "\5\0", 2, MSG_NOSIGNAL) < 0) return close_flow(flow, false);
    consume(flow, 2u + bytes[1]);
    flow->state = kRequest;
  }
  if (flow->handshake_size < 4) return;
  if (bytes[1] == 3) return associate(flow);
  if (bytes[1] != 1) return reply(flow, 7);
  if (bytes[3] == 1 && flow->handshake_size >= 10) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    memcpy(&address.sin_addr, bytes + 4, 4);
    memcpy(&address.sin_port, bytes + 8, 2);
    consume(flow, 10);
    begin_connect(flow, (struct sockaddr*)&address, sizeof address);
  } else if (bytes[3] == 4 && flow->handshake_size >= 22) {
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    memcpy(&address.sin6_addr, bytes + 4, 16);
    memcpy(&address.sin6_port, bytes + 20, 2);
    consume(flow, 22);
    begin_connect(flow, (struct sockaddr*)&address, sizeof address);
  } else if (bytes[3] != 1 && bytes[3] != 4) {
    reply(flow, 8);
  }
}

static void finish_connect(struct flow* flow) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(flow->remote.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  reply(flow, error == 0 ? 0 : code_of(error));
  if (flow->state == kClosed) return;
  flow->state = kRelaying;
  if (flow->handshake_size > 0 &&
      !deliver(&flow->remote, (char*)flow->handshake, flow->handshake_size)) {
    return;
  }
  update_interest(&flow->client);
  update_interest(&flow->remote);
}

static void accept_all(int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct flow* flow = calloc(1, sizeof *flow);
    flow->client = (struct side){.fd = fd, .peer = &flow->remote, .flow = flow};
    flow->remote = (struct side){.fd = -1, .peer = &flow->client, .flow = flow};
    enroll(&flow->client, EPOLLIN);
  }
}

static int listen_on(const char* host, const char* port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) return -1;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr*)&address, sizeof address) < 0 || listen(fd, 4096) < 0) return -1;
  return fd;
}

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  int listener = argc == 3 ? listen_on(argv[1], argv[2]) : -1;
  if (listener < 0) {
    fprintf(stderr, "socks_relay: cannot listen; usage: socks_relay IPV4 PORT\n");
    return 1;
  }
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
  static int udp;
  event.data.ptr = &udp;
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, associations_fd(), &event);
  struct epoll_event events[kBatch];
  for (;;) {
    int count = epoll_wait(epoll_fd, events, kBatch, -1);
    for (int i = 0; i < count; i++) {
      struct side* side = events[i].data.ptr;
      if (side == NULL) {
        accept_all(listener);
        continue;
      }
      if (events[i].data.ptr == &udp) {
        poll_associations();
        continue;
      }
      struct flow* flow = side->flow;
      if (flow->state == kClosed) continue;
      if (flow->state == kRelaying) relay(side, events[i].events);
      else if (flow->state == kConnecting && side == &flow->remote) finish_connect(flow);
      else if (flow->state == kConnecting) close_flow(flow, true);
      else if (flow->state == kAssociated) watch_association(flow);
      else negotiate(flow);
    }
    while (dead != NULL) {
      struct flow* flow = dead;
      dead = flow->next_dead;
      free(flow);
    }
  }
}
