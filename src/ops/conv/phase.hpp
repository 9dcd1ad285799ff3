// A convolution with gaps in its input falls into phases: outputs that see the same taps, each a map without
// gaps.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "../linalg/matmul.hpp"
#include "geometry.hpp"
#include "strip.hpp"

namespace copse::convolution {

/// Outputs first, first + step, ... of a dimension see the same taps, as a map without dilation of the input.
struct Progression {
  std::int64_t first, step, count;
  std::int64_t tap, tap_step, taps;
  std::int64_t low, rhs;
};

/// The progressions that a dimension of a geometry falls into.
inline std::vector<Progression> progressions(const Geometry& g, std::size_t d) {
  if (g.lhs[d] == 1 || g.stride[d] != 1) return {{0, 1, g.out[d], 0, 1, g.window[d], g.low[d], g.rhs[d]}};
  std::vector<Progression> all;
  const std::int64_t lhs = g.lhs[d], tap_step = lhs / std::gcd(lhs, g.rhs[d]);
  for (std::int64_t first = 0; first < std::min(lhs, g.out[d]); ++first) {
    Progression p{first, lhs, divide_up(g.out[d] - first, lhs), 0, tap_step, 0, 0, tap_step * g.rhs[d] / lhs};
    while (p.tap < std::min(tap_step, g.window[d]) && (first + p.tap * g.rhs[d] - g.low[d]) % lhs != 0)
      ++p.tap;
    if (p.tap < std::min(tap_step, g.window[d])) {
      p.taps = divide_up(g.window[d] - p.tap, tap_step);
      p.low = -(first + p.tap * g.rhs[d] - g.low[d]) / lhs;
    }
    all.push_back(p);
  }
  return all;
}

/// Part of the outputs of a geometry, one progression in each dimension.
struct Phase {
  std::array<Progression, 3> along;

  /// The phase as a map of its own.
  Geometry own(Geometry g) const {
    for (std::size_t i = 0; i < 3; ++i) {
      if (g.stride[i] == 1) g.lhs[i] = 1;
      g.out[i] = along[i].count;
      g.window[i] = along[i].taps;
      g.low[i] = along[i].low;
      g.rhs[i] = along[i].rhs;
    }
    return g;
  }

  /// The tap of the whole window that tap number `i` of a phase with window `own` is.
  std::int64_t whole_tap(const Geometry& whole, const Triple& own, std::int64_t i) const {
    const std::int64_t at[] = {i / (own[1] * own[2]), i / own[2] % own[1], i % own[2]};
    std::int64_t tap = 0;
    for (std::size_t d = 0; d < 3; ++d)
      tap = tap * whole.window[d] + along[d].tap + at[d] * along[d].tap_step;
    return tap;
  }

  /// The element of y that output (n, plane, row, column) of this phase is.
  std::int64_t place(const Geometry& whole, std::int64_t n, std::int64_t plane, std::int64_t row,
                     std::int64_t column) const {
    const std::int64_t p = along[0].first + plane * along[0].step, r = along[1].first + row * along[1].step,
                       c = along[2].first + column * along[2].step;
    return (((n * whole.out[0] + p) * whole.out[1] + r) * whole.out[2] + c) * whole.features;
  }

  /// The outputs of a phase whose taps meet no input: only the bias is left.
  template <class T>
  void fill(const Geometry& whole, const Epilogue& epilogue, const T* bias, T* y) const {
    for (std::int64_t n = 0; n < whole.batch; ++n)
      for (std::int64_t p = 0; p < along[0].count; ++p)
        for (std::int64_t r = 0; r < along[1].count; ++r)
          for (std::int64_t c = 0; c < along[2].count; ++c) {
            T* to = y + place(whole, n, p, r, c);
            for (std::int64_t f = 0; f < whole.features; ++f) {
              const T value = bias ? bias[f] : T{};
              to[f] = epilogue.activation == Activation::relu && value < T{} ? T{} : value;
            }
          }
  }
};

/// All phases of a geometry.
inline std::vector<Phase> phases(const Geometry& g) {
  std::vector<Phase> all;
  for (const Progression& d : progressions(g, 0))
    for (const Progression& h : progressions(g, 1))
      for (const Progression& w : progressions(g, 2)) all.push_back({{d, h, w}});
  return all;
}

}  // namespace copse::convolution
