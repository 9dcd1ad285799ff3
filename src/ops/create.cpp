#include "create.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "../core/sizes.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "elementwise/apply.hpp"

namespace copse {
namespace create {
namespace {

constexpr std::int64_t grain = 1 << 16;

// Nothing goes in, so there is nothing to differentiate or to map.
template <class Derived, class Params>
class Nullary : public PrimitiveWith<Derived, Params> {
 public:
  using PrimitiveWith<Derived, Params>::PrimitiveWith;
  std::vector<Array> vjp(const VjpCall&) const override { return {}; }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array>) const override {
    return {Array()};
  }
  BatchResult batch(const BatchCall&) const override { return {{bind(this->share())}, {0}}; }
  double flops(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override { return 0; }
};

template <class T>
void fill(void* to, const std::byte* element, std::int64_t n) {
  T value;
  std::memcpy(&value, element, sizeof value);
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    std::fill(static_cast<T*>(to) + begin, static_cast<T*>(to) + end, value);
  });
}

void fill(const FullParams& p, void* to) {
  const std::int64_t n = p.type.shape.elements();
  switch (size_of(p.type.dtype)) {
    case 1:
      return fill<std::uint8_t>(to, p.value.data(), n);
    case 2:
      return fill<std::uint16_t>(to, p.value.data(), n);
    case 4:
      return fill<std::uint32_t>(to, p.value.data(), n);
    default:
      return fill<std::uint64_t>(to, p.value.data(), n);
  }
}

class Full final : public Nullary<Full, FullParams> {
 public:
  using Nullary::Nullary;
  std::string_view name() const override { return "full"; }
  std::string parameters() const override {
    return dispatch(params.type.dtype, [&]<class T>() {
      if constexpr (std::is_same_v<T, bfloat16>)
        return fmt::format("{}, value={}", to_string(params.type.shape), static_cast<float>(params.as<T>()));
      else
        return fmt::format("{}, value={}", to_string(params.type.shape), params.as<T>());
    });
  }
  void infer(std::span<const ShapeDtype>, std::span<ShapeDtype> out) const override { out[0] = params.type; }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override {
    return make_kernel([p = params](const void* const*, void* const* out) { create::fill(p, out[0]); });
  }
  void eval(std::span<const Array>, std::span<Array> out) const override {
    Array made = detail::allocate(params.type);
    create::fill(params, detail::mutable_data(made));
    out[0] = std::move(made);
  }
  std::optional<traits::Fill> fill() const override { return traits::Fill{params.value}; }
};

class Iota final : public Nullary<Iota, IotaParams> {
 public:
  using Nullary::Nullary;
  std::string_view name() const override { return "iota"; }
  std::string parameters() const override { return fmt::format("size={}", params.size); }
  void infer(std::span<const ShapeDtype>, std::span<ShapeDtype> out) const override {
    out[0] = {Shape{params.size}, params.dtype, false};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override {
    return make_kernel([p = params](const void* const*, void* const* out) {
      dispatch(p.dtype, [&]<class T>() {
        T* to = static_cast<T*>(out[0]);
        parallel_for(p.size, grain, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            if constexpr (std::is_same_v<T, bfloat16>)
              to[i] = bfloat16(static_cast<float>(i));
            else
              to[i] = static_cast<T>(i);
          }
        });
      });
    });
  }
};

Array iota(std::int64_t size, DType dtype) {
  if (dtype == DType::bool_) throw DTypeError("arange: got bool, wanted a dtype of numbers");
  return bind(new_primitive<Iota>(IotaParams{size, dtype}));
}

template <class T>
std::string too_many(T start, T stop, T step) {
  return fmt::format("arange: from {} to {} by {} there are more elements than 64 bits can count", start,
                     stop, step);
}

