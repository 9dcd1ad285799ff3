// Arrays made from nothing, from C++ data, or after another array.
#pragma once

#include <concepts>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"

namespace copse {

/// An array of `shape` filled with one value; the dtype is the value's own (float32, bool, int32, or int64
/// for a number that needs it) unless given. Throws ValueError for a number that the dtype cannot hold.
Array full(const Shape& shape, const Array& value, std::optional<DType> dtype = std::nullopt);
/// Zeros, float32 by default.
Array zeros(const Shape& shape, DType dtype = DType::float32);
/// Ones, float32 by default.
Array ones(const Shape& shape, DType dtype = DType::float32);

/// Filled with one value, of x's shape and dtype unless another dtype is given. Throws ValueError for a
/// number that the dtype cannot hold.
Array full_like(const Array& x, const Array& value, std::optional<DType> dtype = std::nullopt);

/// 0, 1, ... below stop; int32 by default, int64 where int32 cannot hold them. Throws ValueError if a dtype
/// that is given cannot.
Array arange(std::int64_t stop, std::optional<DType> dtype = std::nullopt);
/// 0, 1, ... below a stop that is no integer.
template <std::floating_point T>
Array arange(T stop, DType dtype = DType::float32);
/// start, start + step, ... below stop (above it if step is negative). int32 by default, int64 where int32
/// cannot hold them, float32 if one of the numbers is floating-point; those are counted in float64. Throws
/// ValueError if step is 0 or a dtype that is given cannot hold the elements, ShapeError if there are more
/// than 64 bits can count.
template <Scalar A, Scalar B, Scalar C = int>
Array arange(A start, B stop, C step = 1, std::optional<DType> dtype = std::nullopt);
/// `num` evenly spaced numbers from start to stop, along a new axis, the first unless another is named;
/// without the endpoint, stop is left out.
Array linspace(const Array& start, const Array& stop, std::int64_t num = 50, bool endpoint = true,
               std::optional<DType> dtype = std::nullopt, int axis = 0);

/// `num` numbers from base^start to base^stop whose logarithms are evenly spaced.
Array logspace(const Array& start, const Array& stop, std::int64_t num = 50, bool endpoint = true,
               double base = 10.0, std::optional<DType> dtype = std::nullopt);
/// `num` numbers from start to stop, each the same multiple of the one before. Both must be above 0.
Array geomspace(const Array& start, const Array& stop, std::int64_t num = 50, bool endpoint = true,
                std::optional<DType> dtype = std::nullopt);

/// Ones on the k-th diagonal of an n x m matrix (n x n unless given), zeros elsewhere.
Array eye(std::int64_t n, std::optional<std::int64_t> m = std::nullopt, std::int64_t k = 0,
          DType dtype = DType::float32);
/// Ones on the main diagonal of an n x n matrix.
Array identity(std::int64_t n, DType dtype = DType::float32);
/// Ones on and below the k-th diagonal.
Array tri(std::int64_t n, std::optional<std::int64_t> m = std::nullopt, std::int64_t k = 0,
          DType dtype = DType::float32);
/// Zeros above the k-th diagonal of the last two dimensions.
Array tril(const Array& x, std::int64_t k = 0);
/// Zeros below the k-th diagonal of the last two dimensions.
Array triu(const Array& x, std::int64_t k = 0);
/// The coordinates of a grid, one array an axis. The first two dimensions are swapped (NumPy's "xy") unless
/// `matrix_indexing` ("ij"). With `sparse` each has extent 1 in all dimensions but its own.
std::vector<Array> meshgrid(std::span<const Array> axes, bool matrix_indexing = false, bool sparse = false);
std::vector<Array> meshgrid(std::initializer_list<Array> axes, bool matrix_indexing = false,
                            bool sparse = false);

/// Copies elements in row-major order into an array of `shape`; throws ShapeError if their number is another.
template <Element T>
Array array(std::span<const T> elements, const Shape& shape) {
  const ShapeDtype type{shape, dtype_of<T>};
  if (shape.elements() != static_cast<std::int64_t>(elements.size()))
    throw ShapeError("array: got " + std::to_string(elements.size()) + " elements for shape " +
                     to_string(shape));
  Array out = detail::allocate(type);
  if (!elements.empty()) std::memcpy(detail::mutable_data(out), elements.data(), elements.size_bytes());
  return out;
}

/// An array in memory that somebody else owns, without a copy: `owner` keeps it alive as long as an array
/// shares it. Nobody may change the elements from then on. Throws ShapeError if their number is not the
/// shape's.
template <Element T>
Array frombuffer(std::span<const T> elements, const Shape& shape, std::shared_ptr<const void> owner) {
  if (shape.elements() != static_cast<std::int64_t>(elements.size()))
    throw ShapeError("frombuffer: got " + std::to_string(elements.size()) + " elements for shape " +
                     to_string(shape));
  return detail::borrow(elements.data(), {shape, dtype_of<T>}, std::move(owner));
}

namespace detail {
Array arange_integers(std::int64_t start, std::int64_t stop, std::int64_t step, std::optional<DType> dtype);
Array arange_floats(double start, double stop, double step, DType dtype);

// Bare numbers in braces are float32 or int32, as in JAX.
template <class T>
using Stored = std::conditional_t<
    std::same_as<T, double>, float,
    std::conditional_t<std::same_as<T, long> || std::same_as<T, long long>, std::int64_t, T>>;
Array from_list(const void* elements, const Shape& shape, DType stored);
[[noreturn]] void ragged(std::size_t got, std::size_t wanted);

template <class T>
void append(std::vector<Stored<T>>& out, std::initializer_list<T> row, std::size_t wanted) {
  if (row.size() != wanted) ragged(row.size(), wanted);
  for (const T& x : row) out.push_back(static_cast<Stored<T>>(x));
}
template <class T>
Array stored(const std::vector<Stored<T>>& data, const Shape& shape) {
  if constexpr (std::same_as<T, bool>) {
    std::vector<std::uint8_t> bytes(data.begin(), data.end());
    return from_list(bytes.data(), shape, DType::bool_);
  } else {
    return from_list(data.data(), shape, dtype_of<Stored<T>>);
  }
}
inline std::int64_t extent(std::size_t n) { return static_cast<std::int64_t>(n); }

// A number in braces among others of another C++ type.
struct Number {
  template <Scalar T>
  Number(T value) : floating(std::floating_point<T>) {
    if constexpr (std::floating_point<T>)
      real = static_cast<double>(value);
    else
      whole = whole_number(value);
  }
  bool floating;
  double real = 0;
  std::int64_t whole = 0;
};
using Row = std::initializer_list<Number>;
Array from_numbers(std::span<const Number> numbers, const Shape& shape);
}  // namespace detail

template <std::floating_point T>
Array arange(T stop, DType dtype) {
  return detail::arange_floats(0, static_cast<double>(stop), 1, dtype);
}
template <Scalar A, Scalar B, Scalar C>
Array arange(A start, B stop, C step, std::optional<DType> dtype) {
  if constexpr (std::integral<A> && std::integral<B> && std::integral<C>)
    return detail::arange_integers(detail::whole_number(start), detail::whole_number(stop),
                                   detail::whole_number(step), dtype);
  else
    return detail::arange_floats(static_cast<double>(start), static_cast<double>(stop),
                                 static_cast<double>(step), dtype.value_or(DType::float32));
}

/// A number as an array without dimensions: `array(1.5f)`. Doubles are stored as float32. Unlike a bare
/// number its dtype counts in promotion.
template <Scalar T>
Array array(T number) {
  return detail::stored<T>({static_cast<detail::Stored<T>>(number)}, {});
}
/// An array of the numbers in braces: `array({1, 2, 3})`. Doubles are stored as float32; `astype` changes
/// that.
template <Scalar T>
Array array(std::initializer_list<T> row) {
  std::vector<detail::Stored<T>> data;
  detail::append(data, row, row.size());
  return detail::stored<T>(data, {detail::extent(row.size())});
}
/// Two dimensions: `array({{1.0f, 2.0f}, {3.0f, 4.0f}})`. Throws ShapeError if the rows differ in length.
template <Scalar T>
Array array(std::initializer_list<std::initializer_list<T>> rows) {
  std::vector<detail::Stored<T>> data;
  const std::size_t width = rows.size() ? rows.begin()->size() : 0;
  for (const auto& row : rows) detail::append(data, row, width);
  return detail::stored<T>(data, {detail::extent(rows.size()), detail::extent(width)});
}
/// Three dimensions.
template <Scalar T>
Array array(std::initializer_list<std::initializer_list<std::initializer_list<T>>> planes) {
  std::vector<detail::Stored<T>> data;
  const std::size_t height = planes.size() ? planes.begin()->size() : 0;
  const std::size_t width = height ? planes.begin()->begin()->size() : 0;
  for (const auto& plane : planes) {
    if (plane.size() != height) detail::ragged(plane.size(), height);
    for (const auto& row : plane) detail::append(data, row, width);
  }
  return detail::stored<T>(data,
                           {detail::extent(planes.size()), detail::extent(height), detail::extent(width)});
}
/// The same for numbers of different types: `array({1, 2.5})` is float32, and integers that need it give
/// int64.
Array array(std::initializer_list<detail::Number> row);
Array array(std::initializer_list<detail::Row> rows);

/// One dimension from a vector (vector<double> gives float64).
template <Element T>
  requires(!std::same_as<T, bool>)
Array array(const std::vector<T>& elements) {
  return array(std::span<const T>(elements), {detail::extent(elements.size())});
}
/// From a vector that is moved in: its memory is used, not copied.
template <Element T>
  requires(!std::same_as<T, bool>)
Array array(std::vector<T>&& elements) {
  const auto owner = std::make_shared<const std::vector<T>>(std::move(elements));
  return frombuffer(std::span<const T>(*owner), {detail::extent(owner->size())}, owner);
}

}  // namespace copse
