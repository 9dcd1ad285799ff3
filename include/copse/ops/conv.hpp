// Convolutions and pooling: batch first, channels last, one to three spatial dimensions between them.
#pragma once

#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/core/short_list.hpp"

namespace copse {

/// How far a window may stick out: `Padding::same`, `Padding::valid`, or (low, high) for each spatial
/// dimension.
class Padding {
 public:
  using Pair = std::pair<std::int64_t, std::int64_t>;
  enum class Kind : std::uint8_t { same, valid, pairs };

  /// As much as makes the output ceil(input / stride) long, the smaller half first.
  static const Padding same;
  /// None.
  static const Padding valid;

  constexpr Padding() = default;
  /// Padding before and after each spatial dimension: `{{1, 1}, {0, 2}}`. Negative numbers cut off.
  /// Throws ShapeError for more than max_rank pairs.
  constexpr Padding(std::initializer_list<Pair> pairs) : Padding(std::span(pairs.begin(), pairs.size())) {}
  explicit Padding(const std::vector<Pair>& pairs) : Padding(std::span(pairs)) {}

  constexpr Kind kind() const noexcept { return kind_; }
  constexpr std::span<const Pair> pairs() const noexcept { return pairs_; }
  friend constexpr bool operator==(const Padding&, const Padding&) = default;

 private:
  constexpr explicit Padding(Kind kind) : kind_(kind) {}
  constexpr explicit Padding(std::span<const Pair> pairs) : kind_(Kind::pairs), pairs_(pairs) {}

  Kind kind_ = Kind::same;
  detail::ShortList<Pair> pairs_;
};

inline constexpr Padding Padding::same{Padding::Kind::same};
inline constexpr Padding Padding::valid{Padding::Kind::valid};

/// Options of `conv`. Empty lists stand for ones.
struct ConvOptions {
  std::vector<std::int64_t> strides = {};
  Padding padding = Padding::same;
  std::vector<std::int64_t> lhs_dilation =
      {};  ///< distance of the input's elements: above 1, zeros lie between them
  std::vector<std::int64_t> rhs_dilation = {};  ///< distance of the kernel's elements
  std::int64_t feature_group_count = 1;  ///< input and output channels fall into so many separate groups
};

/// Convolution (as in all of deep learning, the kernel is not flipped) of `x` (batch, spatial..., in) with
/// `kernel` (spatial..., in / groups, out). Dtypes promote. Throws ShapeError where shapes or options do not
/// fit.
Array conv(const Array& x, const Array& kernel, const ConvOptions& options = {});

/// Options of `conv_transpose`. Empty lists stand for ones.
struct ConvTransposeOptions {
  std::vector<std::int64_t> strides = {};
  Padding padding = Padding::same;
  std::vector<std::int64_t> rhs_dilation = {};
};

/// Transposed convolution of `x` (batch, spatial..., in) with `kernel` (spatial..., in, out), which is not
/// flipped: `conv` of x with strides - 1 zeros between its elements. `same` gives an output of input *
/// stride.
Array conv_transpose(const Array& x, const Array& kernel, const ConvTransposeOptions& options = {});

/// Options of the pooling functions. Empty strides stand for ones.
struct PoolOptions {
  std::vector<std::int64_t> window;
  std::vector<std::int64_t> strides = {};
  Padding padding = Padding::valid;
  bool count_include_pad = true;  ///< avg_pool: whether padding counts as zeros or not at all
};

/// Largest element of each window of `x` (batch, spatial..., channels). Gradients go to the first largest.
Array max_pool(const Array& x, const PoolOptions& options);
/// Mean of each window of `x` (batch, spatial..., channels).
Array avg_pool(const Array& x, const PoolOptions& options);

}  // namespace copse