// How many steps lead from start to below stop.
template <class T>
std::int64_t steps(T start, T stop, T step) {
  if (step == 0) throw ValueError("arange: step is 0");
  if constexpr (std::is_floating_point_v<T>) {
    const double n = std::ceil((stop - start) / step);
    if (std::isnan(n))
      throw ValueError(fmt::format("arange: cannot count from {} to {} by {}", start, stop, step));
    if (!(n < 9.0e18)) throw ShapeError(too_many(start, stop, step));
    return n > 0 ? static_cast<std::int64_t>(n) : 0;
  } else {
    if (step > 0 ? start >= stop : start <= stop) return 0;
    // Unsigned, as the distance between two integers may exceed the largest.
    const auto distance = step > 0 ? static_cast<std::uint64_t>(stop) - static_cast<std::uint64_t>(start)
                                   : static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(stop);
    const auto stride =
        step > 0 ? static_cast<std::uint64_t>(step) : std::uint64_t{0} - static_cast<std::uint64_t>(step);
    const std::uint64_t before_last = (distance - 1) / stride;
    if (before_last >= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      throw ShapeError(too_many(start, stop, step));
    return static_cast<std::int64_t>(before_last + 1);
  }
}

}  // namespace

Array full_of(const ShapeDtype& type, const void* element) {
  FullParams params{type, {}};
  std::memcpy(params.value.data(), element, size_of(type.dtype));
  return bind(new_primitive<Full>(params));
}

namespace {

Array full_number(const ShapeDtype& type, double number) {
  return dispatch(type.dtype, [&]<class T>() {
    T element;
    if constexpr (std::is_same_v<T, bfloat16>)
      element = bfloat16(static_cast<float>(number));
    else
      element = static_cast<T>(number);
    return full_of(type, &element);
  });
}

}  // namespace
}  // namespace create

Array full(const Shape& shape, const Array& value, std::optional<DType> dtype) {
  // A number that takes int64 to hold it must not give way to another array's int32.
  const bool weak = value.weak_type() && !dtype && value.dtype() != DType::int64;
  const Array element = dtype ? elementwise::convert(value, *dtype, false, "full") : value;
  if (element.tracer() || element.ndim() != 0) return broadcast_to(element, shape);
  return create::full_of({shape, element.dtype(), weak}, element.raw());
}

Array zeros(const Shape& shape, DType dtype) { return create::full_number({shape, dtype, false}, 0); }
Array ones(const Shape& shape, DType dtype) { return create::full_number({shape, dtype, false}, 1); }
Array zeros_like(const Array& x) { return create::full_number(x.type(), 0); }
Array ones_like(const Array& x) { return create::full_number(x.type(), 1); }

Array full_like(const Array& x, const Array& value, std::optional<DType> dtype) {
  if (dtype) return full(x.shape(), value, dtype);
  const Array element = elementwise::convert(value, x.dtype(), false, "full_like");
  if (element.tracer() || element.ndim() != 0) return broadcast_to(element, x.shape());
  return create::full_of(x.type(), element.raw());
}

Array arange(std::int64_t stop, std::optional<DType> dtype) {
  return detail::arange_integers(0, stop, 1, dtype);
}

namespace detail {

Array arange_integers(std::int64_t start, std::int64_t stop, std::int64_t step, std::optional<DType> wanted) {
  const std::int64_t count = create::steps(start, stop, step);
  // Unsigned, as the product may exceed the largest integer where the sum does not.
  const auto last = static_cast<std::int64_t>(
      static_cast<std::uint64_t>(start) +
      static_cast<std::uint64_t>(std::max<std::int64_t>(count - 1, 0)) * static_cast<std::uint64_t>(step));
  const bool small = count == 0 || (std::in_range<std::int32_t>(start) && std::in_range<std::int32_t>(last));
  const DType dtype = wanted.value_or(small ? DType::int32 : DType::int64);
  if (count > 0 && is_integer(dtype))
    for (const std::int64_t end : {start, last})
      (void)elementwise::convert(Array(end), dtype, false, "arange");
  if (start == 0 && step == 1) return create::iota(count, dtype);
  Array out = create::iota(count, is_floating(dtype) ? DType::int64 : dtype);
  // A step that the dtype cannot hold leads from the first element to the last, modulo its range.
  if (step != 1) out = out * astype(Array(step), out.dtype());
  if (start != 0) out = out + astype(Array(start), out.dtype());
  return astype(out, dtype);
}

Array arange_floats(double start, double stop, double step, DType dtype) {
  // In float64, so that the elements don't depend on how the sum is rounded on its way.
  const std::int64_t size = create::steps(start, stop, step);
  if (size > 0)
    for (const double end : {start, start + static_cast<double>(size - 1) * step})
      (void)elementwise::convert(Array(end), dtype, false, "arange");
  const Array count = create::iota(size, DType::float64);
  return astype(count * step + start, dtype);
}

}  // namespace detail

