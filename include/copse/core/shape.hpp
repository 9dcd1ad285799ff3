// Shapes: small inline vectors of dimensions.
#pragma once

#include "copse/core/config.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace copse {

/// Most dimensions that an array can have.
inline constexpr int max_rank = 12;

/// The dimensions of an array, outermost first. A plain value of fixed size: no allocation.
class Shape {
 public:
  using value_type = std::int64_t;
  using iterator = std::int64_t*;
  using const_iterator = const std::int64_t*;

  Shape() = default;
  /// Throws ShapeError if a dimension is negative or there are more than max_rank.
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const std::int64_t> dims);
  explicit Shape(const std::vector<std::int64_t>& dims) : Shape(std::span<const std::int64_t>(dims)) {}
  /// `rank` dimensions of the given extent.
  static Shape filled(int rank, std::int64_t extent);

  /// Number of dimensions.
  int rank() const noexcept { return rank_; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(rank_); }
  bool empty() const noexcept { return rank_ == 0; }

  /// A dimension; negative indices count from the end. Throws ShapeError out of range.
  std::int64_t operator[](int axis) const {
    if (axis >= 0 && axis < rank_) [[likely]]
      return dims_[axis];
    return checked(axis);
  }
  std::int64_t& operator[](int axis) {
    if (axis >= 0 && axis < rank_) [[likely]]
      return dims_[axis];
    return checked(axis);
  }
  std::int64_t front() const { return (*this)[0]; }
  std::int64_t back() const { return (*this)[-1]; }

  const std::int64_t* begin() const noexcept { return dims_; }
  const std::int64_t* end() const noexcept { return dims_ + rank_; }
  std::int64_t* begin() noexcept { return dims_; }
  std::int64_t* end() noexcept { return dims_ + rank_; }
  operator std::span<const std::int64_t>() const noexcept { return {dims_, size()}; }

  void push_back(std::int64_t extent) { insert(rank_, extent); }
  /// Adds a dimension in front of position `axis`; negative positions count from the end (-1 appends).
  void insert(int axis, std::int64_t extent);
  /// Removes a dimension; negative axes count from the end.
  void erase(int axis);

  /// Number of elements: the product of all dimensions. Throws ShapeError if it does not fit in 63 bits.
  std::int64_t elements() const;

  std::vector<std::int64_t> to_vector() const { return {begin(), end()}; }

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a.dims_[i] != b.dims_[i]) return false;
    return true;
  }

 private:
  std::int64_t& checked(int axis);
  std::int64_t checked(int axis) const;

  std::int64_t dims_[max_rank] = {};
  int rank_ = 0;
};

/// A shape that may be left out: `{8, 3}`, a Shape, or `{}` or std::nullopt for none.
class OptionalShape {
 public:
  OptionalShape() = default;
  OptionalShape(std::nullopt_t) {}
  OptionalShape(const Shape& shape) : shape_(shape) {}
  OptionalShape(const std::optional<Shape>& shape) : shape_(shape) {}
  OptionalShape(std::initializer_list<std::int64_t> dims) : shape_(Shape(dims)) {}

  operator const std::optional<Shape>&() const noexcept { return shape_; }
  explicit operator bool() const noexcept { return shape_.has_value(); }
  const Shape& operator*() const { return *shape_; }

 private:
  std::optional<Shape> shape_;
};

/// `(2, 3)`, `(4,)` or `()`, as Python prints a tuple.
std::string to_string(const Shape& shape);

/// Strides in elements of an array that lies in memory row by row, without gaps: the last one is 1.
std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> dims);
/// The same, written to `strides`.
void row_major_strides(std::span<const std::int64_t> dims, std::int64_t* strides) noexcept;

/// Strides with which such an array of `shape` is read when it broadcasts to `space`: 0 where it repeats.
std::vector<std::int64_t> broadcast_strides(const Shape& shape, const Shape& space);

/// The axis counted from the front; throws ShapeError naming `function` if it is out of range.
int normalize_axis(int axis, int rank, const char* function);

/// The shape that NumPy's broadcasting gives; throws ShapeError naming `function` and both shapes.
Shape broadcast_shapes(const Shape& a, const Shape& b, const char* function);

}  // namespace copse
