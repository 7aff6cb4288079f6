#include "stack/reassembler.h"

#include <algorithm>
#include <cstring>

#include "wire/checksum.h"

namespace sluice {

namespace {

constexpr size_t kMaxEntries = 1024;
constexpr size_t kMaxMemory = 4 * 1024 * 1024;
constexpr size_t kMaxRanges = 64;
constexpr uint64_t kTimeoutMs = 30'000;
// What an error quotes of the first fragment.
constexpr size_t kMaxQuoted = 128;
constexpr size_t kMaxPayload = 65535 - 40;

// A whole packet behind a header like that of the first fragment.
Slab* build_whole(const uint8_t* header, uint8_t protocol, const uint8_t* payload, size_t size) {
  bool v4 = header[0] >> 4 == 4;
  size_t ip = v4 ? 20 : 40;
  Slab* slab = Slab::create(ip + size);
  uint8_t* out = slab->data();
  std::memcpy(out, header, ip);
  if (v4) {
    out[0] = 0x45;
    write16(out + 2, static_cast<uint16_t>(ip + size));
    write16(out + 6, 0);
    write16(out + 10, 0);
    ChecksumSum sum;
    sum.add(out, ip);
    uint16_t checksum = sum.finished();
    std::memcpy(out + 10, &checksum, 2);
  } else {
    write16(out + 4, static_cast<uint16_t>(size));
    out[6] = protocol;
  }
  if (size > 0) std::memcpy(out + ip, payload, size);
  return slab;
}

}  // namespace

Slab* Reassembler::input(const Packet& fragment) {
  const uint8_t* header = fragment.data + fragment.transport;
  const uint8_t* payload = header;
  size_t offset;
  bool more;
  Key key{fragment.src, fragment.dst, 0, fragment.protocol};
  if (fragment.src.family == 4) {
    uint16_t field = read16(fragment.data + 6);
    offset = static_cast<size_t>(field & 0x1fff) * 8;
    more = field & 0x2000;
    key.id = read16(fragment.data + 4);
  } else {
    uint16_t field = read16(header + 2);
    offset = field & 0xfff8;
    more = field & 1;
    key.id = read32(header + 4);
    payload += 8;
  }
  size_t size = fragment.size - static_cast<size_t>(payload - fragment.data);
  // All but the last carry whole units of 8 bytes.
  if (size == 0 || offset + size > kMaxPayload || (more && size % 8 != 0)) {
    ++counters_->fragmentsDropped;
    return nullptr;
  }
  // A whole datagram behind a fragment header has nothing to do with others (RFC 6946 4).
  if (offset == 0 && !more) {
    ++counters_->reassembled;
    return build_whole(fragment.data, fragment.protocol, payload, size);
  }
  auto entry = entry_of(key);
  if (offset == 0 && entry->first.empty() && !entry->spoiled) {
    entry->first.assign(fragment.data, fragment.data + std::min(fragment.size, kMaxQuoted));
    memory_ += entry->first.size();
  }
  if (!add(&*entry, offset, payload, size, more)) {
    ++counters_->fragmentsDropped;
    return nullptr;
  }
  bool complete = entry->total > 0 && entry->ranges.size() == 1 && entry->ranges[0].from == 0 &&
                  entry->ranges[0].to == entry->total;
  if (!complete) {
    // The newest is as likely to be finished as any: the oldest go.
    while (memory_ > kMaxMemory) {
      ++counters_->fragmentsDropped;
      bool self = entries_.begin() == entry;
      erase(entries_.begin());
      if (self) break;
    }
    return nullptr;
  }
  Slab* whole =
      build_whole(entry->first.data(), fragment.protocol, entry->bytes.data(), entry->total);
  erase(entry);
  ++counters_->reassembled;
  return whole;
}

Reassembler::Entries::iterator Reassembler::entry_of(const Key& key) {
  auto found = by_key_.find(key);
  if (found != by_key_.end()) return found->second;
  if (entries_.size() >= kMaxEntries) {
    ++counters_->fragmentsDropped;
    erase(entries_.begin());
  }
  Entry entry;
  entry.key = key;
  entry.deadline = now_ + kTimeoutMs;
  memory_ += sizeof(Entry);
  return by_key_.emplace(key, entries_.insert(entries_.end(), std::move(entry))).first->second;
}

// False: this fragment is dropped.
bool Reassembler::add(Entry* entry, size_t offset, const uint8_t* data, size_t size, bool more) {
  if (entry->spoiled) return false;
  Range added{offset, offset + size};
  auto& ranges = entry->ranges;
  auto next = std::find_if(ranges.begin(), ranges.end(),
                           [&added](const Range& range) { return range.to >= added.from; });
  bool overlaps = next != ranges.end() && next->to > added.from && next->from < added.to;
  bool same_place = overlaps && next->from <= added.from && added.to <= next->to;
  // The same piece twice is what a network may do.
  if (same_place && std::memcmp(entry->bytes.data() + offset, data, size) == 0) return false;
  // `next` may only touch it from below; the one behind it may then reach into it.
  if (!overlaps && next != ranges.end() && next->to == added.from && next + 1 != ranges.end()) {
    overlaps = (next + 1)->from < added.to;
  }
  size_t end = entry->bytes.size();
  bool beyond = entry->total > 0 && (added.to > entry->total || !more);
  bool too_short = !more && added.to < end;
  if (overlaps || beyond || too_short || ranges.size() >= kMaxRanges) {
    spoil(entry);
    return false;
  }
  if (!more) entry->total = added.to;
  if (added.to > end) {
    entry->bytes.resize(added.to);
    memory_ += added.to - end;
  }
  std::memcpy(entry->bytes.data() + offset, data, size);
  if (next != ranges.end() && next->to == added.from) {
    next->to = added.to;
  } else {
    next = ranges.insert(next, added);
  }
  auto behind = next + 1;
  if (behind != ranges.end() && behind->from == next->to) {
    next->to = behind->to;
    ranges.erase(behind);
  }
  return true;
}

void Reassembler::spoil(Entry* entry) {
  entry->spoiled = true;
  memory_ -= entry->bytes.size() + entry->first.size();
  entry->bytes = {};
  entry->first = {};
  entry->ranges = {};
}

void Reassembler::erase(Entries::iterator entry) {
  memory_ -= sizeof(Entry) + entry->bytes.size() + entry->first.size();
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

void Reassembler::tick(uint64_t now) {
  now_ = now;
  while (!entries_.empty() && entries_.front().deadline <= now) {
    Entry& entry = entries_.front();
    if (!entry.spoiled) ++counters_->fragmentsDropped;
    if (!entry.first.empty()) {
      Packet first;
      first.data = entry.first.data();
      first.size = entry.first.size();
      first.protocol = static_cast<uint8_t>(entry.key.protocol);
      first.src = entry.key.src;
      first.dst = entry.key.dst;
      host_->reassembly_failed(first);
    }
    erase(entries_.begin());
  }
}

}  // namespace sluice
