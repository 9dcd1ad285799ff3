// Checks that hold for every function on arrays: its derivatives are those that differences show, and mapping
// it is calling it for each element.
#pragma once

#include <cmath>
#include <functional>

#include "catch.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/flat.hpp"

namespace agree {

using namespace copse;
using Arrays = std::vector<Array>;

inline void require_same(const Array& got, const Array& wanted, double tolerance = 0) {
  REQUIRE(got.has_value());
  REQUIRE(to_string(got.type()) == to_string(wanted.type()));
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("element " << i << " of " << to_string(got.type()) << ": " << a[i] << ", wanted " << b[i]);
    REQUIRE((a[i] == b[i] || std::abs(a[i] - b[i]) <= tolerance || (std::isnan(a[i]) && std::isnan(b[i]))));
  }
}

/// The shape and the elements, as doubles.
inline void require_values(const Array& got, const Shape& shape, const std::vector<double>& wanted) {
  REQUIRE(to_string(got.shape()) == to_string(shape));
  const auto values = got.to_vector<double>();
  REQUIRE(values.size() == wanted.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    INFO("element " << i << ": " << values[i] << ", wanted " << wanted[i]);
    REQUIRE((values[i] == wanted[i] || (std::isnan(values[i]) && std::isnan(wanted[i]))));
  }
}

/// Different float64 numbers in no order, and without ties.
inline Array numbers(const Shape& shape, double scale = 1.0) {
  const Array i = arange(shape.elements(), DType::float64);
  return reshape((sin(i * 12.9898 + 1.0) + i * 1e-3) * scale, shape);
}

/// Reverse and forward mode against central differences, in float64. Integer inputs are held.
inline void require_gradients(const flat::Function& f, const Arrays& inputs, double tolerance = 1e-6) {
  std::vector<std::uint8_t> wanted;
  Arrays directions;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    wanted.push_back(is_floating(inputs[i].dtype()));
    directions.push_back(wanted.back() ? numbers(inputs[i].shape(), 0.7 + 0.1 * static_cast<double>(i))
                                       : Array());
  }
  const auto moved = [&](double step) {
    Arrays at = inputs;
    for (std::size_t i = 0; i < at.size(); ++i)
      if (wanted[i]) at[i] = at[i] + directions[i] * step;
    return f(at);
  };
  const double h = 1e-6;
  const Arrays above = moved(h), below = moved(-h);
  const flat::Jvp forward = flat::jvp(f, inputs, directions);
  const flat::Vjp backward = flat::vjp(f, inputs, wanted);
  Arrays cotangents;
  double by_differences = 0;
  for (std::size_t o = 0; o < above.size(); ++o) {
    if (!is_floating(above[o].dtype())) {
      cotangents.emplace_back();
      continue;
    }
    cotangents.push_back(numbers(above[o].shape(), 1.3));
    const Array slope = (above[o] - below[o]) / (2 * h);
    const auto wanted_slope = slope.to_vector<double>();
    const auto slopes = forward.tangents[o].has_value() ? forward.tangents[o].to_vector<double>()
                                                        : std::vector<double>(wanted_slope.size());
    REQUIRE(slopes.size() == wanted_slope.size());
    for (std::size_t i = 0; i < slopes.size(); ++i)
      REQUIRE(slopes[i] == Approx(wanted_slope[i]).margin(tolerance));
    by_differences += sum(slope * cotangents.back()).item<double>();
  }
  double by_gradient = 0;
  const Arrays gradients = backward.pullback(cotangents);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!wanted[i] || !gradients[i].has_value()) continue;
    REQUIRE(to_string(gradients[i].type()) == to_string(inputs[i].type()));
    by_gradient += sum(gradients[i] * directions[i]).item<double>();
  }
  REQUIRE(by_gradient == Approx(by_differences).margin(tolerance * 10));
}

/// vmap over every choice of inputs against one call for each element. Sums may be taken in another order.
inline void require_batches(const flat::Function& f, const Arrays& inputs, double tolerance = 0) {
  for (unsigned mask = 1; mask < (1u << inputs.size()); ++mask) {
    Arrays stacked;
    std::vector<std::optional<int>> axes;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool mapped = mask >> i & 1u;
      const Array other = is_floating(inputs[i].dtype()) ? inputs[i] * 2 : flip(inputs[i]);
      stacked.push_back(mapped ? stack({inputs[i], other, inputs[i]}) : inputs[i]);
      axes.push_back(mapped ? std::optional<int>(0) : std::nullopt);
    }
    const Arrays all =
        flat::vmap(f, stacked, axes, [](std::size_t n) { return std::vector<std::optional<int>>(n, 0); });
    for (std::int64_t b = 0; b < 3; ++b) {
      Arrays one;
      const auto element = [&](const Array& x) { return squeeze(slice_in_dim(x, b, b + 1), 0); };
      for (std::size_t i = 0; i < inputs.size(); ++i)
        one.push_back(axes[i] ? element(stacked[i]) : stacked[i]);
      const Arrays wanted = f(one);
      REQUIRE(all.size() == wanted.size());
      for (std::size_t o = 0; o < wanted.size(); ++o) require_same(element(all[o]), wanted[o], tolerance);
    }
  }
}

inline void require_transforms(const flat::Function& f, const Arrays& inputs, double tolerance = 0) {
  require_gradients(f, inputs);
  require_batches(f, inputs, tolerance);
}

/// A function of one array with one result.
inline flat::Function lifted(std::function<Array(const Array&)> f) {
  return [f = std::move(f)](const Arrays& in) { return Arrays{f(in[0])}; };
}

}  // namespace agree
