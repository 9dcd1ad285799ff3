// Elements chosen by position: gathering, scattering, windows, and NumPy's indexing expressions.
//
// Indices are integers of any dtype. Negative ones count from the end.
#pragma once

#include <concepts>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "copse/core/array.hpp"

namespace copse {

/// What an index beyond the ends stands for.
enum class OutOfBounds {
  fill,   ///< nan; the smallest integer, the largest unsigned one, true
  zero,   ///< 0
  clamp,  ///< the nearest element
};

/// The elements at `indices` along an axis, whose dimension the indices' dimensions replace; of the flattened
/// array without an axis. Indices out of range give nan (see OutOfBounds::fill).
Array take(const Array& x, const Array& indices, std::optional<int> axis = std::nullopt,
           OutOfBounds mode = OutOfBounds::fill);
/// One position along an axis, which goes. Throws ShapeError if there is no such position.
Array take(const Array& x, int index, int axis);
/// For each position along the axis its own index: `indices` has x's number of dimensions, and all but the
/// axis broadcast against x's.
Array take_along_axis(const Array& x, const Array& indices, int axis, OutOfBounds mode = OutOfBounds::fill);
/// 1 at each label's place along a new axis, 0 elsewhere; labels out of range give zeros.
Array one_hot(const Array& labels, std::int64_t num_classes, DType dtype = DType::float32, int axis = -1);
/// The positions of what is not zero, one int32 array a dimension. Needs known values.
std::vector<Array> nonzero(const Array& x);

/// x with `updates` added to the positions `indices` of an axis; several to one position add up. `updates`
/// has x's shape with the axis replaced by the indices' dimensions, or broadcasts to it. Those out of range
/// are dropped.
Array scatter_add(const Array& x, const Array& indices, const Array& updates, int axis = 0);
/// The same with elements replaced; of several updates to one position the last stays.
Array scatter_set(const Array& x, const Array& indices, const Array& updates, int axis = 0);
/// The same with elements multiplied; several to one position are all factors.
Array scatter_multiply(const Array& x, const Array& indices, const Array& updates, int axis = 0);
/// The same with the smaller of both.
Array scatter_min(const Array& x, const Array& indices, const Array& updates, int axis = 0);
/// The same with the larger of both.
Array scatter_max(const Array& x, const Array& indices, const Array& updates, int axis = 0);

/// The window of `sizes` whose first element is at `start`, an integer array with one element a dimension.
/// The start is clamped so that the window fits.
Array dynamic_slice(const Array& x, const Array& start, std::span<const std::int64_t> sizes);
Array dynamic_slice(const Array& x, const Array& start, std::initializer_list<std::int64_t> sizes);
/// The same with one scalar a dimension.
Array dynamic_slice(const Array& x, std::initializer_list<Array> start,
                    std::initializer_list<std::int64_t> sizes);
/// x with the window at `start` replaced; the start is clamped so that the window fits.
Array dynamic_update_slice(const Array& x, const Array& update, const Array& start);
Array dynamic_update_slice(const Array& x, const Array& update, std::initializer_list<Array> start);
/// A window along one axis.
Array dynamic_slice_in_dim(const Array& x, const Array& start, std::int64_t size, int axis = 0);
Array dynamic_update_slice_in_dim(const Array& x, const Array& update, const Array& start, int axis = 0);
/// One position along an axis, which goes unless `keepdims`.
Array dynamic_index_in_dim(const Array& x, const Array& index, int axis = 0, bool keepdims = false);
/// x with one position along an axis replaced; `update` may lack the axis.
Array dynamic_update_index_in_dim(const Array& x, const Array& update, const Array& index, int axis = 0);

/// `start:stop:step` of Python.
struct Slice {
  std::optional<std::int64_t> start{};
  std::optional<std::int64_t> stop{};
  std::int64_t step = 1;
};
/// As many whole dimensions as are left over: Python's `...`.
struct Ellipsis {};
inline constexpr Ellipsis ellipsis{};
/// A new dimension of extent 1: NumPy's `newaxis`.
struct NewAxis {};
inline constexpr NewAxis newaxis{};

/// One item of an indexing expression: a position, a range, an integer array, a mask (bool array with known
/// values), `ellipsis` or `newaxis`.
class Index {
 public:
  using Value = std::variant<std::int64_t, Slice, Ellipsis, NewAxis, Array>;
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Index(T position) : value_(static_cast<std::int64_t>(position)) {}
  Index(Slice range) : value_(range) {}
  Index(Ellipsis) : value_(Ellipsis{}) {}
  Index(NewAxis) : value_(NewAxis{}) {}
  Index(Array indices) : value_(std::move(indices)) {}
  const Value& value() const { return value_; }

 private:
  Value value_;
};

/// NumPy's `x[items...]`: `index(x, {0, Slice{1, 3}, ellipsis})`. Positions given as numbers must exist
/// (ShapeError); those in arrays are clamped.
Array index(const Array& x, std::span<const Index> items);
Array index(const Array& x, std::initializer_list<Index> items);
template <std::convertible_to<Index>... Items>
Array index(const Array& x, Items&&... items) {
  return index(x, std::initializer_list<Index>{Index(std::forward<Items>(items))...});
}

/// A place in an array, for functions that give a new array changed there: `at(x, 0, Slice{1, 3}).add(y)`.
/// Updates broadcast to the place's shape. The result has x's dtype; sums, products and the like are made in
/// the dtype that both promote to. Positions in arrays that are out of range are left out.
class At {
 public:
  At(Array x, std::vector<Index> items) : x_(std::move(x)), items_(std::move(items)) {}
  Array get() const { return index(x_, std::span<const Index>(items_)); }
  Array set(const Array& values) const;
  Array add(const Array& values) const;
  Array subtract(const Array& values) const;
  Array multiply(const Array& values) const;
  Array divide(const Array& values) const;
  Array min(const Array& values) const;
  Array max(const Array& values) const;

 private:
  Array x_;
  std::vector<Index> items_;
};

inline At at(const Array& x, std::initializer_list<Index> items) { return {x, items}; }
template <std::convertible_to<Index>... Items>
At at(const Array& x, Items&&... items) {
  return {x, std::vector<Index>{Index(std::forward<Items>(items))...}};
}

/// Goes through an array along its first axis: what `for (const Array row : x)` uses.
class RowIterator {
 public:
  using value_type = Array;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::input_iterator_tag;

  RowIterator() = default;
  RowIterator(const Array& x, std::int64_t at) : x_(x), at_(at) {}
  Array operator*() const { return x_[at_]; }
  RowIterator& operator++() {
    ++at_;
    return *this;
  }
  RowIterator operator++(int) {
    RowIterator old = *this;
    ++at_;
    return old;
  }
  friend bool operator==(const RowIterator& a, const RowIterator& b) { return a.at_ == b.at_; }

 private:
  Array x_;
  std::int64_t at_ = 0;
};

/// `x[0]`, `x[1]`, ...: `for (const Array row : x)`. Throws ShapeError for an array without dimensions.
RowIterator begin(const Array& x);
RowIterator end(const Array& x);

}  // namespace copse
