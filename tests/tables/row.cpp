#include "row.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"

namespace tables {
namespace {

// Numbers in [0, 1) in no order (splitmix64), the same on every machine.
double number(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

Array stored(const std::vector<double>& values, const Shape& shape, DType dtype) {
  return astype(array(std::span<const double>(values), shape), dtype);
}

Array fill(const Shape& shape, DType dtype, int seed, double low, double high) {
  std::vector<double> values(static_cast<std::size_t>(shape.elements()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double u = number(i + static_cast<std::size_t>(seed) * 1000003);
    if (is_floating(dtype)) {
      values[i] = low + u * (high - low);
    } else if (dtype == DType::bool_) {
      values[i] = u < 0.5 ? 0 : 1;
    } else {
      const double from = is_signed(dtype) ? std::ceil(low) : std::max(0.0, std::ceil(low));
      values[i] = from + std::floor(u * (std::max(from, std::floor(high)) - from + 1));
    }
  }
  return stored(values, shape, dtype);
}

Array ends(DType dtype) {
  return dispatch(dtype, [&]<class T>() {
    if constexpr (std::is_same_v<T, bool>) {
      return array({false, true});
    } else if constexpr (std::is_integral_v<T>) {
      using Limits = std::numeric_limits<T>;
      return array(std::vector<T>{Limits::min(), Limits::max(), T{0}, T{1}, static_cast<T>(-1), T{7},
                                  static_cast<T>(-7), T{40}});
    } else {
      const double infinity = std::numeric_limits<double>::infinity();
      return stored({std::nan(""), infinity, -infinity, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e30}, {10}, dtype);
    }
  });
}

}  // namespace

Input data(const Shape& shape, double low, double high) {
  return {shape, [=](const Shape& s, DType dtype, int seed) { return fill(s, dtype, seed, low, high); }};
}

Input integers(const Shape& shape, int low, int high, DType dtype) {
  return {shape, [=](const Shape& s, DType, int seed) { return fill(s, dtype, seed, low, high); }, false};
}

Input always(const Array& array) {
  return {array.shape(), [=](const Shape&, DType, int) { return array; }, false};
}

Input typed(const Array& array) {
  return {array.shape(), [=](const Shape&, DType dtype, int) { return astype(array, dtype); }};
}

Input key() {
  return {{2},
          [](const Shape&, DType, int seed) {
            return array(std::vector<std::uint32_t>{3, 17 + static_cast<std::uint32_t>(seed)});
          },
          false};
}

Input positive_definite(std::int64_t n) {
  return {{n, n}, [](const Shape& s, DType dtype, int seed) {
            if (s.rank() < 2) return fill(s, dtype, seed, 1, 2);
            const Array x = fill(s, DType::float64, seed, -1, 1);
            const Array apart = astype(diag(arange(s[-1]) * 3 + 2), DType::float64);
            const Array matrix = matmul(x, transpose(x)) + apart;
            return astype(is_floating(dtype) ? matrix : round(matrix), dtype);
          }};
}

Input special(int axis, int rank) {
  return {{}, [=](const Shape&, DType dtype, int) {
            const Array values = ends(dtype);
            Shape full = Shape::filled(rank, 1);
            full[axis] = values.size();
            return reshape(values, full);
          }};
}

bool Row::is_typed() const {
  for (const Input& input : inputs)
    if (input.typed) return true;
  return false;
}

std::vector<Sample> Row::samples() const {
  std::vector<Sample> all{{"main", inputs}};
  if (is_typed()) {
    const Types few = only(DType::float32) | only(DType::int32) | (types & floats ? 0 : types);
    Sample none{"empty", inputs, few}, flat{"scalar", inputs, few};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Shape without = inputs[i].shape;
      if (inputs[i].typed && without.rank() > 0) without[0] = 0;
      none.inputs[i].shape = empty ? empty->at(i) : without;
      flat.inputs[i].shape = scalar ? scalar->at(i) : inputs[i].typed ? Shape{} : inputs[i].shape;
    }
    all.push_back(std::move(none));
    all.push_back(std::move(flat));
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Arrays make(const std::vector<Input>& inputs, DType dtype, int seed) {
  Arrays made;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    made.push_back(inputs[i](dtype, seed * 10 + static_cast<int>(i)));
  return made;
}

Call one(std::function<Array(const Arrays&)> f) {
  return [f = std::move(f)](const Arrays& in) { return Arrays{f(in)}; };
}
Call unary(Array (*f)(const Array&)) { return UnaryCall{f}; }
Call binary(Array (*f)(const Array&, const Array&)) { return BinaryCall{f}; }

const std::vector<Row>& rows() {
  static const std::vector<Row> all = [] {
    std::vector<Row> joined;
    for (const auto family :
         {unary_rows,         binary_rows,          composed_rows, activation_rows, reduction_rows,
          statistics_rows,    sample_rows,          curve_rows,    cumulative_rows, sorting_rows,
          set_rows,           compare_rows,         create_rows,   shaping_rows,    joining_rows,
          part_rows,          indexing_rows,        position_rows, expression_rows, product_rows,
          decomposition_rows, matrix_function_rows, conv_rows,     random_rows,     distribution_rows,
          option_rows})
      for (Row& row : family()) joined.push_back(std::move(row));
    return joined;
  }();
  return all;
}

const Row& find_row(const std::string& id) {
  for (const Row& row : rows())
    if (row.id() == id) return row;
  throw std::out_of_range("no row " + id);
}

}  // namespace tables
