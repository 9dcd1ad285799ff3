// The gradient with respect to a convolution's kernel: a matrix product whose sum runs over all positions.
#include <algorithm>
#include <memory>
#include <vector>

#include "../linalg/gemm.hpp"
#include "chunks.hpp"
#include "copse/core/threads.hpp"
#include "core/lifetime.hpp"
#include "grouped.hpp"
#include "strip.hpp"

namespace copse::convolution {
namespace {

constexpr std::int64_t strip_bytes = 256 * 1024;
constexpr std::int64_t thread_grain = 200'000;
constexpr std::int64_t positions_at_once = 512;  // whose part of y stays in the second-level cache

// Of each thread, whose room stays for the next rows.
struct KernelScratch {
  std::vector<gemm::Stretch> stretches;
};

template <class T>
struct Plan {
  explicit Plan(const Geometry& geometry)
      : g(geometry), strip(geometry, strip_bytes / static_cast<std::int64_t>(sizeof(T))) {
    size = g.taps() * g.group_channels() * g.features;
    if (size == 0) return;
    // Taps that leave out different positions cannot be done together.
    merged = g.groups == 1 && (g.rhs[2] == 1 || g.window[2] == 1) && (!strip.direct || strip.inside);
    rows = merged ? g.window[2] * g.channels : g.group_channels();
    const gemm::Tiles<T>& tiles = gemm::tiles<T>();
    row_tiles = divide_up(rows, tiles.tallest(rows, divide_up(g.group_features(), tiles.lanes)));
    vectors = tiles.width(divide_up(rows, row_tiles), divide_up(g.group_features(), tiles.lanes));
    panels = divide_up(g.group_features(), vectors * tiles.lanes);
    rows_at_once =
        std::max<std::int64_t>(1, positions_at_once / std::max<std::int64_t>(1, strip.block_columns));
    // The images fall into chunks.
    const std::int64_t most =
        std::max<std::int64_t>(1, chunk_bytes / (size * static_cast<std::int64_t>(sizeof(T))));
    const std::int64_t worth = std::max<std::int64_t>(1, g.multiplications() / (4 * thread_grain));
    chunks = std::max<std::int64_t>(1, std::min({g.batch, most, worth, most_chunks}));
  }

  Geometry g;
  StripPlan strip;
  std::int64_t size = 0;  // elements of the kernel
  bool merged = false;
  std::int64_t rows = 0;  // of the product that one tap, or one row of taps, takes part in
  std::int64_t row_tiles = 0, panels = 0, rows_at_once = 1, chunks = 1;
  int vectors = 1;

  std::int64_t taps() const noexcept { return merged ? g.window[0] * g.window[1] : g.taps(); }
  std::int64_t units() const noexcept { return g.groups * panels * taps(); }

  // Rows of the output, counted over all images and planes: those of a block, or all of some images.
  struct Rows {
    std::int64_t first, count, column, columns;
    std::int64_t block_row;
    const T* x;  // where the strip, or the first image, begins
  };

  // Adds up what some images bring to units [u0, u1) of the kernel.
  void sum(std::int64_t image0, std::int64_t image1, std::int64_t u0, std::int64_t u1, const T* x, const T* y,
           T* to) const {
    const std::int64_t per_image = g.out[0] * g.out[1];
    bool add = false;
    const auto in_turn = [&](const Rows& all) {
      for (std::int64_t r = 0; r < all.count; r += rows_at_once) {
        Rows some = all;
        some.first += r;
        some.count = std::min(rows_at_once, all.count - r);
        some_rows(some, add, u0, u1, y, to);
        add = true;
      }
    };
    if (strip.direct) return in_turn({image0 * per_image, (image1 - image0) * per_image, 0, g.out[2], 0, x});
    T* memory = static_cast<T*>(gemm::scratch(static_cast<std::size_t>(strip.elements()) * sizeof(T)));
    const std::int64_t blocks = strip.blocks() / g.batch;
    for (std::int64_t i = image0 * blocks; i < image1 * blocks; ++i) {
      const Block b(strip, i);
      in_turn({(b.n * g.out[0] + b.plane) * g.out[1] + b.row, b.rows, b.column, b.columns, b.row,
               gather(strip, b, x, memory)});
    }
  }

  // Where row (d, h) of the window meets the inputs, and its partners among the rows of y.
  void find_stretches(const Rows& some, std::int64_t d, std::int64_t h,
                      std::vector<gemm::Stretch>& stretches) const {
    const std::int64_t image = g.in[0] * g.in[1] * g.in[2] * g.channels, per_image = g.out[0] * g.out[1];
    stretches.clear();
    for (std::int64_t r = some.first; r < some.first + some.count; ++r) {
      const std::int64_t at = strip.line(r / g.out[1] % g.out[0], r % g.out[1], some.block_row, d, h);
      if (at >= 0) stretches.push_back({at + (strip.direct ? r / per_image * image : 0), r * g.out[2]});
    }
  }

