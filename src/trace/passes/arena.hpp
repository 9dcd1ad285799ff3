// Where blocks of memory lie in one arena.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace copse::passes {

/// An arena in which memory is taken and given back as a program runs: it grows at its end.
class Arena {
 public:
  std::size_t take(std::size_t bytes);
  void give(std::size_t offset, std::size_t bytes);
  std::size_t size() const { return end_; }

 private:
  std::map<std::size_t, std::size_t> free_;  // bytes by offset, joined where they touch
  std::size_t end_ = 0;
};

/// A block of the arena and its live range: the instructions between which it is in use, both included.
struct Allocation {
  std::size_t bytes = 0, offset = 0;
  std::int64_t first = 0, last = 0;
};

/// Gives all of them offsets, the largest first, each as low as it fits. Gives the size of the arena. Takes
/// time by the square of their number.
std::size_t pack_by_size(std::vector<Allocation>& allocations);

}  // namespace copse::passes
