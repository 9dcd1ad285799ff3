// What windows on a grid have in common, brought to three spatial dimensions: missing ones have extent 1 in
// front.
#pragma once

#include <array>
#include <cstdint>

#include "copse/core/shape.hpp"

namespace copse::convolution {

using Triple = std::array<std::int64_t, 3>;

/// Output position o of a dimension sees the input at o * stride + t * rhs - low for t in [0, window), in an
/// input with lhs - 1 zeros between its elements and zeros around.
struct Geometry {
  std::int64_t batch = 1;
  Triple in{1, 1, 1}, out{1, 1, 1}, window{1, 1, 1};
  Triple stride{1, 1, 1}, lhs{1, 1, 1}, rhs{1, 1, 1}, low{0, 0, 0};
  std::int64_t channels = 1, features = 1, groups = 1;

  std::int64_t group_channels() const noexcept { return channels / groups; }
  std::int64_t group_features() const noexcept { return features / groups; }
  std::int64_t taps() const noexcept { return window[0] * window[1] * window[2]; }
  std::int64_t positions() const noexcept { return out[0] * out[1] * out[2]; }
  std::int64_t multiplications() const noexcept {
    return batch * positions() * taps() * group_channels() * features;
  }

  /// The gradient with respect to the input is such a map too, from the output's grid, with the kernel turned
  /// around.
  Geometry transposed() const noexcept {
    Geometry g = *this;
    g.in = out;
    g.out = in;
    g.stride = lhs;
    g.lhs = stride;
    for (std::size_t d = 0; d < 3; ++d) g.low[d] = (window[d] - 1) * rhs[d] - low[d];
    g.channels = features;
    g.features = channels;
    return g;
  }
};

}  // namespace copse::convolution