  void some_rows(const Rows& some, bool add, std::int64_t u0, std::int64_t u1, const T* y, T* to) const {
    const gemm::Tiles<T>& tiles = gemm::tiles<T>();
    const std::int64_t cg = g.group_channels(), fg = g.group_features();
    const std::int64_t width = vectors * tiles.lanes, tap_count = taps();
    std::vector<gemm::Stretch>& stretches = copse::detail::per_thread<KernelScratch>().stretches;
    gemm::Tile<T> t;
    t.a_row = 1;
    t.a_col = g.stride[2] * g.channels;
    t.b_row = g.features;
    t.c_row = g.features;
    t.add = add;
    for (std::int64_t u = u0; u < u1; ++u) {
      const std::int64_t tap = u % tap_count, panel = u / tap_count % panels, group = u / tap_count / panels;
      const std::int64_t along = merged ? 1 : g.window[2], w0 = tap % along;
      const std::int64_t feature = group * fg + panel * width, left = std::min(width, fg - panel * width);
      const int v = static_cast<int>(divide_up(left, tiles.lanes));
      std::int64_t first = some.column, last = some.column + some.columns;
      if (strip.direct && !merged) strip.seeing(w0, first, last);
      find_stretches(some, tap / along / g.window[1], tap / along % g.window[1], stretches);
      t.k = last - first;
      t.count = static_cast<std::int64_t>(stretches.size());
      t.stretches = stretches.data();
      const T* a = some.x + strip.along(first - some.column, w0) + group * cg;
      const T* b = y + first * g.features + feature;
      T* c = to + tap * rows * g.features + feature;
      // Not every width of a tile exists; a narrower panel goes in parts.
      for (int j = 0; j < v;) {
        const int vectors_at_once = tiles.width(divide_up(rows, row_tiles), v - j);
        t.b = b + j * tiles.lanes;
        t.last = std::min<std::int64_t>(vectors_at_once * tiles.lanes, left - j * tiles.lanes) -
                 (vectors_at_once - 1) * tiles.lanes;
        for (std::int64_t i = 0; i < row_tiles; ++i) {
          const std::int64_t i0 = rows * i / row_tiles, height = rows * (i + 1) / row_tiles - i0;
          t.a = a + i0;
          t.c = c + i0 * g.features + j * tiles.lanes;
          tiles.at[1][height][vectors_at_once](t);
        }
        j += vectors_at_once;
      }
    }
  }
};

// By products of windows and outputs.
template <class T>
class ByProducts final : public KernelGradient<T> {
 public:
  explicit ByProducts(const Geometry& geometry) : plan_(geometry) {}

  std::int64_t workspace() const noexcept override { return (plan_.chunks - 1) * plan_.size; }

  void run(const T* x, const T* y, T* kernel, T* workspace) const override {
    const Plan<T>& p = plan_;
    if (p.size == 0) return;
    if (p.g.batch * p.g.positions() == 0) {
      std::fill_n(kernel, p.size, T{});
      return;
    }
    // Chunks first; where they are fewer than the threads, each falls into ranges of units.
    const std::int64_t units = p.units(), work = p.g.multiplications();
    const std::int64_t threads = work < 2 * thread_grain ? 1 : num_threads();
    const std::int64_t ranges = p.chunks % threads == 0 ? 1 : std::min(units, threads);
    parallel_for(
        p.chunks * ranges,
        std::max<std::int64_t>(1, thread_grain * p.chunks * ranges / std::max<std::int64_t>(1, work)),
        [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t chunk = i / ranges, range = i % ranges;
            p.sum(p.g.batch * chunk / p.chunks, p.g.batch * (chunk + 1) / p.chunks, units * range / ranges,
                  units * (range + 1) / ranges, x, y, chunk_place(kernel, workspace, chunk, p.size));
          }
        });
    add_chunks(kernel, workspace, p.chunks, p.size);
  }

 private:
  Plan<T> plan_;
};

}  // namespace

template <class T>
std::shared_ptr<const KernelGradient<T>> kernel_gradient(const Geometry& geometry) {
  if (grouped_suits<T>(geometry)) return grouped_kernel_gradient<T>(geometry);
  return std::make_shared<const ByProducts<T>>(geometry);
}

template std::shared_ptr<const KernelGradient<float>> kernel_gradient(const Geometry&);
template std::shared_ptr<const KernelGradient<double>> kernel_gradient(const Geometry&);

}  // namespace copse::convolution
