// Records every packet of both directions in a pcap file (draft-ietf-opsawg-pcap), LINKTYPE_RAW.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "device/wrappers.h"
#include "record/pcap.h"

namespace sluice {

namespace {

class PcapDevice : public Device {
 public:
  PcapDevice(std::unique_ptr<Device> inner, FILE* file) : inner_(std::move(inner)), file_(file) {
    PcapFileHeader header;
    header.snap = kMaxPacket;
    std::fwrite(&header, sizeof(header), 1, file_);
  }
  ~PcapDevice() override { std::fclose(file_); }

  const std::string& name() const override { return inner_->name(); }
  uint16_t mtu() const override { return inner_->mtu(); }
  bool offload() const override { return inner_->offload(); }
  int fd() const override { return inner_->fd(); }
  MemoryDevice* memory() override { return inner_->memory(); }

  long read(uint8_t* buffer, ReadMeta* meta) override {
    long n = inner_->read(buffer, meta);
    if (n > 0) {
      iovec part{buffer, static_cast<size_t>(n)};
      record(&part, 1);
    } else {
      std::fflush(file_);
    }
    return n;
  }

  bool write(const iovec* parts, int count, const WriteMeta& meta) override {
    record(parts, count);
    return inner_->write(parts, count, meta);
  }

 private:
  void record(const iovec* parts, int count) {
    uint32_t size = 0;
    for (int i = 0; i < count; ++i) size += static_cast<uint32_t>(parts[i].iov_len);
    PcapPacketHeader header = pcap_packet_now(size, size);
    std::fwrite(&header, sizeof(header), 1, file_);
    for (int i = 0; i < count; ++i) std::fwrite(parts[i].iov_base, parts[i].iov_len, 1, file_);
  }

  std::unique_ptr<Device> inner_;
  FILE* file_;
};

}  // namespace

std::unique_ptr<Device> wrap_with_pcap(std::unique_ptr<Device> inner, const std::string& path,
                                       DeviceError* error) {
  // Captures hold what people said to whom: readable by the owner alone, and never written through
  // something that somebody else has put in place.
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  struct stat found;
  if (fd >= 0 && (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode) || found.st_nlink != 1 ||
                  found.st_uid != ::geteuid())) {
    ::close(fd);
    *error = {EEXIST, "open"};
    return nullptr;
  }
  bool ready = fd >= 0 && ::fchmod(fd, 0600) == 0 && ::ftruncate(fd, 0) == 0;
  FILE* file = ready ? ::fdopen(fd, "wb") : nullptr;
  if (!file) {
    *error = {errno, "open"};
    if (fd >= 0) ::close(fd);
    return nullptr;
  }
  return std::make_unique<PcapDevice>(std::move(inner), file);
}

}  // namespace sluice
