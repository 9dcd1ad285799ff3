// The part of an input that a block of outputs sees: as it lies, or copied with its padding to a strip that
// stays in the cache.
#pragma once

#include <algorithm>
#include <cstring>

#include "copse/core/threads.hpp"
#include "geometry.hpp"

namespace copse::convolution {

inline std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// How the outputs of one plane are divided into blocks, and where the block's inputs lie.
///
/// Taps that meet padding need not be multiplied: those are a sixth of all in the 5x5 windows of a 14x14
/// image. Leaving them out takes a stretch for each tap, which only pays for enough channels. With few
/// channels zeros are put around the input, so that a row of the window is one stretch.
struct StripPlan {
  static constexpr std::int64_t enough_channels = 16;

  Geometry g;
  bool direct = false;  ///< the input itself serves; what lies outside is left out
  bool inside = false;  ///< nothing does
  std::int64_t block_rows = 1, block_columns = 1;
  std::int64_t rows = 1, columns = 1;           ///< of input positions that a block sees
  std::int64_t pitch = 0;                       ///< elements from one position to the next
  std::int64_t row_pitch = 0, plane_pitch = 0;  ///< elements from one row, one plane to the next

  /// Strips are at most about `limit` elements. Unless `spread` is 0, they have so many elements for each
  /// position, made from its channels, and nothing outside is left out.
  StripPlan(const Geometry& geometry, std::int64_t limit, std::int64_t spread = 0)
      : g(geometry), pitch(spread > 0 ? spread : g.channels) {
    bool dilated = false;
    inside = true;
    for (std::size_t d = 0; d < 3; ++d) {
      const std::int64_t last = (g.out[d] - 1) * g.stride[d] + (g.window[d] - 1) * g.rhs[d] - g.low[d];
      dilated = dilated || g.lhs[d] != 1;
      inside = inside && g.low[d] <= 0 && last < g.in[d];
    }
    const bool as_it_is = spread == 0 || (spread == g.channels && g.group_channels() == 1);
    direct = !dilated && as_it_is && (inside || (spread == 0 && g.group_channels() >= enough_channels));
    const auto seen = [this](std::size_t d, std::int64_t outputs) {
      return (outputs - 1) * g.stride[d] + (g.window[d] - 1) * g.rhs[d] + 1;
    };
    const auto size = [&](std::int64_t r, std::int64_t c) {
      return g.window[0] * seen(1, r) * seen(2, c) * pitch;
    };
    block_rows = g.out[1];
    block_columns = g.out[2];
    while (size(block_rows, block_columns) > limit && block_rows > 1) block_rows = divide_up(block_rows, 2);
    while (!direct && size(block_rows, block_columns) > limit && block_columns > 28)
      block_columns = divide_up(block_columns, 2);
    rows = seen(1, block_rows);
    columns = seen(2, block_columns);
    row_pitch = (direct ? g.in[2] : columns) * pitch;
    plane_pitch = direct ? g.in[1] * row_pitch : rows * row_pitch;
  }

  std::int64_t row_blocks() const noexcept { return divide_up(g.out[1], block_rows); }
  std::int64_t column_blocks() const noexcept { return divide_up(g.out[2], block_columns); }
  std::int64_t blocks() const noexcept { return g.batch * g.out[0] * row_blocks() * column_blocks(); }
  std::int64_t elements() const noexcept { return direct ? 0 : g.window[0] * plane_pitch; }

  /// Where row (d, h) of the window of output row (plane, row) begins, counted from the image or the strip;
  /// -1 if it lies in the padding.
  std::int64_t line(std::int64_t plane, std::int64_t row, std::int64_t block_row, std::int64_t d,
                    std::int64_t h) const noexcept {
    if (!direct) return d * plane_pitch + ((row - block_row) * g.stride[1] + h * g.rhs[1]) * row_pitch;
    const std::int64_t i0 = plane * g.stride[0] + d * g.rhs[0] - g.low[0],
                       i1 = row * g.stride[1] + h * g.rhs[1] - g.low[1];
    const bool there = i0 >= 0 && i0 < g.in[0] && i1 >= 0 && i1 < g.in[1];
    return there ? i0 * plane_pitch + i1 * row_pitch : -1;
  }

  /// The columns [first, last) of the output that see an input at column w of the window.
  void seeing(std::int64_t w, std::int64_t& first, std::int64_t& last) const noexcept {
    first = 0;
    last = g.out[2];
    if (!direct) return;
    const std::int64_t outside = g.low[2] - w * g.rhs[2];  // of the input, to the left of the first output
    if (outside > 0) first = std::min(last, divide_up(outside, g.stride[2]));
    const std::int64_t before_end = g.in[2] - 1 + outside;  // a stride may be as large as numbers go
    last = std::clamp(before_end < 0 ? 0 : before_end / g.stride[2] + 1, first, last);
  }

