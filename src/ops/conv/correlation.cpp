// The convolution itself: a matrix product whose left side is never written down, because the rows of its
// windows are stretches of the input.
#include <algorithm>
#include <memory>
#include <vector>

#include "../linalg/gemm.hpp"
#include "copse/core/threads.hpp"
#include "core/lifetime.hpp"
#include "grouped.hpp"
#include "phase.hpp"

namespace copse::convolution {
namespace {

constexpr std::int64_t strip_bytes = 256 * 1024;  // a quarter of the second-level cache
constexpr std::int64_t thread_grain = 200'000;    // multiplications that are worth a thread

// Of each thread, whose room stays for the next block.
struct BlockScratch {
  std::vector<gemm::Stretch> lines, stretches;
};

// Part of the outputs, as a map of its own.
template <class T>
struct Part {
  Part(const Geometry& whole, const Phase& its_phase, std::int64_t packed_at)
      : phase(its_phase),
        strip(phase.own(whole), strip_bytes / static_cast<std::int64_t>(sizeof(T))),
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

  struct Panel {
    std::int64_t feature;
    int vectors;
  };
  // Outputs [first, first + rows) of a tile, which see inputs at columns [tap, tap + taps) of the window.
  struct Seeing {
    std::int64_t first, rows, tap, taps;
  };
  // Neighbouring outputs of a row. A part with all of them comes first, if there is one.
  struct ColumnTile {
    std::int64_t first, rows;
    std::vector<Seeing> parts;
    bool whole() const { return !parts.empty() && parts[0].rows == rows; }
  };
  Phase phase;
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
                            [&](const Seeing& p) { return p.rows == tile.rows; });
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
          std::int64_t tap = phase.whole_tap(whole, g.window, i);
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
    t.c_row = phase.along[2].step * whole.features;
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
            T* c = y + phase.place(whole, b.n, b.plane, row, b.column + tile.first) + feature;
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
            for (const Seeing& part : tile.parts) {
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

  void find_stretches(const Seeing& part, const std::vector<gemm::Stretch>& lines,
                      std::vector<gemm::Stretch>& stretches) const {
    stretches.clear();
    for (const gemm::Stretch& line : lines)
      for (std::int64_t i = 0; i < (merged ? 1 : part.taps); ++i)
        stretches.push_back(
            {line.a + i * strip.g.rhs[2] * strip.g.channels, line.b + i * strip.g.group_channels()});
  }
};

// By products of each group's windows and weights.
template <class T>
class ByProducts final : public Correlation<T> {
 public:
  ByProducts(const Geometry& geometry, Weights weights, Epilogue epilogue)
      : geometry_(geometry), weights_(weights), epilogue_(epilogue) {
    if (geometry.batch * geometry.positions() * geometry.features == 0) return;
    Geometry g = geometry;
    if (g.channels == 0) g.window = {0, 0, 0};
    geometry_.window = g.window;
    std::int64_t packed = 0;
    for (const Phase& phase : phases(g)) {
      parts_.emplace_back(g, phase, packed);
      packed += parts_.back().packed_group * g.groups;
    }
  }

  std::int64_t workspace() const noexcept override {
    return parts_.empty() ? 0 : parts_.back().packed + parts_.back().packed_group * geometry_.groups;
  }

  void run(const T* x, const T* kernel, const T* bias, T* y, T* workspace) const override {
    for (const Part<T>& part : parts_) {
      if (part.empty) {
        part.phase.fill(geometry_, epilogue_, bias, y);
        continue;
      }
      part.pack(geometry_, weights_, kernel, workspace);
      for_blocks(part.strip, thread_grain, [&](std::int64_t begin, std::int64_t end) {
        T* memory =
            static_cast<T*>(gemm::scratch(static_cast<std::size_t>(part.strip.elements()) * sizeof(T)));
        for (std::int64_t i = begin; i < end; ++i)
          part.block(geometry_, epilogue_, i, x, workspace, bias, y, memory);
      });
    }
  }

 private:
  Geometry geometry_;
  Weights weights_;
  Epilogue epilogue_;
  std::vector<Part<T>> parts_;
};

}  // namespace

template <class T>
std::shared_ptr<const Correlation<T>> correlation(const Geometry& geometry, Weights weights,
                                                  Epilogue epilogue) {
  if (grouped_suits<T>(geometry)) return grouped_correlation<T>(geometry, weights, epilogue);
  return std::make_shared<const ByProducts<T>>(geometry, weights, epilogue);
}

template std::shared_ptr<const Correlation<float>> correlation(const Geometry&, Weights, Epilogue);
template std::shared_ptr<const Correlation<double>> correlation(const Geometry&, Weights, Epilogue);

}  // namespace copse::convolution
