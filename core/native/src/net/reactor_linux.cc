#include <sys/epoll.h>
#include <unistd.h>

#include <cstdlib>

#include "net/reactor.h"

namespace sluice {

Reactor::Reactor() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (fd_ < 0) std::abort();
}

Reactor::~Reactor() { ::close(fd_); }

bool Reactor::add(int fd, Watcher* watcher, bool level) {
  epoll_event event{};
  event.events = level ? EPOLLIN : (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  event.data.ptr = watcher;
  return ::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void Reactor::remove(int fd) { ::epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr); }

int Reactor::poll() {
  epoll_event events[256];
  int n = ::epoll_wait(fd_, events, 256, 0);
  for (int i = 0; i < n; ++i) {
    uint32_t e = events[i].events;
    bool failed = e & (EPOLLERR | EPOLLHUP);
    bool hangup = failed || (e & EPOLLRDHUP);
    static_cast<Watcher*>(events[i].data.ptr)
        ->on_ready(hangup || (e & EPOLLIN), failed || (e & EPOLLOUT), hangup);
  }
  return n;
}

}  // namespace sluice
