// The convolution itself: a matrix product whose left side is never written down, because the rows of its
// windows are stretches of the input.
#include <algorithm>
#include <numeric>

#include "../linalg/gemm.hpp"
#include "copse/core/threads.hpp"
#include "core/lifetime.hpp"
#include "engine.hpp"
#include "strip.hpp"

namespace copse::convolution {
namespace {

constexpr std::int64_t strip_bytes = 256 * 1024;  // a quarter of the second-level cache
constexpr std::int64_t thread_grain = 200'000;    // multiplications that are worth a thread

// Outputs first, first + step, ... of a dimension see the same taps, as a map without dilation of the input.
// Of each thread, whose room stays for the next block.
struct BlockScratch {
  std::vector<gemm::Stretch> lines, stretches;
};

struct Progression {
  std::int64_t first, step, count;
  std::int64_t tap, tap_step, taps;
  std::int64_t low, rhs;
};

std::vector<Progression> progressions(const Geometry& g, std::size_t d) {
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

}  // namespace

// Part of the outputs, as a map of its own.
template <class T>
struct Correlation<T>::Phase {
  Phase(const Geometry& whole, const Progression& d, const Progression& h, const Progression& w,
        std::int64_t packed_at)
      : along{d, h, w},
        strip(own(whole, d, h, w), strip_bytes / static_cast<std::int64_t>(sizeof(T))),
        packed(packed_at) {
    const Geometry& g = strip.g;
    empty = g.taps() == 0;
    if (empty) return;
    merged = g.groups == 1 && (g.rhs[2] == 1 || g.window[2] == 1);
    const gemm::Tiles<T>& tiles = gemm::tiles<T>();
    const std::int64_t columns = strip.block_columns;
    tallest = tiles.tallest(columns, divide_up(g.group_features(), tiles.lanes));
    whole_blocks = column_tiles(columns);
    last_blocks = column_tiles(g.out[2] - (strip.column_blocks() - 1) * columns);
    for (std::int64_t f = 0; f < g.group_features();) {
      const std::int64_t left = divide_up(g.group_features() - f, tiles.lanes);
      panels.push_back({f, tiles.width(tallest, left)});
      f += panels.back().vectors * tiles.lanes;
    }
    packed_group = g.taps() * g.group_channels() * divide_up(g.group_features(), tiles.lanes) * tiles.lanes;
  }

  static Geometry own(Geometry g, const Progression& d, const Progression& h, const Progression& w) {
    const Progression* along[] = {&d, &h, &w};
    for (std::size_t i = 0; i < 3; ++i) {
      if (g.stride[i] == 1) g.lhs[i] = 1;
      g.out[i] = along[i]->count;
      g.window[i] = along[i]->taps;
      g.low[i] = along[i]->low;
      g.rhs[i] = along[i]->rhs;
    }
    return g;
  }

  struct Panel {
    std::int64_t feature;
    int vectors;
  };
  // Outputs [first, first + rows) of a tile, which see inputs at columns [tap, tap + taps) of the window.
  struct Part {
    std::int64_t first, rows, tap, taps;
  };
  // Neighbouring outputs of a row. A part with all of them comes first, if there is one.
  struct ColumnTile {
    std::int64_t first, rows;
    std::vector<Part> parts;
    bool whole() const { return !parts.empty() && parts[0].rows == rows; }
  };
  std::array<Progression, 3> along;
  StripPlan strip;
  bool empty = false;   // no tap meets any input
  bool merged = false;  // neighbouring columns of the window are one stretch
  std::int64_t tallest = 0;
  std::vector<ColumnTile> whole_blocks, last_blocks;
  std::vector<Panel> panels;
  std::int64_t packed = 0, packed_group = 0;  // where the packed kernel begins, and its elements for a group

  std::vector<ColumnTile> column_tiles(std::int64_t columns) const {
    std::vector<ColumnTile> all;
    const std::int64_t count = divide_up(columns, tallest);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t c0 = columns * i / count;
      ColumnTile tile{c0, columns * (i + 1) / count - c0, {}};
      for (std::int64_t w = 0; w < strip.g.window[2]; ++w) {
        std::int64_t first, last;
        strip.seeing(w, first, last);
        first = std::max<std::int64_t>(first - c0, 0);
        const std::int64_t rows = std::min(last - c0, tile.rows) - first;
        if (rows <= 0) continue;
        if (!tile.parts.empty() && tile.parts.back().first == first && tile.parts.back().rows == rows)
          ++tile.parts.back().taps;
        else
          tile.parts.push_back({first, rows, w, 1});
      }
      std::stable_partition(tile.parts.begin(), tile.parts.end(),
                            [&](const Part& p) { return p.rows == tile.rows; });
      all.push_back(std::move(tile));
    }
    return all;
  }

