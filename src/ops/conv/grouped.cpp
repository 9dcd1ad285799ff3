// Convolutions whose groups are narrower than a vector: products of all features of a position with what
// meets them, tap by tap.
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "../linalg/gemm.hpp"
#include "channelwise.hpp"
#include "chunks.hpp"
#include "copse/core/threads.hpp"
#include "grouped.hpp"
#include "phase.hpp"

namespace copse::convolution {
namespace {

constexpr std::int64_t strip_bytes = 128 * 1024;
constexpr std::int64_t thread_grain = 50'000;  // multiplications that are worth a thread

// Blocks of a map, with inputs spread to what each feature meets.
template <class T>
struct Spread {
  StripPlan strip;
  std::vector<std::int64_t> offsets;  // of each tap, and in it of each of a group's channels

  explicit Spread(const Geometry& g)
      : strip(g, strip_bytes / static_cast<std::int64_t>(sizeof(T)), g.group_channels() * g.features) {
    for (std::int64_t d = 0; d < g.window[0]; ++d)
      for (std::int64_t h = 0; h < g.window[1]; ++h)
        for (std::int64_t w = 0; w < g.window[2]; ++w)
          for (std::int64_t j = 0; j < g.group_channels(); ++j)
            offsets.push_back((strip.direct ? d * g.rhs[0] : d) * strip.plane_pitch +
                              h * g.rhs[1] * strip.row_pitch + w * g.rhs[2] * strip.pitch + j * g.features);
  }

  std::int64_t taps() const noexcept { return static_cast<std::int64_t>(offsets.size()); }

  const T* inputs(const Block& b, const T* x, T* memory) const {
    const Geometry& g = strip.g;
    const bool as_it_is = strip.pitch == g.channels && g.group_channels() == 1;
    const T* from = as_it_is ? gather(strip, b, x, memory)
                             : gather(strip, b, x, memory, [&](const T* at, T* to, std::int64_t positions) {
                                 channel_loops<T>().spread(
                                     {positions, g.group_channels(), g.group_features(), g.groups, at, to});
                               });
    if (!strip.direct) return from;
    return from + (b.plane * g.stride[0] - g.low[0]) * strip.plane_pitch +
           (b.row * g.stride[1] - g.low[1]) * strip.row_pitch + strip.along(b.column, 0);
  }

  ChannelBlock<T> block(const Block& b, const T* x) const {
    const Geometry& g = strip.g;
    ChannelBlock<T> all{};
    all.features = g.features;
    all.rows = b.rows;
    all.columns = b.columns;
    all.x_row = g.stride[1] * strip.row_pitch;
    all.x_column = g.stride[2] * strip.pitch;
    all.taps = taps();
    all.offsets = offsets.data();
    all.x = x;
    return all;
  }

  T* memory() const {
    return static_cast<T*>(gemm::scratch(static_cast<std::size_t>(strip.elements()) * sizeof(T)));
  }
};

template <class T>
struct Part {
  Part(const Geometry& whole, const Phase& its_phase, std::int64_t packed_at)
      : phase(its_phase), spread(phase.own(whole)), packed(packed_at) {}

  Phase phase;
  Spread<T> spread;
  std::int64_t packed;  // where its weights begin

  std::int64_t weights() const noexcept { return spread.taps() * spread.strip.g.features; }

  // Weights as (taps, channels in a group, features).
  void pack(const Geometry& whole, Weights weights, const T* kernel, T* to) const {
    const Geometry& g = spread.strip.g;
    const std::int64_t cg = g.group_channels(), fg = g.group_features();
    to += packed;
    for (std::int64_t i = 0; i < g.taps(); ++i) {
      const std::int64_t tap = phase.whole_tap(whole, g.window, i);
      if (weights == Weights::straight) {
        to = std::copy_n(kernel + tap * cg * g.features, cg * g.features, to);
        continue;
      }
      const T* from = kernel + (whole.taps() - 1 - tap) * fg * g.channels;
      for (std::int64_t j = 0; j < cg; ++j)
        for (std::int64_t group = 0; group < g.groups; ++group)
          for (std::int64_t f = 0; f < fg; ++f) *to++ = from[f * g.channels + group * cg + j];
    }
  }

  void block(const Geometry& whole, const Epilogue& epilogue, std::int64_t index, const T* x,
             const T* weights, const T* bias, T* y, T* memory) const {
    const Block b(spread.strip, index);
    ChannelSum<T> sum{spread.block(b, spread.inputs(b, x, memory)), weights + packed, bias,
                      epilogue.activation == Activation::relu,
                      y + phase.place(whole, b.n, b.plane, b.row, b.column)};
    sum.y_column = phase.along[2].step * whole.features;
    sum.y_row = phase.along[1].step * whole.out[2] * whole.features;
    channel_loops<T>().sum(sum);
  }
};

// By vectors of all features.
template <class T>
class ByVectors final : public Correlation<T> {
 public:
  ByVectors(const Geometry& geometry, Weights weights, Epilogue epilogue)
      : geometry_(geometry), weights_(weights), epilogue_(epilogue) {
    if (geometry.batch * geometry.positions() == 0) return;
    for (const Phase& phase : phases(geometry)) {
      parts_.emplace_back(geometry, phase, workspace_);
      workspace_ += parts_.back().weights();
    }
  }

