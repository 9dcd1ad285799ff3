#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::linalg {
namespace {

// Norms of nothing are 0.
Array largest(const Array& x, const Axes& axes, bool keepdims) {
  for (const int axis : axes.normalize(x.ndim(), "norm"))
    if (x.shape(axis) == 0) return sum(x, axes, keepdims);
  return max(x, axes, keepdims);
}

Array vector_norm(const Array& x, double p, const Axes& axes, bool keepdims) {
  if (p == 2) return sqrt(sum(square(x), axes, keepdims));
  if (p == 1) return sum(abs(x), axes, keepdims);
  if (p == 0) return sum(astype(not_equal(x, 0), x.dtype()), axes, keepdims);
  if (std::isinf(p)) return p > 0 ? largest(abs(x), axes, keepdims) : min(abs(x), axes, keepdims);
  return power(sum(power(abs(x), p), axes, keepdims), 1.0 / p);
}

Array matrix_norm(const Array& x, const Order& order, int rows, int columns, bool keepdims) {
  if (order.kind == Order::Kind::standard || order.kind == Order::Kind::frobenius)
    return vector_norm(x, 2, {rows, columns}, keepdims);
  const bool values = order.kind == Order::Kind::nuclear || std::abs(order.p) == 2;
  if (!values && std::abs(order.p) != 1 && !std::isinf(order.p))
    throw ValueError(
        fmt::format("linalg.norm: there is no norm of order {} of matrices; there are 1, 2, inf, -1, -2, "
                    "-inf, \"fro\" and "
                    "\"nuc\"",
                    order.p));
  Array out;
  if (values) {
    const int from[] = {rows, columns}, to[] = {-2, -1};
    const Array s = svd(moveaxis(x, from, to)).s;
    out = order.kind == Order::Kind::nuclear ? sum(s, -1) : order.p > 0 ? largest(s, -1, false) : min(s, -1);
  } else {
    // Sums along one of the two, then the largest or smallest along the other.
    const bool of_columns = std::abs(order.p) == 1;
    const Array sums = sum(abs(x), of_columns ? rows : columns, true);
    const Array ends = order.p > 0 ? largest(sums, of_columns ? columns : rows, true)
                                   : min(sums, of_columns ? columns : rows, true);
    out = squeeze(ends, {rows, columns});
  }
  if (!keepdims) return out;
  return expand_dims(out, {std::min(rows, columns), std::max(rows, columns)});
}

}  // namespace

Order::Order(const char* name) {
  const std::string_view text = name;
  if (text != "fro" && text != "nuc")
    throw ValueError(
        fmt::format("linalg.norm: there is no norm called \"{}\"; there are \"fro\" and \"nuc\"", text));
  kind = text == "fro" ? Kind::frobenius : Kind::nuclear;
}

Array norm(const Array& a, const Order& order, std::initializer_list<int> axes, bool keepdims) {
  const Array x = is_floating(a.dtype()) ? a : astype(a, DType::float32);
  std::vector<int> at;
  for (const int axis : axes) at.push_back(normalize_axis(axis, x.ndim(), "linalg.norm"));
  if (at.empty()) {
    if (order.kind == Order::Kind::standard) {
      const Array out = vector_norm(ravel(x), 2, 0, false);
      return keepdims ? reshape(out, Shape::filled(x.ndim(), 1)) : out;
    }
    for (int d = 0; d < x.ndim(); ++d) at.push_back(d);
  }
  if (at.size() == 2 && at[0] != at[1]) return matrix_norm(x, order, at[0], at[1], keepdims);
  if (at.size() != 1)
    throw ShapeError(
        fmt::format("linalg.norm: got {} axes of an array of shape {}, wanted one, or two different ones",
                    at.size(), to_string(x.shape())));
  if (order.kind == Order::Kind::frobenius || order.kind == Order::Kind::nuclear)
    throw ValueError("linalg.norm: \"fro\" and \"nuc\" are norms of matrices, wanted two axes");
  return vector_norm(x, order.p, at[0], keepdims);
}

}  // namespace copse::linalg