  void pack(const Geometry& whole, Weights weights, const T* kernel, T* to) const {
    const gemm::Tiles<T>& tiles = gemm::tiles<T>();
    const Geometry& g = strip.g;
    const std::int64_t cg = g.group_channels(), fg = g.group_features();
    // As the kernel lies: (taps, its input channels in a group, all its output channels).
    const std::int64_t rows = weights == Weights::straight ? cg : fg;
    const std::int64_t columns = weights == Weights::straight ? g.features : g.channels;
    for (std::int64_t group = 0; group < g.groups; ++group) {
      for (const Panel& panel : panels) {
        const std::int64_t width = panel.vectors * tiles.lanes, count = std::min(width, fg - panel.feature);
        T* out = to + packed + group * packed_group + g.taps() * cg * panel.feature;
        for (std::int64_t i = 0; i < g.taps(); ++i, out += cg * width) {
          const std::int64_t at[] = {i / (g.window[1] * g.window[2]), i / g.window[2] % g.window[1],
                                     i % g.window[2]};
          std::int64_t tap = 0;
          for (std::size_t d = 0; d < 3; ++d)
            tap = tap * whole.window[d] + along[d].tap + at[d] * along[d].tap_step;
          if (weights == Weights::straight) {
            tiles.pack(kernel + tap * rows * columns + group * fg + panel.feature, columns, 1, cg, count, out,
                       width);
          } else {
            tap = whole.taps() - 1 - tap;
            tiles.pack(kernel + tap * rows * columns + panel.feature * columns + group * cg, 1, columns, cg,
                       count, out, width);
          }
        }
      }
    }
  }

  // Element of y that output (n, plane, row, column) of this phase is.
  std::int64_t place(const Geometry& whole, std::int64_t n, std::int64_t plane, std::int64_t row,
                     std::int64_t column) const {
    const std::int64_t p = along[0].first + plane * along[0].step, r = along[1].first + row * along[1].step,
                       c = along[2].first + column * along[2].step;
    return (((n * whole.out[0] + p) * whole.out[1] + r) * whole.out[2] + c) * whole.features;
  }

  void block(const Geometry& whole, const Epilogue& epilogue, std::int64_t index, const T* x,
             const T* weights, const T* bias, T* y, T* memory) const {
    const gemm::Tiles<T>& tiles = gemm::tiles<T>();
    const Geometry& g = strip.g;
    const Block b(strip, index);
    const T* from = gather(strip, b, x, memory);
    const std::int64_t cg = g.group_channels(), fg = g.group_features();
    const std::vector<ColumnTile>& column_tiles =
        b.columns == strip.block_columns ? whole_blocks : last_blocks;
    auto& [lines, stretches] = copse::detail::per_thread<BlockScratch>();
    gemm::Tile<T> t;
    t.a_row = g.stride[2] * g.channels;
    t.a_col = 1;
    t.c_row = along[2].step * whole.features;
    const bool relu = epilogue.activation == Activation::relu;
    for (std::int64_t group = 0; group < g.groups; ++group) {
      for (const Panel& panel : panels) {
        const std::int64_t width = panel.vectors * tiles.lanes, feature = group * fg + panel.feature;
        const T* w = weights + packed + group * packed_group + g.taps() * cg * panel.feature;
        t.b_row = width;
        t.last = std::min(width, fg - panel.feature) - (panel.vectors - 1) * tiles.lanes;
        for (std::int64_t row = b.row; row < b.row + b.rows; ++row) {
          lines.clear();
          for (std::int64_t i = 0; i < g.window[0] * g.window[1]; ++i) {
            const std::int64_t at = strip.line(b.plane, row, b.row, i / g.window[1], i % g.window[1]);
            if (at >= 0) lines.push_back({at + group * cg, i * g.window[2] * cg});
          }
          for (const ColumnTile& tile : column_tiles) {
            T* c = y + place(whole, b.n, b.plane, row, b.column + tile.first) + feature;
            // Several parts need what is before and after the sum to be done for all of the tile.
            const bool alone = tile.parts.size() == 1 && tile.whole();
            const auto finish = [&](bool add, const T* its_bias, bool its_relu) {
              t.count = 0;
              t.c = c;
              t.add = add;
              t.bias = its_bias;
              t.relu = its_relu;
              tiles.at[0][tile.rows][panel.vectors](t);
            };
            const T* its_bias = bias ? bias + feature : nullptr;
            if (!tile.whole()) finish(false, its_bias, false);
            for (const Part& part : tile.parts) {
              find_stretches(part, lines, stretches);
              t.k = (merged ? part.taps : 1) * cg;
              t.count = static_cast<std::int64_t>(stretches.size());
              t.stretches = stretches.data();
              t.a = from + strip.along(tile.first + part.first, part.tap);
              t.b = w + part.tap * cg * width;
              t.c = c + part.first * t.c_row;
              t.add = !tile.whole() || &part != tile.parts.data();
              t.bias = t.add ? nullptr : its_bias;
              t.relu = relu && alone;
              tiles.at[t.a_row == 1][part.rows][panel.vectors](t);
            }
            if (relu && !alone) finish(true, nullptr, true);
          }
        }
      }
    }
  }

