#include "copse/train/strategy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace copse {

bool operator==(const Strategy& a, const Strategy& b) {
  if (a.mode != b.mode || a.replicas != b.replicas || a.least_flops != b.least_flops ||
      a.communicator.has_value() != b.communicator.has_value())
    return false;
  return !a.communicator || std::ranges::equal(a.communicator->local(), b.communicator->local());
}

namespace strategy {

Strategy data_parallel(int replicas) {
  if (replicas < 1)
    throw ValueError(fmt::format("data_parallel: got {} replicas, wanted 1 or more", replicas));
  return {Strategy::Mode::data_parallel, replicas};
}

Strategy distributed(comm::Group communicator) {
  return {Strategy::Mode::distributed, communicator.size(), std::move(communicator)};
}

}  // namespace strategy
}  // namespace copse
