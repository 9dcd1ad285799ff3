#include "copse/core/shape.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"

namespace copse {

Shape::Shape(std::span<const std::int64_t> dims) {
  if (dims.size() > static_cast<std::size_t>(max_rank))
    throw ShapeError(fmt::format("Shape: {} dimensions, but at most {} are possible", dims.size(), max_rank));
  for (const std::int64_t d : dims) {
    if (d < 0) throw ShapeError(fmt::format("Shape: dimension {} is {}, but none may be negative", rank_, d));
    dims_[rank_++] = d;
  }
}

Shape Shape::filled(int rank, std::int64_t extent) {
  Shape shape;
  for (int i = 0; i < rank; ++i) shape.push_back(extent);
  return shape;
}

std::int64_t& Shape::checked(int axis) {
  const int at = axis < 0 ? axis + rank_ : axis;
  if (at < 0 || at >= rank_)
    throw ShapeError(fmt::format("Shape: axis {} is out of range for {}", axis, to_string(*this)));
  return dims_[at];
}

std::int64_t Shape::checked(int axis) const { return const_cast<Shape*>(this)->checked(axis); }

void Shape::insert(int axis, std::int64_t extent) {
  if (rank_ == max_rank)
    throw ShapeError(
        fmt::format("Shape: {} has {} dimensions already, the most possible", to_string(*this), max_rank));
  const int at = axis < 0 ? axis + rank_ + 1 : axis;
  if (at < 0 || at > rank_)
    throw ShapeError(fmt::format("Shape: position {} is out of range for {}", axis, to_string(*this)));
  for (int i = rank_; i > at; --i) dims_[i] = dims_[i - 1];
  dims_[at] = extent;
  ++rank_;
}

void Shape::erase(int axis) {
  (void)checked(axis);
  for (int i = axis < 0 ? axis + rank_ : axis; i + 1 < rank_; ++i) dims_[i] = dims_[i + 1];
  dims_[--rank_] = 0;
}

std::int64_t Shape::elements() const {
  std::int64_t product = 1;
  bool zero = false, overflow = false;
  for (int i = 0; i < rank_; ++i) {
    zero = zero || dims_[i] == 0;
    overflow = __builtin_mul_overflow(product, dims_[i], &product) || overflow;
  }
  if (zero) return 0;
  if (overflow) throw ShapeError(fmt::format("Shape: {} has too many elements", to_string(*this)));
  return product;
}

std::string to_string(const Shape& shape) {
  if (shape.rank() == 1) return fmt::format("({},)", shape[0]);
  std::string text = "(";
  for (int i = 0; i < shape.rank(); ++i) text += fmt::format("{}{}", i ? ", " : "", shape[i]);
  return text + ")";
}

void row_major_strides(std::span<const std::int64_t> dims, std::int64_t* strides) noexcept {
  std::int64_t stride = 1;
  for (std::size_t d = dims.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= dims[d];
  }
}

std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> dims) {
  std::vector<std::int64_t> strides(dims.size());
  row_major_strides(dims, strides.data());
  return strides;
}

std::vector<std::int64_t> broadcast_strides(const Shape& shape, const Shape& space) {
  const std::vector<std::int64_t> dense = row_major_strides(shape);
  std::vector<std::int64_t> strides(space.size(), 0);
  for (int i = shape.rank() - 1, j = space.rank() - 1; i >= 0; --i, --j)
    strides[static_cast<std::size_t>(j)] = shape[i] == 1 ? 0 : dense[static_cast<std::size_t>(i)];
  return strides;
}

int normalize_axis(int axis, int rank, const char* function) {
  const int at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank)
    throw ShapeError(
        fmt::format("{}: axis {} is out of range for an array of {} dimensions", function, axis, rank));
  return at;
}

Shape broadcast_shapes(const Shape& a, const Shape& b, const char* function) {
  if (a == b) return a;
  const int rank = std::max(a.rank(), b.rank());
  Shape out = Shape::filled(rank, 1);
  for (int i = 0; i < rank; ++i) {
    const std::int64_t x = i < rank - a.rank() ? 1 : a[i - rank + a.rank()];
    const std::int64_t y = i < rank - b.rank() ? 1 : b[i - rank + b.rank()];
    if (x != y && x != 1 && y != 1)
      throw ShapeError(
          fmt::format("{}: shapes {} and {} do not broadcast: {} against {} in dimension {} of {}", function,
                      to_string(a), to_string(b), x, y, i, rank));
    out[i] = x == 1 ? y : x;
  }
  return out;
}

}  // namespace copse