  void find_stretches(const Part& part, const std::vector<gemm::Stretch>& lines,
                      std::vector<gemm::Stretch>& stretches) const {
    stretches.clear();
    for (const gemm::Stretch& line : lines)
      for (std::int64_t i = 0; i < (merged ? 1 : part.taps); ++i)
        stretches.push_back(
            {line.a + i * strip.g.rhs[2] * strip.g.channels, line.b + i * strip.g.group_channels()});
  }

  // No tap meets an input: only the bias is left.
  void fill(const Geometry& whole, const Epilogue& epilogue, const T* bias, T* y) const {
    const Geometry& g = strip.g;
    for (std::int64_t n = 0; n < g.batch; ++n)
      for (std::int64_t p = 0; p < g.out[0]; ++p)
        for (std::int64_t r = 0; r < g.out[1]; ++r)
          for (std::int64_t c = 0; c < g.out[2]; ++c) {
            T* to = y + place(whole, n, p, r, c);
            for (std::int64_t f = 0; f < g.features; ++f) {
              const T value = bias ? bias[f] : T{};
              to[f] = epilogue.activation == Activation::relu && value < T{} ? T{} : value;
            }
          }
  }
};

template <class T>
Correlation<T>::Correlation(const Geometry& geometry, Weights weights, Epilogue epilogue)
    : geometry_(geometry), weights_(weights), epilogue_(epilogue) {
  if (geometry.batch * geometry.positions() * geometry.features == 0) return;
  Geometry g = geometry;
  if (g.channels == 0) g.window = {0, 0, 0};
  geometry_.window = g.window;
  std::int64_t packed = 0;
  for (const Progression& d : progressions(g, 0))
    for (const Progression& h : progressions(g, 1))
      for (const Progression& w : progressions(g, 2)) {
        phases_.emplace_back(g, d, h, w, packed);
        packed += phases_.back().packed_group * g.groups;
      }
}

template <class T>
Correlation<T>::~Correlation() = default;

template <class T>
std::int64_t Correlation<T>::workspace() const noexcept {
  return phases_.empty() ? 0 : phases_.back().packed + phases_.back().packed_group * geometry_.groups;
}

template <class T>
void Correlation<T>::run(const T* x, const T* kernel, const T* bias, T* y, T* workspace) const {
  for (const Phase& phase : phases_) {
    if (phase.empty) {
      phase.fill(geometry_, epilogue_, bias, y);
      continue;
    }
    phase.pack(geometry_, weights_, kernel, workspace);
    const std::int64_t blocks = phase.strip.blocks();
    const std::int64_t each = std::max<std::int64_t>(1, phase.strip.g.multiplications() / blocks);
    parallel_for(
        blocks, std::max<std::int64_t>(1, thread_grain / each), [&](std::int64_t begin, std::int64_t end) {
          T* memory =
              static_cast<T*>(gemm::scratch(static_cast<std::size_t>(phase.strip.elements()) * sizeof(T)));
          for (std::int64_t i = begin; i < end; ++i)
            phase.block(geometry_, epilogue_, i, x, workspace, bias, y, memory);
        });
  }
}

template class Correlation<float>;
template class Correlation<double>;

}  // namespace copse::convolution