Array linspace(const Array& start, const Array& stop, std::int64_t num, bool endpoint,
               std::optional<DType> dtype, int axis) {
  if (num < 0) throw ValueError(fmt::format("linspace: num is {}, wanted 0 or more", num));
  PromotionType type = promote(start.type().type(), stop.type().type());
  if (!is_floating(type.dtype)) type = {DType::float32, true};
  const bool weak = type.weak && !dtype;
  // Weak bounds are exact numbers: they are interpolated in the dtype that is asked for.
  const DType compute = type.weak && dtype && is_floating(*dtype) ? *dtype : type.dtype;
  const Array a = elementwise::convert(start, compute, weak), b = elementwise::convert(stop, compute, weak);
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), "linspace");
  const std::int64_t parts = endpoint ? num - 1 : num;
  Shape column = Shape::filled(shape.rank(), 1);
  column.insert(0, num);
  Array t = create::iota(num, compute);
  if (parts > 1) t = t / static_cast<double>(parts);
  t = reshape(t, column);
  Array out = a * (1 - t) + b * t;
  if (endpoint && parts > 0) out = where(reshape(arange(num), column) == parts, b, out);
  Shape full_shape = shape;
  full_shape.insert(0, num);
  const Array numbers = astype(broadcast_to(out, full_shape), dtype.value_or(out.dtype()));
  return axis == 0 ? numbers : moveaxis(numbers, 0, normalize_axis(axis, full_shape.rank(), "linspace"));
}

Array logspace(const Array& start, const Array& stop, std::int64_t num, bool endpoint, double base,
               std::optional<DType> dtype) {
  const Array out = power(base, linspace(start, stop, num, endpoint));
  return astype(out, dtype.value_or(out.dtype()));
}

Array geomspace(const Array& start, const Array& stop, std::int64_t num, bool endpoint,
                std::optional<DType> dtype) {
  const auto as_float = [](const Array& x) { return is_floating(x.dtype()) ? x : astype(x, DType::float32); };
  const Array a = as_float(start), b = as_float(stop);
  Array out = exp(linspace(log(a), log(b), num, endpoint));
  // The ends exactly, whatever exp and log make of them.
  if (num > 0) {
    Shape column = Shape::filled(out.ndim(), 1);
    column[0] = num;
    const Array at = reshape(arange(num), column);
    out = where(equal(at, 0), a, out);
    if (endpoint && num > 1) out = where(equal(at, num - 1), b, out);
  }
  return astype(out, dtype.value_or(out.dtype()));
}

namespace {

// Whether element (i, j) of an n x m matrix lies on or below the k-th diagonal.
Array below_diagonal(std::int64_t n, std::int64_t m, std::int64_t k) {
  return greater_equal(reshape(arange(n, DType::int64) + k, {n, 1}),
                       reshape(arange(m, DType::int64), {1, m}));
}

void require_matrix(const Array& x, const char* function) {
  if (x.ndim() < 2)
    throw ShapeError(
        fmt::format("{}: got shape {}, wanted two dimensions or more", function, to_string(x.shape())));
}

}  // namespace

Array eye(std::int64_t n, std::optional<std::int64_t> m, std::int64_t k, DType dtype) {
  const std::int64_t columns = m.value_or(n);
  const Array row = reshape(arange(n, DType::int64) + detail::diagonal_within(n, columns, k), {n, 1});
  return astype(equal(row, reshape(arange(columns, DType::int64), {1, columns})), dtype);
}

