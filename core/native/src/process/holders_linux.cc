#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <unordered_set>
#include <utility>

#include "process/holders.h"

namespace sluice {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using Dir = std::unique_ptr<DIR, CloseDir>;

// Empty where it cannot be read.
std::string read_link(int dir, const char* name) {
  char target[PATH_MAX];
  ssize_t size = ::readlinkat(dir, name, target, sizeof(target));
  return size > 0 ? std::string(target, static_cast<size_t>(size)) : "";
}

// "socket:[12345]"; 0 for anything else.
uint32_t socket_inode(const std::string& target) {
  static const char kBefore[] = "socket:[";
  if (target.compare(0, sizeof(kBefore) - 1, kBefore) != 0) return 0;
  return static_cast<uint32_t>(std::strtoul(target.c_str() + sizeof(kBefore) - 1, nullptr, 10));
}

std::string program_path(const std::string& folder) {
  static const std::string kGone = " (deleted)";
  std::string path = read_link(AT_FDCWD, (folder + "/exe").c_str());
  size_t kept = path.size() - kGone.size();
  bool is_gone = path.size() > kGone.size() && path.compare(kept, kGone.size(), kGone) == 0;
  return is_gone ? path.substr(0, kept) : path;
}

std::string process_name(const std::string& folder) {
  int fd = ::open((folder + "/comm").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  char text[64];
  ssize_t size = ::read(fd, text, sizeof(text));
  ::close(fd);
  std::string name(text, size > 0 ? static_cast<size_t>(size) : 0);
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

// The newest first: who has been running for long was found before, and who has just begun may
// soon be gone.
std::vector<int> all_processes() {
  std::vector<int> pids;
  Dir processes(::opendir("/proc"));
  while (dirent* entry = processes ? ::readdir(processes.get()) : nullptr) {
    int pid = std::atoi(entry->d_name);
    if (pid > 0) pids.push_back(pid);
  }
  std::sort(pids.begin(), pids.end(), std::greater<int>());
  return pids;
}

class Search {
 public:
  Search(const std::vector<FoundSocket>& sockets, bool every) : every_(every) {
    for (const FoundSocket& socket : sockets) {
      wanted_.insert(socket.inode);
      users_.insert(socket.uid);
    }
  }

  bool done() const { return wanted_.empty(); }
  bool is_users(uid_t uid) const { return users_.count(uid) > 0; }
  std::vector<SocketHolder> take() { return std::move(found_); }

  // Looks at every descriptor of a process, once.
  void look_at(int pid) {
    if (done() || !seen_.insert(pid).second) return;
    std::string folder = "/proc/" + std::to_string(pid);
    Dir descriptors(::opendir((folder + "/fd").c_str()));
    if (!descriptors) return;
    int fd = ::dirfd(descriptors.get());
    while (dirent* entry = ::readdir(descriptors.get())) {
      if (entry->d_name[0] == '.') continue;
      uint32_t inode = socket_inode(read_link(fd, entry->d_name));
      if (inode == 0 || wanted_.count(inode) == 0) continue;
      if (!every_) wanted_.erase(inode);
      found_.push_back({inode, pid, program_path(folder), process_name(folder)});
      if (done()) return;
    }
  }

 private:
  const bool every_;
  std::unordered_set<uint32_t> wanted_;
  std::unordered_set<uid_t> users_;
  std::unordered_set<int> seen_;
  std::vector<SocketHolder> found_;
};

}  // namespace

std::vector<SocketHolder> find_holders(const std::vector<FoundSocket>& sockets,
                                       const std::vector<int>& likely, bool every) {
  Search search(sockets, every);
  for (int pid : likely) search.look_at(pid);
  if (search.done()) return search.take();

  std::vector<int> others;
  for (int pid : all_processes()) {
    struct stat status;
    bool is_users = ::stat(("/proc/" + std::to_string(pid)).c_str(), &status) == 0 &&
                    search.is_users(status.st_uid);
    if (is_users) {
      search.look_at(pid);
    } else {
      others.push_back(pid);
    }
    if (search.done()) return search.take();
  }
  // A program may have opened the socket as another user than the one it is by now.
  for (int pid : others) search.look_at(pid);
  return search.take();
}

}  // namespace sluice
