// How a reduction walks through memory.
#pragma once

#include <span>

#include "reduce.hpp"

namespace copse::reduction {

/// A reduction of one shape over given axes. Neighbouring axes of one kind are joined, which leaves groups of
/// kept and reduced elements in turn; the innermost two are what the loops take, all others are counted
/// through. Everything about the order of additions follows from the shape alone, never from the number of
/// threads.
class Plan {
 public:
  Plan(const Shape& shape, std::span<const int> axes, const Loops& loops, std::int64_t item);

  std::size_t workspace() const;
  void run(const void* in, void* out, void* workspace) const;

 private:
  struct Group {
    std::int64_t extent, stride;
  };
  void task(const std::byte* in, std::int64_t unit, std::int64_t part, void* totals, std::int64_t& first,
            std::int64_t& count) const;
  void divide();

  const Loops& loops_;
  std::int64_t item_;
  Group kept_[max_rank], reduced_[max_rank];  // those outside of the core
  int kept_count_ = 0, reduced_count_ = 0;
  bool rows_ = true;         // whether the core reduces its inner group
  std::int64_t outer_ = 1;   // elements of kept_
  std::int64_t times_ = 1;   // elements of reduced_
  std::int64_t width_ = 1;   // kept elements of the core
  std::int64_t length_ = 1;  // reduced elements of the core
  std::int64_t stride_ = 1;  // of the core's outer group
  std::int64_t tile_ = 1;    // kept elements of a task
  std::int64_t tiles_ = 1;   // tasks that make up width_
  std::int64_t parts_ = 1;   // parts of a long reduction
  std::int64_t part_length_ = 1;
  bool parts_of_core_ = true;  // whether parts divide length_, or times_
  std::int64_t elements_ = 0, outputs_ = 0;
};

}  // namespace copse::reduction
