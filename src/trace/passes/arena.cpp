#include "arena.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace copse::passes {

std::size_t Arena::take(std::size_t bytes) {
  auto best = free_.end();
  for (auto it = free_.begin(); it != free_.end(); ++it)
    if (it->second >= bytes && (best == free_.end() || it->second < best->second)) best = it;
  if (best != free_.end()) {
    const auto [offset, size] = *best;
    free_.erase(best);
    if (size > bytes) free_[offset + bytes] = size - bytes;
    return offset;
  }
  // The last free block may reach the end and grow.
  std::size_t offset = end_;
  if (!free_.empty())
    if (const auto last = std::prev(free_.end()); last->first + last->second == end_) {
      offset = last->first;
      free_.erase(last);
    }
  end_ = offset + bytes;
  return offset;
}

void Arena::give(std::size_t offset, std::size_t bytes) {
  const auto it = free_.emplace(offset, bytes).first;
  if (const auto next = std::next(it); next != free_.end() && it->first + it->second == next->first) {
    it->second += next->second;
    free_.erase(next);
  }
  if (it != free_.begin()) {
    const auto before = std::prev(it);
    if (before->first + before->second == it->first) {
      before->second += it->second;
      free_.erase(it);
    }
  }
}

std::size_t pack_by_size(std::vector<Allocation>& allocations) {
  std::vector<std::size_t> order(allocations.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return allocations[a].bytes > allocations[b].bytes; });
  std::vector<const Allocation*> packed;  // by offset
  std::size_t size = 0;
  for (const std::size_t n : order) {
    Allocation& mine = allocations[n];
    std::size_t offset = 0;
    for (const Allocation* other : packed) {
      if (other->last < mine.first || mine.last < other->first) continue;
      if (other->offset >= offset + mine.bytes) break;
      offset = std::max(offset, other->offset + other->bytes);
    }
    mine.offset = offset;
    size = std::max(size, offset + mine.bytes);
    packed.insert(
        std::upper_bound(packed.begin(), packed.end(), &mine,
                         [](const Allocation* a, const Allocation* b) { return a->offset < b->offset; }),
        &mine);
  }
  return size;
}

}  // namespace copse::passes
