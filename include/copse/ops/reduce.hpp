// Reductions over axes.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "copse/core/array.hpp"

namespace copse {

/// The axes of a reduction: one, several, or (default) all.
class Axes {
 public:
  Axes() = default;
  Axes(int axis) : all_(false), axes_{axis} {}
  Axes(std::initializer_list<int> axes) : all_(false), axes_(axes) {}
  /// All without an axis.
  Axes(std::optional<int> axis) : all_(!axis) {
    if (axis) axes_.push_back(*axis);
  }
  Axes(std::nullopt_t) {}
  explicit Axes(std::vector<int> axes) : all_(false), axes_(std::move(axes)) {}
  /// Counted from the front, ascending; throws ShapeError naming `function` for one out of range or given
  /// twice.
  std::vector<int> normalize(int rank, const char* function) const;
  bool all() const noexcept { return all_; }

 private:
  bool all_ = true;
  std::vector<int> axes_;
};

/// Sum, in float32 by pairs or better. Of bool: int32. Over nothing: 0.
Array sum(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Arithmetic mean; integers give float32. Over nothing: nan.
Array mean(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Largest element; a nan wins. Equal largest elements share the gradient. Throws ValueError over zero
/// elements.
Array max(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Smallest element; a nan wins. Equal smallest elements share the gradient. Throws ValueError over zero
/// elements.
Array min(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Product. Of bool: int32. Over nothing: 1.
Array prod(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Whether any element is not zero.
Array any(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Whether all elements are not zero.
Array all(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Variance; `ddof` is subtracted from the number of elements.
Array var(const Array& x, const Axes& axes = {}, int ddof = 0, bool keepdims = false);
/// Standard deviation (write `copse::std`: a using directive cannot tell it from the standard namespace);
/// `ddof` is subtracted from the number of elements.
Array std(const Array& x, const Axes& axes = {}, int ddof = 0, bool keepdims = false);
/// log(sum(exp(x))), finite wherever the result is.
Array logsumexp(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Exponentials that add up to 1 along the axes.
Array softmax(const Array& x, const Axes& axes = -1);
/// The logarithm of softmax.
Array log_softmax(const Array& x, const Axes& axes = -1);
/// Index of the (first) largest element, int32; the first nan wins. Along all elements without an axis.
Array argmax(const Array& x, std::optional<int> axis = std::nullopt, bool keepdims = false);
/// Index of the (first) smallest element, int32; the first nan wins.
Array argmin(const Array& x, std::optional<int> axis = std::nullopt, bool keepdims = false);

/// Weighted mean: sum(x * weights) / sum(weights). The weights have x's shape, or one dimension and belong to
/// a single axis; without them it is the mean.
Array average(const Array& x, const Axes& axes = {}, const std::optional<Array>& weights = std::nullopt,
              bool keepdims = false);
/// How many elements are not zero, int32.
Array count_nonzero(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Largest minus smallest element.
Array ptp(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Sum of all but nan.
Array nansum(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Mean of all but nan; nan if there is nothing else.
Array nanmean(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Largest element but nan; nan if there is nothing else. Throws ValueError over nothing.
Array nanmax(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Smallest element but nan; nan if there is nothing else. Throws ValueError over nothing.
Array nanmin(const Array& x, const Axes& axes = {}, bool keepdims = false);

/// Reductions with more options, under jax.numpy's names: `reduce::sum(x, {.axes = 1, .where = mask})`.
namespace reduce {

struct Options {
  Axes axes = {};
  bool keepdims = false;
  /// Which elements count: bool, broadcast to x's shape.
  std::optional<Array> where = std::nullopt;
  /// A scalar to begin with: what the reduction of nothing is.
  std::optional<Array> initial = std::nullopt;
  /// The dtype to compute in, of the result too.
  std::optional<DType> dtype = std::nullopt;
  /// Subtracted from the number of elements: of `var` and `std` alone.
  int ddof = 0;
};

// They throw ShapeError for a mask that does not broadcast to x's shape or an `initial` that is no scalar.

/// Sum of `initial` and the elements that count.
Array sum(const Array& x, const Options& options);
/// Product of `initial` and the elements that count.
Array prod(const Array& x, const Options& options);
/// Largest of `initial` and the elements that count. Throws ValueError for `where` without `initial`.
Array max(const Array& x, const Options& options);
/// Smallest of `initial` and the elements that count. Throws ValueError for `where` without `initial`.
Array min(const Array& x, const Options& options);
/// Mean of the elements that count; nan if none does. Throws ValueError for `initial`.
Array mean(const Array& x, const Options& options);
/// Variance of the elements that count. Throws ValueError for `initial`.
Array var(const Array& x, const Options& options);
/// Standard deviation of the elements that count. Throws ValueError for `initial`.
Array std(const Array& x, const Options& options);
/// Whether any element that counts is not zero. Throws ValueError for `initial` and `dtype`.
Array any(const Array& x, const Options& options);
/// Whether all elements that count are not zero. Throws ValueError for `initial` and `dtype`.
Array all(const Array& x, const Options& options);

}  // namespace reduce

/// Sums what broadcasting repeated: the result has `shape`, which broadcasts to x's, and the dtype that `sum`
/// gives.
Array sum_to(const Array& x, const Shape& shape);

}  // namespace copse
