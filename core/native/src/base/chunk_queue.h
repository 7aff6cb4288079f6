// A first-in first-out queue of chunks that costs nothing while it is empty: there are several for
// every flow, and most flows are idle.
#pragma once

#include <vector>

#include "base/slab.h"

namespace sluice {

class ChunkQueue {
 public:
  bool empty() const { return head_ == chunks_.size(); }
  size_t count() const { return chunks_.size() - head_; }
  Chunk& front() { return chunks_[head_]; }
  void push(Chunk chunk) { chunks_.push_back(std::move(chunk)); }
  // As push, but small chunks that have to wait are gathered: a queue of single bytes would cost a
  // hundred times what it holds.
  void push_gathered(Chunk chunk) {
    if (!empty() && chunk.size() < kSmall) {
      if (chunks_.back().append(chunk)) return;
      chunk = Chunk::gather(chunk.data(), chunk.size(), chunk.credit());
    }
    push(std::move(chunk));
  }

  void pop() {
    chunks_[head_++] = Chunk();
    if (empty()) {
      clear();
    } else if (head_ >= kCompactAt && head_ * 2 >= chunks_.size()) {
      chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }

  void clear() {
    head_ = 0;
    chunks_.clear();
    if (chunks_.capacity() > kKeep) chunks_.shrink_to_fit();
  }

  std::vector<Chunk>::iterator begin() {
    return chunks_.begin() + static_cast<std::ptrdiff_t>(head_);
  }
  std::vector<Chunk>::iterator end() { return chunks_.end(); }

 private:
  static constexpr size_t kSmall = 512;
  static constexpr size_t kCompactAt = 32;
  static constexpr size_t kKeep = 4;
  std::vector<Chunk> chunks_;
  size_t head_ = 0;
};

}  // namespace sluice
