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

namespace train_detail {
namespace {

// The communicator of processes, if there is one: where all ranks are threads of this process, one trainer is
// all of them.
comm::Communicator* between_processes(const Strategy& strategy) {
  if (!strategy.communicator || strategy.communicator->is_local()) return nullptr;
  return strategy.communicator->local()[0].get();
}

}  // namespace

int process_rank(const Strategy& strategy) {
  const comm::Communicator* communicator = between_processes(strategy);
  return communicator == nullptr ? 0 : communicator->rank();
}

int process_count(const Strategy& strategy) {
  const comm::Communicator* communicator = between_processes(strategy);
  return communicator == nullptr ? 1 : communicator->size();
}

void sum_over_processes(const Strategy& strategy, std::span<std::int64_t> numbers) {
  if (comm::Communicator* communicator = between_processes(strategy))
    communicator->all_reduce(numbers.data(), numbers.data(), static_cast<std::int64_t>(numbers.size()),
                             DType::int64);
}

}  // namespace train_detail
}  // namespace copse
