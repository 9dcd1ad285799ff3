#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

#include "copse/core/error.hpp"
#include "copse/data/dataset_nodes.hpp"
#include "copse/data/samples.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random/key.hpp"

namespace copse::data_detail {
namespace {

constexpr std::int64_t purpose =
    0x6d617073;  // streams of their own: a seed's others shuffle, initialise and train
constexpr std::size_t kept_orders = 3;

}  // namespace

void check_index(const char* function, std::int64_t index, std::int64_t size) {
  if (index < 0 || index >= size) throw ValueError(fmt::format("{}: sample {} of {}", function, index, size));
}

void check_constant(const char* function, bool varies) {
  if (varies) {
    throw ValueError(
        fmt::format("Dataset::{}: the samples depend on the epoch: {} them before they are shuffled or "
                    "mapped with keys",
                    function, function));
  }
}

std::int64_t batch_count(std::int64_t samples, std::int64_t size, bool drop_remainder) {
  if (size < 1) throw ValueError(fmt::format("Dataset::batch: a batch size of {}, wanted 1 or more", size));
  return samples / size + (!drop_remainder && samples % size != 0);
}

Positions batch_positions(std::int64_t samples, std::int64_t size, std::int64_t index) {
  const std::int64_t count = samples / size + (samples % size != 0);
  check_index("Batches::at", index, count);
  Positions out(static_cast<std::size_t>(std::min(size, samples - index * size)));
  std::iota(out.begin(), out.end(), index * size);
  return out;
}

Positions shard_positions(std::int64_t samples, std::int64_t index, std::int64_t count) {
  if (count < 1 || index < 0 || index >= count) {
    throw ValueError(fmt::format("Dataset::shard: part {} of {}", index, count));
  }
  Positions out;
  for (std::int64_t i = index; i < samples; i += count) out.push_back(i);
  return out;
}

Key sample_key(std::int64_t seed, int map, std::int64_t epoch, std::int64_t sample) {
  Key key = random::key(seed);
  for (const std::int64_t part : {purpose, std::int64_t{map}, epoch, sample})
    key = random::fold_in(key, part);
  return key;
}

Array element(const Array& column, std::int64_t index) {
  Shape shape = column.shape();
  shape.erase(0);
  return reshape(data::rows(column, index, index + 1), shape);
}

Orders::Orders(std::int64_t samples, std::int64_t seed)
    : Orders(samples,
             [samples, seed](std::int64_t epoch) { return data::epoch_order(samples, true, seed, epoch); }) {}

std::shared_ptr<const Positions> Orders::of(std::int64_t epoch) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const auto& entry) { return entry.first == epoch; });
  if (found != kept_.end()) return found->second;
  auto order = std::make_shared<const Positions>(make_(epoch));
  if (kept_.size() == kept_orders) kept_.erase(kept_.begin());
  kept_.emplace_back(epoch, order);
  return order;
}

}  // namespace copse::data_detail
