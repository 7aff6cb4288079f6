// Linux TUN (Documentation/networking/tuntap.rst) with a virtio-net header in front of every
// packet, so that one read or write moves up to 64 KB of a flow whose wire packets fit the MTU.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "device/device.h"

namespace sluice {

namespace {

constexpr int kMaxParts = 128;

// struct virtio_net_hdr of the virtio specification 5.1.6, host byte order (the kernel's own header
// does not compile as C++).
struct VirtioNetHeader {
  uint8_t flags;
  uint8_t gso_type;
  uint16_t hdr_len;
  uint16_t gso_size;
  uint16_t csum_start;
  uint16_t csum_offset;
};
static_assert(sizeof(VirtioNetHeader) == 10, "TUN's default header size");
constexpr uint8_t kNeedsChecksum = 1;
constexpr uint8_t kDataValid = 2;
constexpr uint8_t kGsoTcp4 = 1;
constexpr uint8_t kGsoTcp6 = 4;
constexpr uint8_t kGsoUdp = 5;

// TUNSETOFFLOAD of Linux 6.2.
constexpr unsigned kOffloadUdp4 = 0x20;
constexpr unsigned kOffloadUdp6 = 0x40;

class TunDevice : public Device {
 public:
  TunDevice(int fd, std::string name, uint16_t mtu, bool offload, bool udp_offload)
      : fd_(fd), name_(std::move(name)), mtu_(mtu), offload_(offload), udp_offload_(udp_offload) {}
  ~TunDevice() override { ::close(fd_); }

  const std::string& name() const override { return name_; }
  uint16_t mtu() const override { return mtu_; }
  bool offload() const override { return offload_; }
  bool udp_offload() const override { return udp_offload_; }
  int fd() const override { return fd_; }

  long read(uint8_t* buffer, ReadMeta* meta) override {
    VirtioNetHeader header;
    iovec parts[2] = {{&header, sizeof(header)}, {buffer, kMaxPacket}};
    ssize_t n = ::readv(fd_, parts, 2);
    if (n < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    if (n <= static_cast<ssize_t>(sizeof(header))) return 0;
    meta->checksum_partial = header.flags & kNeedsChecksum;
    meta->checksum_trusted = meta->checksum_partial || (header.flags & kDataValid);
    meta->segment_size = header.gso_type == kGsoUdp ? header.gso_size : 0;
    return n - static_cast<ssize_t>(sizeof(header));
  }

  bool write(const iovec* parts, int count, const WriteMeta& meta) override {
    if (count > kMaxParts) return false;
    VirtioNetHeader header{};
    if (meta.checksum_partial) {
      header.flags = kNeedsChecksum;
      header.csum_start = meta.checksum_start;
      header.csum_offset = meta.checksum_offset;
    }
    if (meta.segment_size > 0) {
      header.gso_type = meta.udp ? kGsoUdp : meta.ipv6 ? kGsoTcp6 : kGsoTcp4;
      header.gso_size = meta.segment_size;
      header.hdr_len = meta.header_size;
    }
    iovec all[kMaxParts + 1];
    all[0] = {&header, sizeof(header)};
    std::memcpy(all + 1, parts, sizeof(iovec) * static_cast<size_t>(count));
    return ::writev(fd_, all, count + 1) >= 0;
  }

 private:
  int fd_;
  std::string name_;
  uint16_t mtu_;
  bool offload_;
  bool udp_offload_;
};

}  // namespace

std::unique_ptr<Device> open_tun(const std::string& name, uint16_t mtu, bool offload,
                                 DeviceError* error) {
  if (name.size() >= IFNAMSIZ) {
    *error = {EINVAL, "TUNSETIFF"};
    return nullptr;
  }
  int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    *error = {errno, "open"};
    return nullptr;
  }
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  if (::ioctl(fd, TUNSETIFF, &request) < 0) {
    *error = {errno, "TUNSETIFF"};
    ::close(fd);
    return nullptr;
  }
  // A kernel that refuses leaves us with one packet a read, which works, slower.
  unsigned tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
  bool udp_too = offload && ::ioctl(fd, TUNSETOFFLOAD, tcp | kOffloadUdp4 | kOffloadUdp6) == 0;
  bool granted = udp_too || (offload && ::ioctl(fd, TUNSETOFFLOAD, tcp) == 0);
  return std::make_unique<TunDevice>(fd, request.ifr_name, mtu, granted, udp_too);
}

}  // namespace sluice