  std::int64_t workspace() const noexcept override { return workspace_; }

  void run(const T* x, const T* kernel, const T* bias, T* y, T* workspace) const override {
    for (const Part<T>& part : parts_) {
      if (part.weights() == 0) {
        part.phase.fill(geometry_, epilogue_, bias, y);
        continue;
      }
      part.pack(geometry_, weights_, kernel, workspace);
      for_blocks(part.spread.strip, thread_grain, [&](std::int64_t begin, std::int64_t end) {
        T* memory = part.spread.memory();
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
  std::int64_t workspace_ = 0;
};

// The gradient by vectors of all features, whose blocks fall into chunks.
template <class T>
class GradientByVectors final : public KernelGradient<T> {
 public:
  explicit GradientByVectors(const Geometry& g) : spread_(g) {
    size_ = spread_.taps() * g.features;
    if (g.batch * g.positions() == 0) return;  // and there are no blocks
    const std::int64_t most = chunk_bytes / std::max<std::int64_t>(1, size_ * std::int64_t{sizeof(T)}),
                       worth = g.multiplications() / (2 * thread_grain);
    chunks_ = std::max<std::int64_t>(1, std::min({spread_.strip.blocks(), most, worth, most_chunks}));
  }

  std::int64_t workspace() const noexcept override { return (chunks_ - 1) * size_; }

  void run(const T* x, const T* y, T* kernel, T* workspace) const override {
    if (spread_.strip.g.batch * spread_.strip.g.positions() == 0) {
      std::fill_n(kernel, size_, T{});
      return;
    }
    const std::int64_t blocks = spread_.strip.blocks();
    parallel_for(chunks_, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        sum(blocks * i / chunks_, blocks * (i + 1) / chunks_, x, y, chunk_place(kernel, workspace, i, size_));
    });
    add_chunks(kernel, workspace, chunks_, size_);
  }

 private:
  void sum(std::int64_t begin, std::int64_t end, const T* x, const T* y, T* to) const {
    const Geometry& g = spread_.strip.g;
    std::fill_n(to, size_, T{});
    T* memory = spread_.memory();
    for (std::int64_t i = begin; i < end; ++i) {
      const Block b(spread_.strip, i);
      const std::int64_t row = (b.n * g.out[0] + b.plane) * g.out[1] + b.row;
      ChannelGradient<T> gradient{spread_.block(b, spread_.inputs(b, x, memory)),
                                  y + (row * g.out[2] + b.column) * g.features, to};
      gradient.y_column = g.features;
      gradient.y_row = g.out[2] * g.features;
      channel_loops<T>().gradient(gradient);
    }
  }

  Spread<T> spread_;
  std::int64_t size_ = 0;  // elements of the kernel
  std::int64_t chunks_ = 1;
};

}  // namespace

template <class T>
bool grouped_suits(const Geometry& g) {
  if (g.groups == 1 || g.channels == 0 || g.features == 0) return false;
  const std::int64_t lanes = channel_loops<T>().lanes;
  const std::int64_t by_groups = g.groups * divide_up(g.group_features(), lanes),
                     by_vectors = divide_up(g.features, lanes);
  return 2 * by_groups >= 3 * by_vectors;
}

template <class T>
std::shared_ptr<const Correlation<T>> grouped_correlation(const Geometry& geometry, Weights weights,
                                                          Epilogue epilogue) {
  return std::make_shared<const ByVectors<T>>(geometry, weights, epilogue);
}
template <class T>
std::shared_ptr<const KernelGradient<T>> grouped_kernel_gradient(const Geometry& geometry) {
  return std::make_shared<const GradientByVectors<T>>(geometry);
}

template bool grouped_suits<float>(const Geometry&);
template bool grouped_suits<double>(const Geometry&);
template std::shared_ptr<const Correlation<float>> grouped_correlation(const Geometry&, Weights, Epilogue);
template std::shared_ptr<const Correlation<double>> grouped_correlation(const Geometry&, Weights, Epilogue);
template std::shared_ptr<const KernelGradient<float>> grouped_kernel_gradient(const Geometry&);
template std::shared_ptr<const KernelGradient<double>> grouped_kernel_gradient(const Geometry&);

}  // namespace copse::convolution
