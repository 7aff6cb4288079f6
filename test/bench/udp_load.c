// The two ends of the bench's UDP measurement: one paces and counts what it sends, the other counts what
// arrives. Programs at home send every datagram on its own, as most do; the far end sends several with
// one call (UDP_SEGMENT), so that it costs little beside the subject.
//
//   udp_load push  ADDRESS PORT RATE SECONDS SIZE   sends to there
//   udp_load count ADDRESS PORT                     what arrives, until it stops
//   udp_load pull  ADDRESS PORT RATE SECONDS SIZE   asks for datagrams from there, and counts them
//   udp_load serve ADDRESS PORT                     sends what is asked for, once
//
// Prints the number of datagrams.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { kBatch = 32, kMaxSize = 65507, kSocketBuffer = 16 * 1024 * 1024, kTick = 200 * 1000 };

struct job {
  uint32_t rate, seconds, size;
};

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t pace(int fd, const struct job* job, bool together) {
  static char bytes[kBatch * 1500];
  struct iovec part = {bytes, job->size};
  struct mmsghdr messages[kBatch];
  for (int i = 0; i < kBatch; i++) {
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
  }
  int segment = (int)job->size;
  if (together) setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
  double start = now();
  uint64_t sent = 0, total = (uint64_t)job->rate * job->seconds;
  while (sent < total) {
    uint64_t due = (uint64_t)((now() - start) * job->rate);
    if (due > total) due = total;
    while (sent < due) {
      unsigned count = due - sent < kBatch ? (unsigned)(due - sent) : kBatch;
      int done;
      if (together) {
        ssize_t size = send(fd, bytes, (size_t)count * job->size, 0);
        done = size > 0 ? (int)count : 0;
      } else {
        done = sendmmsg(fd, messages, count, 0);
      }
      // A full queue loses it, as it would for any program that does not wait.
      sent += done > 0 ? (uint64_t)done : 1;
    }
    // Behind by more than half a second: it cannot be sent so fast.
    if ((now() - start) > (double)sent / job->rate + 0.5) break;
    struct timespec tick = {0, kTick};
    nanosleep(&tick, NULL);
  }
  return sent;
}

// Until nothing has come for half a second after the first.
static uint64_t count_all(int fd) {
  static char bytes[kBatch][kMaxSize];
  static char control[kBatch][CMSG_SPACE(sizeof(int))];
  struct mmsghdr messages[kBatch];
  struct iovec parts[kBatch];
  uint64_t datagrams = 0;
  struct timeval patience = {15, 0};
  int on = 1;
  setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on);
  for (;;) {
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (int i = 0; i < kBatch; i++) {
      parts[i] = (struct iovec){bytes[i], kMaxSize};
      messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i],
                                            .msg_iovlen = 1,
                                            .msg_control = control[i],
                                            .msg_controllen = sizeof control[i]};
    }
    int count = recvmmsg(fd, messages, kBatch, MSG_WAITFORONE, NULL);
    if (count < 0 && errno == ECONNREFUSED) continue;
    if (count <= 0) return datagrams;
    for (int i = 0; i < count; i++) {
      int segment = 0;
      for (struct cmsghdr* c = CMSG_FIRSTHDR(&messages[i].msg_hdr); c != NULL;
           c = CMSG_NXTHDR(&messages[i].msg_hdr, c)) {
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
          memcpy(&segment, CMSG_DATA(c), sizeof segment);
        }
      }
      unsigned size = messages[i].msg_len;
      datagrams += segment > 0 ? (size + (unsigned)segment - 1) / (unsigned)segment : 1;
    }
    patience = (struct timeval){0, 500 * 1000};
  }
}

static socklen_t parse(const char* host, const char* port, struct sockaddr_storage* out) {
  struct sockaddr_in* in = (void*)out;
  struct sockaddr_in6* in6 = (void*)out;
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)atoi(port));
    return sizeof *in;
  }
  if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1) fail(host);
  in6->sin6_family = AF_INET6;
  in6->sin6_port = htons((uint16_t)atoi(port));
  return sizeof *in6;
}

int main(int argc, char** argv) {
  const char* mode = argc > 1 ? argv[1] : "";
  bool client = strcmp(mode, "push") == 0 || strcmp(mode, "pull") == 0;
  bool server = strcmp(mode, "count") == 0 || strcmp(mode, "serve") == 0;
  if (!(client && argc == 7) && !(server && argc == 4)) {
    fprintf(stderr, "usage: udp_load push|pull ADDRESS PORT RATE SECONDS SIZE, or count|serve ADDRESS PORT\n");
    return 1;
  }
  struct sockaddr_storage address;
  socklen_t size = parse(argv[2], argv[3], &address);
  int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int buffer = kSocketBuffer;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
  struct job job;
  uint64_t result;
  if (client) {
    if (connect(fd, (struct sockaddr*)&address, size) < 0) fail("connect");
    job = (struct job){(uint32_t)atoi(argv[4]), (uint32_t)atoi(argv[5]), (uint32_t)atoi(argv[6])};
    if (job.size > 1500) fail("size");
    if (strcmp(mode, "push") == 0) {
      // Only the way there is measured, not how it is found: one goes first.
      struct timespec wait = {0, 300 * 1000 * 1000};
      if (send(fd, &job, job.size < sizeof job ? job.size : sizeof job, 0) < 0) fail("send");
      nanosleep(&wait, NULL);
      result = pace(fd, &job, false) + 1;
    } else {
      if (send(fd, &job, sizeof job, 0) < 0) fail("send");
      result = count_all(fd);
    }
  } else {
    if (bind(fd, (struct sockaddr*)&address, size) < 0) fail("bind");
    puts("ready");
    fflush(stdout);
    if (strcmp(mode, "count") == 0) {
      result = count_all(fd);
    } else {
      if (recvfrom(fd, &job, sizeof job, 0, (struct sockaddr*)&address, &size) != sizeof job ||
          job.size > 1500 || connect(fd, (struct sockaddr*)&address, size) < 0) {
        fail("request");
      }
      result = pace(fd, &job, true);
    }
  }
  printf("%llu\n", (unsigned long long)result);
  return 0;
}
