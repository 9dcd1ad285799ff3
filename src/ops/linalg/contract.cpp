// Products that are a matrix product after dimensions were moved and joined: dot, inner, outer, tensordot.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"
#include "matmul.hpp"

namespace copse {
namespace {

std::int64_t product_of(const Shape& shape, std::span<const int> axes) {
  std::int64_t n = 1;
  for (const int axis : axes) n *= shape[axis];
  return n;
}

// A matrix of the axes `rows` times the axes `columns`. Two orders need no copy: the product takes either
// side transposed.
struct Matrix {
  Array array;
  bool transposed;
};

Matrix as_matrix(const Array& x, const std::vector<int>& rows, const std::vector<int>& columns) {
  const std::int64_t m = product_of(x.shape(), rows), n = product_of(x.shape(), columns);
  std::vector<int> order(rows);
  order.insert(order.end(), columns.begin(), columns.end());
  if (std::is_sorted(order.begin(), order.end())) return {reshape(x, {m, n}), false};
  std::vector<int> turned(columns);
  turned.insert(turned.end(), rows.begin(), rows.end());
  if (std::is_sorted(turned.begin(), turned.end())) return {reshape(x, {n, m}), true};
  return {reshape(transpose(x, order), {m, n}), false};
}

std::vector<int> others(int rank, std::span<const int> axes) {
  std::vector<int> rest;
  for (int i = 0; i < rank; ++i)
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) rest.push_back(i);
  return rest;
}

Array contract(const char* function, const Array& a, const Array& b, std::span<const int> axes_a,
               std::span<const int> axes_b) {
  if (axes_a.size() != axes_b.size())
    throw ShapeError(fmt::format("{}: {} axes of a against {} of b", function, axes_a.size(), axes_b.size()));
  std::vector<int> sum_a, sum_b;
  const auto add = [&](std::vector<int>& to, int axis, const Array& x) {
    axis = normalize_axis(axis, x.ndim(), function);
    if (std::find(to.begin(), to.end(), axis) != to.end())
      throw ShapeError(fmt::format("{}: axis {} of an array of shape {} is given twice", function, axis,
                                   to_string(x.shape())));
    to.push_back(axis);
  };
  for (std::size_t i = 0; i < axes_a.size(); ++i) {
    add(sum_a, axes_a[i], a);
    add(sum_b, axes_b[i], b);
    if (a.shape(sum_a.back()) != b.shape(sum_b.back()))
      throw ShapeError(
          fmt::format("{}: shapes {} and {} do not fit: axis {} of a has {}, axis {} of b has {}", function,
                      to_string(a.shape()), to_string(b.shape()), axes_a[i], a.shape(sum_a.back()), axes_b[i],
                      b.shape(sum_b.back())));
  }
  const PromotionType type = promote(a.type().type(), b.type().type());
  const std::vector<int> rows = others(a.ndim(), sum_a), columns = others(b.ndim(), sum_b);
  Shape shape;
  for (const int axis : rows) shape.push_back(a.shape(axis));
  for (const int axis : columns) shape.push_back(b.shape(axis));
  const Matrix x = as_matrix(elementwise::convert(a, type.dtype, a.weak_type()), rows, sum_a);
  const Matrix y = as_matrix(elementwise::convert(b, type.dtype, b.weak_type()), sum_b, columns);
  return reshape(product(x.array, y.array, x.transposed, y.transposed), shape);
}

}  // namespace

Array dot(const Array& a, const Array& b) {
  if (a.ndim() == 0 || b.ndim() == 0) return multiply(a, b);
  const int axis_a[] = {-1}, axis_b[] = {b.ndim() == 1 ? 0 : b.ndim() - 2};
  return contract("dot", a, b, axis_a, axis_b);
}

Array vdot(const Array& a, const Array& b) {
  if (a.size() != b.size())
    throw ShapeError(fmt::format("vdot: shapes {} and {} have {} and {} elements, wanted as many",
                                 to_string(a.shape()), to_string(b.shape()), a.size(), b.size()));
  const int axis[] = {0};
  return contract("vdot", ravel(a), ravel(b), axis, axis);
}

Array inner(const Array& a, const Array& b) {
  if (a.ndim() == 0 || b.ndim() == 0) return multiply(a, b);
  const int last[] = {-1};
  return contract("inner", a, b, last, last);
}

Array outer(const Array& a, const Array& b) {
  return multiply(reshape(a, {a.size(), 1}), reshape(b, {1, b.size()}));
}

Array tensordot(const Array& a, const Array& b, int axes) try {
  if (axes < 0 || axes > a.ndim() || axes > b.ndim())
    throw ShapeError(
        fmt::format("tensordot: axes is {}, wanted 0 up to the number of dimensions of both {} and {}", axes,
                    to_string(a.shape()), to_string(b.shape())));
  std::vector<int> of_a, of_b;
  for (int i = 0; i < axes; ++i) {
    of_a.push_back(a.ndim() - axes + i);
    of_b.push_back(i);
  }
  return contract("tensordot", a, b, of_a, of_b);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("tensordot");
}

Array tensordot(const Array& a, const Array& b, std::span<const int> axes_a, std::span<const int> axes_b) {
  return contract("tensordot", a, b, axes_a, axes_b);
}

Array tensordot(const Array& a, const Array& b, std::initializer_list<int> axes_a,
                std::initializer_list<int> axes_b) {
  return contract("tensordot", a, b, std::span<const int>(axes_a.begin(), axes_a.size()),
                  std::span<const int>(axes_b.begin(), axes_b.size()));
}

}  // namespace copse
