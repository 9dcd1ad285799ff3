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

void no_stack() { throw ValueError("Dataset::batch: samples that are no trees of arrays cannot be stacked"); }
void no_labels() { throw ValueError("split: `stratify` needs samples with `labels` that are one number"); }

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

std::pair<Positions, Positions> split_positions(std::int64_t samples, double fraction, bool shuffle,
                                                std::int64_t seed, std::span<const std::int64_t> classes) {
  const Positions order = data::epoch_order(samples, shuffle, seed, 0);
  if (classes.empty()) {
    const std::int64_t first = data::split_position("split", samples, fraction);
    return {{order.begin(), order.begin() + first}, {order.begin() + first, order.end()}};
  }
  (void)data::split_position("split", samples, fraction);  // checks them
  std::map<std::int64_t, Positions> by_class;
  for (const std::int64_t i : order) by_class[classes[static_cast<std::size_t>(i)]].push_back(i);
  std::vector<bool> second(static_cast<std::size_t>(samples));
  for (const auto& [number, members] : by_class) {
    const auto count = static_cast<std::int64_t>(members.size());
    if (count < 2)
      throw ValueError(fmt::format("split: class {} has one sample, and both parts need some", number));
    const auto share = static_cast<std::int64_t>(std::llround(static_cast<double>(count) * fraction));
    const std::int64_t first = count - std::clamp<std::int64_t>(share, 1, count - 1);
    for (std::int64_t i = first; i < count; ++i)
      second[static_cast<std::size_t>(members[static_cast<std::size_t>(i)])] = true;
  }
  std::pair<Positions, Positions> out;
  for (const std::int64_t i : order)
    (second[static_cast<std::size_t>(i)] ? out.second : out.first).push_back(i);
  return out;
}

std::vector<std::pair<Positions, Positions>> fold_positions(std::int64_t samples, int k, std::int64_t seed) {
  if (k < 2 || k > samples) throw ValueError(fmt::format("k_fold: {} parts of {} samples", k, samples));
  const Positions order = data::epoch_order(samples, true, seed, 0);
  std::vector<std::pair<Positions, Positions>> out(static_cast<std::size_t>(k));
  for (int part = 0; part < k; ++part) {
    auto& [train, validation] = out[static_cast<std::size_t>(part)];
    const std::int64_t begin = samples * part / k, end = samples * (part + 1) / k;
    for (std::int64_t i = 0; i < samples; ++i) {
      (i >= begin && i < end ? validation : train).push_back(order[static_cast<std::size_t>(i)]);
    }
  }
  return out;
}

Key sample_key(std::int64_t seed, int map, std::int64_t epoch, std::int64_t sample) {
  Key key = random::key(seed);
  for (const std::int64_t part : {purpose, std::int64_t{map}, epoch, sample})
    key = random::fold_in(key, part);
  return key;
}

Array stacked(std::span<const Array> parts) {
  const ShapeDtype type = parts.front().type();
  for (const Array& part : parts) {
    if (part.shape() != type.shape || part.dtype() != type.dtype) {
      throw ShapeError(
          fmt::format("Dataset::batch: the first sample is {}, another one {}: they cannot be stacked",
                      to_string(type), to_string(part.type())));
    }
  }
  Shape shape = type.shape;
  shape.insert(0, static_cast<std::int64_t>(parts.size()));
  Array out = detail::allocate({shape, type.dtype});
  auto* to = static_cast<char*>(detail::mutable_data(out));
  for (const Array& part : parts) {
    if (part.nbytes() > 0) std::memcpy(to, part.raw(), part.nbytes());
    to += part.nbytes();
  }
  return out;
}

Array element(const Array& column, std::int64_t index) {
  Shape shape = column.shape();
  shape.erase(0);
  return reshape(data::rows(column, index, index + 1), shape);
}

std::shared_ptr<const Positions> Orders::of(std::int64_t epoch) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const auto& entry) { return entry.first == epoch; });
  if (found != kept_.end()) return found->second;
  auto order = std::make_shared<const Positions>(data::epoch_order(samples_, true, seed_, epoch));
  if (kept_.size() == kept_orders) kept_.erase(kept_.begin());
  kept_.emplace_back(epoch, order);
  return order;
}

}  // namespace copse::data_detail
