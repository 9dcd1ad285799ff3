#include "copse/random/samplers.hpp"

#include <fmt/format.h>

#include "check.hpp"
#include "copse/core/error.hpp"
#include "distributions.hpp"
#include "threefry.hpp"

namespace copse::random {
namespace {

// Where the key is known the steps run with the bits still in cache; the numbers are the same.
template <class Distribution>
Array sample(const Array& key, const Shape& shape, const Distribution& distribution, const char* function) {
  if (key.tracer() || !distribution.simple()) return distribution(threefry_bits(key, shape));
  Program program;
  (void)distribution(program.bits());
  return program.run(key, shape, function);
}

// Parameters may have fewer dimensions than the samples, but not more or others.
void check_fits(const Array& parameter, const Shape& shape, const char* function, const char* name) {
  const Shape& got = parameter.shape();
  bool fits = got.rank() <= shape.rank();
  for (int d = 1; fits && d <= got.rank(); ++d) fits = got[-d] == 1 || got[-d] == shape[-d];
  if (!fits)
    throw ShapeError(fmt::format("{}: {} has shape {}, which does not broadcast to {}", function, name,
                                 to_string(got), to_string(shape)));
}

void check_float(DType dtype, const char* function) {
  if (!is_floating(dtype))
    throw DTypeError(fmt::format("{}: got {}, wanted a floating-point dtype", function, name_of(dtype)));
}

template <class Distribution>
Array floats(const Key& key, const Shape& shape, const Distribution& distribution, DType dtype,
             const char* function) {
  const Array& data = checked(key, function);
  check_float(dtype, function);
  return astype(sample(data, shape, distribution, function), dtype);
}

}  // namespace

Array bits(const Key& key, const Shape& shape, DType dtype) {
  const Array& data = checked(key, "bits");
  if (dtype != DType::uint32 && dtype != DType::uint8)
    throw DTypeError(fmt::format("bits: got {}, wanted uint32 or uint8", name_of(dtype)));
  return astype(threefry_bits(data, shape), dtype);
}

Array uniform(const Key& key, const Shape& shape, const Array& minval, const Array& maxval, DType dtype) {
  check_fits(minval, shape, "uniform", "minval");
  check_fits(maxval, shape, "uniform", "maxval");
  return floats(key, shape, Uniform(minval, maxval, dtype), dtype, "uniform");
}

Array normal(const Key& key, const Shape& shape, DType dtype) {
  return floats(key, shape, Normal{dtype}, dtype, "normal");
}

Array truncated_normal(const Key& key, double lower, double upper, const Shape& shape, DType dtype) {
  return floats(key, shape, TruncatedNormal(lower, upper, dtype), dtype, "truncated_normal");
}

Array bernoulli(const Key& key, const Array& p, const OptionalShape& shape) {
  const Array& data = checked(key, "bernoulli");
  if (shape) check_fits(p, *shape, "bernoulli", "p");
  return sample(data, shape ? *shape : p.shape(), Bernoulli{astype(p, computed_in(p.dtype()))}, "bernoulli");
}

Array randint(const Key& key, const Shape& shape, const Array& minval, const Array& maxval) {
  (void)checked(key, "randint");
  check_fits(minval, shape, "randint", "minval");
  check_fits(maxval, shape, "randint", "maxval");
  for (const Array& bound : {minval, maxval})
    if (!is_integer(bound.dtype()))
      throw DTypeError(fmt::format("randint: a bound is {}, wanted an integer", name_of(bound.dtype())));
  const auto [first, second] = split<2>(key);
  const Array high = bits(first, shape), low = bits(second, shape);
  const Array least = elementwise::convert(minval, DType::int32, false, "randint"),
              most = elementwise::convert(maxval, DType::int32, false, "randint");
  const Array span = where(less_equal(most, least), ones_like(astype(most, DType::uint32)),
                           astype(most, DType::uint32) - astype(least, DType::uint32));
  // Both words modulo the span: (high * 2^32 + low) mod span.
  const Array half = mod(astype(Array(1 << 16), DType::uint32), span);
  const Array offset = mod(mod(high, span) * mod(half * half, span) + mod(low, span), span);
  return least + astype(offset, DType::int32);
}

Array gumbel(const Key& key, const Shape& shape, DType dtype) {
  return floats(key, shape, Gumbel{dtype}, dtype, "gumbel");
}

Array exponential(const Key& key, const Shape& shape, DType dtype) {
  return floats(key, shape, Exponential{dtype}, dtype, "exponential");
}

Array laplace(const Key& key, const Shape& shape, DType dtype) {
  return floats(key, shape, Laplace{dtype}, dtype, "laplace");
}

}  // namespace copse::random