  /// From a line's beginning to column w of the window of output `column` of the block.
  std::int64_t along(std::int64_t column, std::int64_t w) const noexcept {
    return (column * g.stride[2] + w * g.rhs[2] - (direct ? g.low[2] : 0)) * pitch;
  }
};

/// One block of outputs.
struct Block {
  std::int64_t n, plane, row, column;  ///< of its first output
  std::int64_t rows, columns;

  Block(const StripPlan& s, std::int64_t index) {
    const std::int64_t cb = s.column_blocks(), rb = s.row_blocks();
    column = index % cb * s.block_columns;
    row = index / cb % rb * s.block_rows;
    plane = index / cb / rb % s.g.out[0];
    n = index / cb / rb / s.g.out[0];
    rows = std::min(s.block_rows, s.g.out[1] - row);
    columns = std::min(s.block_columns, s.g.out[2] - column);
  }
};

/// Calls `f(first, end)` for ranges of a plan's blocks, on as many threads as are worth their start: each has
/// `grain` multiplications to do.
template <class F>
void for_blocks(const StripPlan& strip, std::int64_t grain, const F& f) {
  const std::int64_t blocks = strip.blocks(),
                     each = std::max<std::int64_t>(1, strip.g.multiplications() / blocks);
  parallel_for(blocks, std::max<std::int64_t>(1, grain / each), f);
}

// The input position of a dilated one, or -1 where there is only a zero.
inline std::int64_t undilated(std::int64_t at, std::int64_t lhs, std::int64_t extent) {
  if (at < 0) return -1;
  if (lhs != 1) {
    if (at % lhs != 0) return -1;
    at /= lhs;
  }
  return at < extent ? at : -1;
}

/// Where the block's inputs are: its image, or `memory`, to where `copy(from, to, positions)` has brought
/// them with zeros around.
template <class T, class Copy>
const T* gather(const StripPlan& s, const Block& block, const T* x, T* memory, Copy copy) {
  const Geometry& g = s.g;
  const std::int64_t first[] = {block.plane * g.stride[0] - g.low[0], block.row * g.stride[1] - g.low[1],
                                block.column * g.stride[2] - g.low[2]};
  const std::int64_t x_row = g.in[2] * g.channels, x_plane = g.in[1] * x_row;
  x += block.n * g.in[0] * x_plane;
  if (s.direct) return x;
  const std::int64_t rows = (block.rows - 1) * g.stride[1] + (g.window[1] - 1) * g.rhs[1] + 1;
  const std::int64_t columns = (block.columns - 1) * g.stride[2] + (g.window[2] - 1) * g.rhs[2] + 1;
  const auto zero = [&s](T* to, std::int64_t count) {
    if (count > 0) std::memset(to, 0, static_cast<std::size_t>(count * s.pitch) * sizeof(T));
  };
  for (std::int64_t d = 0; d < g.window[0]; ++d) {
    const std::int64_t plane = undilated(first[0] + d * g.rhs[0], g.lhs[0], g.in[0]);
    for (std::int64_t h = 0; h < rows; ++h) {
      T* to = memory + d * s.plane_pitch + h * s.row_pitch;
      const std::int64_t row = plane < 0 ? -1 : undilated(first[1] + h, g.lhs[1], g.in[1]);
      if (row < 0) {
        zero(to, columns);
        continue;
      }
      const T* from = x + plane * x_plane + row * x_row;
      if (g.lhs[2] == 1) {
        const std::int64_t left = std::clamp<std::int64_t>(-first[2], 0, columns);
        const std::int64_t right = std::clamp(g.in[2] - first[2], left, columns);
        zero(to, left);
        if (right > left) copy(from + (first[2] + left) * g.channels, to + left * s.pitch, right - left);
        zero(to + right * s.pitch, columns - right);
      } else {
        for (std::int64_t w = 0; w < columns; ++w) {
          const std::int64_t column = undilated(first[2] + w, g.lhs[2], g.in[2]);
          if (column < 0)
            zero(to + w * s.pitch, 1);
          else
            copy(from + column * g.channels, to + w * s.pitch, 1);
        }
      }
    }
  }
  return memory;
}

/// The same, with positions as they are.
template <class T>
const T* gather(const StripPlan& s, const Block& block, const T* x, T* memory) {
  return gather(s, block, x, memory, [&s](const T* from, T* to, std::int64_t positions) {
    const std::int64_t count = positions * s.pitch;
    if (count > 0) std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
  });
}

}  // namespace copse::convolution
