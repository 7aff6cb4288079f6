// Integer handles with a generation: a handle of something that is gone finds nothing, even after
// its slot was used again.
#pragma once

#include <cstdint>
#include <vector>

namespace sluice {

using Handle =
    uint64_t;  // below 2^53, so that a JavaScript number holds it exactly; 0 is never valid

template <typename T>
class HandleTable {
 public:
  Handle add(T* object) {
    uint32_t index;
    if (!free_.empty()) {
      index = free_.back();
      free_.pop_back();
    } else {
      index = static_cast<uint32_t>(slots_.size());
      slots_.push_back({nullptr, 1});
    }
    slots_[index].object = object;
    return (static_cast<Handle>(slots_[index].generation) << kIndexBits) | index;
  }

  void remove(Handle handle) {
    if (!get(handle)) return;
    uint32_t index = handle & kIndexMask;
    slots_[index].object = nullptr;
    slots_[index].generation = (slots_[index].generation + 1) & kGenerationMask;
    if (slots_[index].generation == 0) slots_[index].generation = 1;
    free_.push_back(index);
  }

  // Null for a stale or made-up handle.
  T* get(Handle handle) const {
    uint32_t index = handle & kIndexMask;
    if (index >= slots_.size() || slots_[index].generation != (handle >> kIndexBits))
      return nullptr;
    return slots_[index].object;
  }

  // Calls `f` for every object; it must not add or remove any.
  template <typename F>
  void for_each(F f) const {
    for (const Slot& slot : slots_) {
      if (slot.object) f(slot.object);
    }
  }

 private:
  static constexpr int kIndexBits = 21;
  static constexpr uint32_t kIndexMask = (1u << kIndexBits) - 1;
  static constexpr uint32_t kGenerationMask = 0x7fffffff;
  struct Slot {
    T* object;
    uint32_t generation;
  };
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
};

}  // namespace sluice
