// What tests of random numbers share.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "catch.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/random.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"

namespace draw {

using namespace copse;

/// The largest difference between the samples' distribution and the one wanted, times the root of their
/// number (Kolmogorov and Smirnov): above 1.95 in one case of a thousand.
inline double distance(const Array& samples, const std::function<double(double)>& probability_below) {
  auto x = samples.to_vector<double>();
  std::sort(x.begin(), x.end());
  const double n = static_cast<double>(x.size());
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = probability_below(x[i]);
    most = std::max({most, p - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p});
  }
  return most * std::sqrt(n);
}

/// Chi squared of counts against probabilities, in standard deviations above its mean.
inline double surprise(const std::vector<double>& counts, const std::vector<double>& probabilities) {
  double n = 0, chi = 0;
  for (const double c : counts) n += c;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double wanted = n * probabilities[i];
    chi += (counts[i] - wanted) * (counts[i] - wanted) / wanted;
  }
  const double freedom = static_cast<double>(counts.size()) - 1;
  return (chi - freedom) / std::sqrt(2 * freedom);
}

inline std::vector<double> counted(const Array& samples, std::size_t kinds) {
  std::vector<double> counts(kinds, 0.0);
  for (const std::int64_t i : samples.to_vector<std::int64_t>()) counts.at(static_cast<std::size_t>(i)) += 1;
  return counts;
}

inline void require_equal(const Array& a, const Array& b) {
  REQUIRE(to_string(a.type()) == to_string(b.type()));
  REQUIRE(a.to_vector<double>() == b.to_vector<double>());
}

/// Compiled, and mapped over keys, a sampler gives what it gives when called for each key.
inline void require_transforms(const std::function<Array(const Key&)>& sampler) {
  const flat::Function f = [&](const flat::Arrays& in) { return flat::Arrays{sampler(Key{in[0]})}; };
  const Key keys = random::split(random::key(11), 3);
  const std::optional<int> axes[] = {0};
  const Array mapped = flat::vmap(f, {keys.data}, axes,
                                  [](std::size_t n) { return std::vector<std::optional<int>>(n, 0); })[0];
  const ShapeDtype type[] = {{{2}, DType::uint32}};
  const auto compiled = flat::compile(flat::record(f, type).program);
  for (std::int64_t i = 0; i < 3; ++i) {
    const Array one = sampler(keys[i]);
    require_equal(take(mapped, static_cast<int>(i), 0), one);
    Array input[] = {keys[i].data};
    require_equal(compiled->run(input)[0], one);
  }
}

}  // namespace draw
