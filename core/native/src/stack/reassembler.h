// Puts fragments of captured datagrams together (RFC 791 3.2, RFC 8200 4.5), in bounded memory and
// time. A datagram whose fragments overlap is dropped as a whole (RFC 5722 4).
#pragma once

#include <list>
#include <unordered_map>
#include <vector>

#include "base/slab.h"
#include "engine/counters.h"
#include "wire/packet.h"

namespace sluice {

class ReassemblerHost {
 public:
  virtual ~ReassemblerHost() = default;
  // Time is up; `first` is the start of the first fragment, which did arrive.
  virtual void reassembly_failed(const Packet& first) = 0;
};

class Reassembler {
 public:
  Reassembler(ReassemblerHost* host, Counters* counters) : host_(host), counters_(counters) {}

  // A packet that `parse_packet` called a fragment. Returns the whole datagram where this was the
  // last piece of it, as a packet without options and extension headers, with one reference; else
  // null.
  Slab* input(const Packet& fragment);

  void set_time(uint64_t now) { now_ = now; }
  void tick(uint64_t now);
  bool idle() const { return entries_.empty(); }
  // Bytes held.
  size_t memory() const { return memory_; }

 private:
  struct Key {
    Endpoint src;
    Endpoint dst;
    uint32_t id;
    uint32_t protocol;
    bool operator==(const Key& other) const {
      return src == other.src && dst == other.dst && id == other.id && protocol == other.protocol;
    }
  };
  static_assert(sizeof(Key) == 48, "hashed as bytes: no padding");
  struct KeyHash {
    size_t operator()(const Key& key) const { return hash_bytes(&key, sizeof(key)); }
  };
  struct Range {
    size_t from;
    size_t to;
  };
  struct Entry {
    Key key;
    uint64_t deadline;
    bool spoiled = false;        // what still comes of it is dropped, too
    size_t total = 0;            // of the payload; 0: the last fragment is not there yet
    std::vector<uint8_t> bytes;  // the payload, with holes
    std::vector<Range> ranges;   // what of it is there: sorted, apart from each other
    std::vector<uint8_t> first;  // the start of the first fragment, IP header included
  };
  using Entries = std::list<Entry>;  // oldest first

  Entries::iterator entry_of(const Key& key);
  bool add(Entry* entry, size_t offset, const uint8_t* data, size_t size, bool more);
  void spoil(Entry* entry);
  void erase(Entries::iterator entry);

  ReassemblerHost* host_;
  Counters* counters_;
  Entries entries_;
  std::unordered_map<Key, Entries::iterator, KeyHash> by_key_;
  size_t memory_ = 0;
  uint64_t now_ = 0;
};

}  // namespace sluice
