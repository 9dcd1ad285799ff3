#include "copse/data/draws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "copse/core/error.hpp"
#include "copse/random/key.hpp"
#include "copse/random/samplers.hpp"

namespace copse::data_detail {
namespace {

constexpr std::int64_t block_size = 1024;

// The sum of weights. Throws ValueError for one that is negative or not finite, and if all are 0.
double total(const char* function, std::span<const double> weights) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0) || !std::isfinite(weights[i])) {
      throw ValueError(
          fmt::format("{}: weight {} is {}, wanted a number from 0 on", function, i, weights[i]));
    }
    sum += weights[i];
  }
  if (!(sum > 0) || !std::isfinite(sum)) {
    throw ValueError(fmt::format("{}: the weights' sum is {}, wanted more than 0", function, sum));
  }
  return sum;
}

std::int64_t checked_count(const char* function, std::optional<std::int64_t> wanted, std::int64_t otherwise) {
  if (wanted && *wanted < 1)
    throw ValueError(fmt::format("{}: count is {}, wanted 1 or more", function, *wanted));
  return wanted.value_or(otherwise);
}

std::vector<std::int64_t> with_replacement(std::span<const double> weights, std::int64_t count,
                                           Numbers& numbers) {
  std::vector<double> sums(weights.size());
  std::partial_sum(weights.begin(), weights.end(), sums.begin());
  // A number that rounding puts at the end belongs to the last sample that has a weight.
  const auto last = std::lower_bound(sums.begin(), sums.end(), sums.back());
  std::vector<std::int64_t> times(weights.size());
  std::vector<std::int64_t> out(static_cast<std::size_t>(count));
  for (std::int64_t& position : out) {
    const auto found =
        std::min(std::upper_bound(sums.begin(), sums.end(), numbers.uniform() * sums.back()), last);
    const auto sample = found - sums.begin();
    position = sample + times[static_cast<std::size_t>(sample)]++ * static_cast<std::int64_t>(weights.size());
  }
  return out;
}

// By the largest of log(u) / weight (Efraimidis and Spirakis), which is the order of drawing one by one.
std::vector<std::int64_t> without_replacement(std::span<const double> weights, std::int64_t count,
                                              Numbers& numbers) {
  std::vector<std::pair<double, std::int64_t>> keys;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double u = 1.0 - numbers.uniform();  // in (0, 1]
    if (weights[i] > 0) keys.emplace_back(-std::log(u) / weights[i], static_cast<std::int64_t>(i));
  }
  const auto end = keys.begin() + count;
  std::partial_sort(keys.begin(), end, keys.end());
  std::vector<std::int64_t> out;
  for (auto at = keys.begin(); at != end; ++at) out.push_back(at->second);
  return out;
}

}  // namespace

Numbers::Numbers(std::int64_t seed, Purpose purpose, std::int64_t epoch)
    : seed_(seed), epoch_(epoch), purpose_(purpose) {}

std::uint32_t Numbers::bits() {
  if (at_ == drawn_.size()) {
    Key key = random::key(seed_);
    for (const std::int64_t part : {static_cast<std::int64_t>(purpose_), epoch_, block_++})
      key = random::fold_in(key, part);
    drawn_ = random::bits(key, {block_size}).to_vector<std::uint32_t>();
    at_ = 0;
  }
  return drawn_[at_++];
}

double Numbers::uniform() {
  const std::uint64_t high = bits(), low = bits();
  return static_cast<double>((high << 32 | low) >> 11) * 0x1p-53;
}

std::size_t Numbers::below(std::size_t count) {
  return static_cast<std::size_t>(uniform() * static_cast<double>(count));
}

std::int64_t weighted_count(std::int64_t samples, std::span<const double> weights,
                            const data::WeightedOptions& options) {
  constexpr const char* function = "Dataset::weighted";
  if (static_cast<std::int64_t>(weights.size()) != samples) {
    throw ValueError(fmt::format("{}: {} weights for {} samples", function, weights.size(), samples));
  }
  (void)total(function, weights);
  const std::int64_t count = checked_count(function, options.count, samples);
  const std::int64_t there = samples - std::count(weights.begin(), weights.end(), 0.0);
  if (!options.replace && count > there) {
    throw ValueError(fmt::format(
        "{}: {} samples without replacement, but {} have a weight above 0: give a smaller `count`", function,
        count, there));
  }
  return count;
}

std::vector<std::int64_t> weighted_positions(std::span<const double> weights,
                                             const data::WeightedOptions& options, std::int64_t count,
                                             std::int64_t epoch) {
  Numbers numbers(options.seed, Numbers::Purpose::weighted, epoch);
  return options.replace ? with_replacement(weights, count, numbers)
                         : without_replacement(weights, count, numbers);
}

std::vector<std::int64_t> mix_shares(std::span<const std::int64_t> sizes, std::span<const double> weights,
                                     const data::MixOptions& options) {
  if (sizes.empty() || weights.size() != sizes.size()) {
    throw ValueError(fmt::format("mix: {} weights for {} datasets", weights.size(), sizes.size()));
  }
  const double sum = total("mix", weights);
  const std::int64_t count =
      checked_count("mix", options.count, std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}));
  std::vector<std::int64_t> shares;
  std::vector<std::pair<double, std::size_t>> rest;  // what rounding down left over, largest first
  std::int64_t left = count;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double exact = static_cast<double>(count) * (weights[i] / sum);
    shares.push_back(std::min(left, static_cast<std::int64_t>(exact)));
    left -= shares.back();
    rest.emplace_back(static_cast<double>(shares.back()) - exact, i);
  }
  std::stable_sort(rest.begin(), rest.end());
  for (std::size_t i = 0; i < rest.size() && left > 0; ++i, --left) ++shares[rest[i].second];
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (weights[i] > 0 && (shares[i] == 0 || sizes[i] == 0)) {
      throw ValueError(fmt::format(
          "mix: dataset {} has {} samples and {} of the {} in an epoch: give a larger `count`, or leave "
          "it out",
          i, sizes[i], shares[i], count));
    }
  }
  return shares;
}

std::vector<std::int64_t> mix_positions(std::span<const std::int64_t> shares, std::int64_t seed,
                                        std::int64_t epoch) {
  std::vector<std::int64_t> begins{0};
  for (const std::int64_t share : shares) begins.push_back(begins.back() + share);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < shares.size(); ++i)
    order.insert(order.end(), static_cast<std::size_t>(shares[i]), i);
  Numbers numbers(seed, Numbers::Purpose::mix, epoch);
  for (std::size_t n = order.size(); n > 1; --n) std::swap(order[n - 1], order[numbers.below(n)]);
  std::vector<std::int64_t> out;
  out.reserve(order.size());
  for (const std::size_t i : order) out.push_back(begins[i]++);
  return out;
}

}  // namespace copse::data_detail