Array identity(std::int64_t n, DType dtype) { return eye(n, std::nullopt, 0, dtype); }

Array tri(std::int64_t n, std::optional<std::int64_t> m, std::int64_t k, DType dtype) {
  const std::int64_t columns = m.value_or(n);
  return astype(below_diagonal(n, columns, detail::diagonal_within(n, columns, k)), dtype);
}

Array tril(const Array& x, std::int64_t k) {
  require_matrix(x, "tril");
  const std::int64_t n = x.shape(-2), m = x.shape(-1);
  return where(below_diagonal(n, m, detail::diagonal_within(n, m, k)), x, zeros_like(x));
}

Array triu(const Array& x, std::int64_t k) {
  require_matrix(x, "triu");
  const std::int64_t n = x.shape(-2), m = x.shape(-1);
  return where(below_diagonal(n, m, detail::diagonal_within(n, m, k) - 1), zeros_like(x), x);
}

std::vector<Array> meshgrid(std::initializer_list<Array> axes, bool matrix_indexing, bool sparse) try {
  return meshgrid(std::span<const Array>(axes.begin(), axes.size()), matrix_indexing, sparse);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("meshgrid");
}

std::vector<Array> meshgrid(std::span<const Array> axes, bool matrix_indexing, bool sparse) try {
  const int rank = static_cast<int>(axes.size());
  Shape shape;
  for (const Array& axis : axes) {
    if (axis.ndim() > 1)
      throw ShapeError(fmt::format("meshgrid: got shape {}, wanted one dimension", to_string(axis.shape())));
    shape.push_back(axis.size());
  }
  // The usual picture of a plane has x run along the columns: the first two dimensions change places.
  const bool swap = !matrix_indexing && rank >= 2;
  if (swap) std::swap(shape[0], shape[1]);
  std::vector<Array> out;
  for (int i = 0; i < rank; ++i) {
    const int at = swap && i < 2 ? 1 - i : i;
    Shape own = Shape::filled(rank, 1);
    own[at] = shape[at];
    out.push_back(broadcast_to(reshape(axes[static_cast<std::size_t>(i)], own), sparse ? own : shape));
  }
  return out;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("meshgrid");
}

namespace detail {

Array from_list(const void* elements, const Shape& shape, DType stored) {
  const Array out = allocate({shape, stored, false});
  if (out.size() > 0) std::memcpy(mutable_data(out), elements, out.nbytes());
  return out;
}

Array from_numbers(std::span<const Number> numbers, const Shape& shape) {
  const bool floating =
      std::any_of(numbers.begin(), numbers.end(), [](const Number& n) { return n.floating; });
  const bool wide = std::any_of(numbers.begin(), numbers.end(), [](const Number& n) {
    return n.whole != static_cast<std::int32_t>(n.whole);
  });
  const Array out = allocate({shape, floating ? DType::float32 : wide ? DType::int64 : DType::int32, false});
  dispatch(out.dtype(), [&]<class T>() {
    T* to = static_cast<T*>(mutable_data(out));
    if constexpr (!std::same_as<T, bfloat16>)
      for (const Number& n : numbers) *to++ = n.floating ? static_cast<T>(n.real) : static_cast<T>(n.whole);
  });
  return out;
}

void ragged(std::size_t got, std::size_t wanted) {
  throw ShapeError(fmt::format(
      "array: a row of {} elements after one of {}; all rows must have the same length", got, wanted));
}

}  // namespace detail

Array array(std::initializer_list<detail::Number> row) {
  return detail::from_numbers({row.begin(), row.size()}, {detail::extent(row.size())});
}

Array array(std::initializer_list<detail::Row> rows) {
  const std::size_t width = rows.size() ? rows.begin()->size() : 0;
  std::vector<detail::Number> numbers;
  for (const detail::Row& row : rows) {
    if (row.size() != width) detail::ragged(row.size(), width);
    numbers.insert(numbers.end(), row.begin(), row.end());
  }
  return detail::from_numbers(numbers, {detail::extent(rows.size()), detail::extent(width)});
}

}  // namespace copse
