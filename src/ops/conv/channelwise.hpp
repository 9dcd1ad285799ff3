// Loops over vectors of channels, for convolutions whose groups are narrower than a vector.
#pragma once

#include <cstdint>

#include "core/isa.hpp"

namespace copse::convolution {

/// A block of outputs (rows, columns, features) and what they see. The inputs are spread: what meets
/// feature f lies `f` elements behind where a tap begins. Distances are in elements.
template <class T>
struct ChannelBlock {
  std::int64_t features, rows, columns;
  std::int64_t x_row, x_column;  ///< between inputs of neighbouring outputs
  std::int64_t y_row, y_column;  ///< between outputs
  std::int64_t taps;             ///< for each of a group's input channels
  const std::int64_t* offsets;   ///< where they begin, counted from an output's inputs
  const T* x;
};

/// y = the sum over taps of x * weights (taps, features), plus bias.
template <class T>
struct ChannelSum : ChannelBlock<T> {
  const T* weights;
  const T* bias;  ///< null, or one for each feature
  bool relu;
  T* y;
};

/// weights (taps, features) += the sum over outputs of x * y.
template <class T>
struct ChannelGradient : ChannelBlock<T> {
  const T* y;
  T* weights;
};

/// Positions of channels in groups of `group_channels`, of which each meets `group_features` features.
template <class T>
struct ChannelSpread {
  std::int64_t positions, group_channels, group_features, groups;
  const T* from;  ///< (positions, groups * group_channels)
  T* to;          ///< (positions, group_channels, groups * group_features)
};

/// The loops of an instruction set.
template <class T>
struct ChannelLoops {
  int lanes;  ///< of a vector
  void (*sum)(const ChannelSum<T>&);
  void (*gradient)(const ChannelGradient<T>&);
  void (*spread)(const ChannelSpread<T>&);
};

COPSE_ISA_DECLARE(const ChannelLoops<float>& float_channel_loops())
COPSE_ISA_DECLARE(const ChannelLoops<double>& double_channel_loops())

/// The loops for this processor.
template <class T>
const ChannelLoops<T>& channel_loops() {
  if constexpr (sizeof(T) == sizeof(float))
    return COPSE_ISA_SELECT(float_channel_loops)();
  else
    return COPSE_ISA_SELECT(double_channel_loops)();
}

}  // namespace copse::convolution
