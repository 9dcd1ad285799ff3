// Samplers made of other samplers and of public operations, the steps being JAX's.
#include <fmt/format.h>

#include <algorithm>
#include <numbers>

#include "check.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random/samplers.hpp"

namespace copse::random {
namespace {

Array number(const Array& parameter) { return astype(parameter, DType::float32); }

// The shape asked for, or that of all parameters together.
Shape shape_for(const char* function, const OptionalShape& wanted, std::initializer_list<Array> parameters) {
  Shape own;
  for (const Array& p : parameters) own = broadcast_shapes(own, p.shape(), function);
  if (!wanted) return own;
  if (own.rank() > (*wanted).rank() || broadcast_shapes(own, *wanted, function) != *wanted)
    throw ShapeError(fmt::format("{}: parameters of shape {} do not broadcast to {}", function,
                                 to_string(own), to_string(*wanted)));
  return *wanted;
}

void check_float(DType dtype, const char* function) {
  if (!is_floating(dtype))
    throw DTypeError(fmt::format("{}: got {}, wanted a floating-point dtype", function, name_of(dtype)));
}

}  // namespace

Array cauchy(const Key& key, const Shape& shape, DType dtype) {
  (void)checked(key, "cauchy");
  check_float(dtype, "cauchy");
  const bool half = dtype == DType::bfloat16;
  const Array u = uniform(key, shape, half ? 0x1p-7 : 0x1p-23, 1.0, half ? dtype : DType::float32);
  return astype(tan(std::numbers::pi * (u - 0.5)), dtype);
}

Array logistic(const Key& key, const Shape& shape, DType dtype) {
  (void)checked(key, "logistic");
  check_float(dtype, "logistic");
  const DType compute = dtype == DType::bfloat16 ? dtype : DType::float32;
  const Array u = uniform(key, shape, 0x1p-126, 1.0, compute);
  return astype(log(u) - log1p(-u), dtype);
}

Array maxwell(const Key& key, const Shape& shape, DType dtype) {
  (void)checked(key, "maxwell");
  check_float(dtype, "maxwell");
  Shape vectors = shape;
  vectors.push_back(3);
  const Array numbers = normal(key, vectors, dtype == DType::bfloat16 ? dtype : DType::float32);
  return astype(sqrt(sum(square(number(numbers)), -1)), dtype);
}

Array rademacher(const Key& key, const Shape& shape, DType dtype) {
  (void)checked(key, "rademacher");
  if (dtype == DType::bool_ || (is_integer(dtype) && !is_signed(dtype)))
    throw DTypeError(fmt::format("rademacher: got {}, wanted a dtype that has -1", name_of(dtype)));
  return astype(2 * astype(bernoulli(key, 0.5, shape), DType::int32) - 1, dtype);
}

Array lognormal(const Key& key, const Array& sigma, const OptionalShape& shape) {
  (void)checked(key, "lognormal");
  return exp(normal(key, shape_for("lognormal", shape, {sigma})) * number(sigma));
}

Array pareto(const Key& key, const Array& b, const OptionalShape& shape) {
  (void)checked(key, "pareto");
  return exp(exponential(key, shape_for("pareto", shape, {b})) / number(b));
}

Array rayleigh(const Key& key, const Array& scale, const OptionalShape& shape) {
  (void)checked(key, "rayleigh");
  return number(scale) * sqrt(log(uniform(key, shape_for("rayleigh", shape, {scale}))) * -2);
}

Array weibull_min(const Key& key, const Array& scale, const Array& concentration,
                  const OptionalShape& shape) {
  (void)checked(key, "weibull_min");
  const Array u = uniform(key, shape_for("weibull_min", shape, {scale, concentration}));
  return power(-log1p(-u), 1.0 / number(concentration)) * number(scale);
}

Array triangular(const Key& key, const Array& left, const Array& mode, const Array& right,
                 const OptionalShape& shape) {
  (void)checked(key, "triangular");
  const Array low = number(left), peak = number(mode), high = number(right);
  const Array u = uniform(key, shape_for("triangular", shape, {left, mode, right}));
  const Array rising = low + sqrt(u * (high - low) * (peak - low));
  const Array falling = high - sqrt((1 - u) * (high - low) * (high - peak));
  return where(less(u, (peak - low) / (high - low)), rising, falling);
}

Array wald(const Key& key, const Array& mean, const OptionalShape& shape) {
  (void)checked(key, "wald");
  const Shape full = shape_for("wald", shape, {mean});
  const auto [first, second] = split<2>(key);
  const Array m = number(mean), y = square(normal(first, full)), z = uniform(second, full);
  const Array root = sqrt(4 * m * y + square(m) * square(y));
  const Array x = m + square(m) * y / 2 - m / 2 * root;
  return where(less_equal(z, m / (m + x)), x, square(m) / x);
}

Array geometric(const Key& key, const Array& p, const OptionalShape& shape) {
  (void)checked(key, "geometric");
  const Array u = uniform(key, shape_for("geometric", shape, {p}));
  // Both without their minus: a p of 0 takes infinitely many, whatever the sign of the zero.
  const Array trials = floor(abs(log(where(equal(u, 0), 1, u))) / abs(log1p(-number(p)))) + 1;
  return astype(trials, DType::int32);
}

Array multivariate_normal(const Key& key, const Array& mean, const Array& cov, const OptionalShape& shape) {
  (void)checked(key, "multivariate_normal");
  if (mean.ndim() < 1 || cov.ndim() < 2 || cov.shape(-1) != mean.shape(-1) || cov.shape(-2) != mean.shape(-1))
    throw ShapeError(
        fmt::format("multivariate_normal: got mean {} and cov {}, wanted (..., n) and (..., n, n)",
                    to_string(mean.shape()), to_string(cov.shape())));
  const auto in_front = [](const Shape& s, std::size_t dims) {
    return Shape(std::span<const std::int64_t>(s.begin(), s.size() - dims));
  };
  const Shape batch =
      broadcast_shapes(in_front(mean.shape(), 1), in_front(cov.shape(), 2), "multivariate_normal");
  Shape full = shape ? *shape : batch;
  if (batch.rank() > full.rank() || broadcast_shapes(batch, full, "multivariate_normal") != full)
    throw ShapeError(fmt::format("multivariate_normal: parameters of shape {} do not broadcast to {}",
                                 to_string(batch), to_string(full)));
  full.push_back(mean.shape(-1));
  const Array z = normal(key, full);
  return number(mean) + squeeze(matmul(linalg::cholesky(number(cov)), expand_dims(z, -1)), -1);
}

Array orthogonal(const Key& key, std::int64_t n, const Shape& shape, std::optional<std::int64_t> m,
                 DType dtype) {
  (void)checked(key, "orthogonal");
  check_float(dtype, "orthogonal");
  const std::int64_t columns = m.value_or(n);
  if (n < 0 || columns < 0)
    throw ValueError(fmt::format("orthogonal: got {} rows and {} columns, wanted 0 or more", n, columns));
  Shape full = shape;
  full.push_back(std::max(n, columns));
  full.push_back(std::min(n, columns));
  const auto [q, r] = linalg::qr(normal(key, full));
  // With the signs of r's diagonal the factors are unique, and q is uniform.
  const Array x = q * expand_dims(sign(diagonal(r, 0, -2, -1)), -2);
  return astype(n < columns ? swapaxes(x, -1, -2) : x, dtype);
}

}  // namespace copse::random
