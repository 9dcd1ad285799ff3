#include "copse/ops/elementwise.hpp"
#include "copse/ops/math.hpp"
#include "row.hpp"

namespace tables {
namespace {

struct Binary {
  const char* name;
  Array (*f)(const Array&, const Array&);
  const char* jax;
  double low = -3, high = 3;
  Types types = every;
};

// All broadcast: against a row, both ways, with nothing, and with one element.
Row row(const Binary& b) {
  const auto in = [&](const Shape& shape) { return data(shape, b.low, b.high); };
  Row r{.name = b.name,
        .call = binary(b.f),
        .inputs = {in({2, 3}), in({2, 3})},
        .jax = b.jax,
        .types = b.types};
  r.more = {{"broadcast", {in({2, 1, 3}), in({4, 1})}},
            {"broadcast to nothing", {in({2, 1}), in({1, 0})}, only(DType::float32) | only(DType::int32)},
            {"with a scalar", {in({3}), in({})}, only(DType::float32) | only(DType::int32)},
            {"scalar first", {in({}), in({3})}, only(DType::float32) | only(DType::int32)},
            {"long", {in({40, 150}), in({1, 150})}, only(DType::float32) | only(DType::int32)},
            {"special", {special(0, 2), special(1, 2)}}};
  // JAX reads six bits of an integer exponent only.
  if (r.name == "power") r.more.back().types = floats;
  return r;
}

}  // namespace

std::vector<Row> binary_rows() {
  const Types integral = every & ~floats;
  const Binary all[] = {
      {"add", add, "x + y"},
      {"subtract", subtract, "x - y", -3, 3, numbers},
      {"multiply", multiply, "x * y"},
      {"divide", divide, "x / y", 0.5, 3},
      {"floor_divide", floor_divide, "jnp.floor_divide(x, y)", 0.6, 9},
      {"mod", mod, "jnp.mod(x, y)", 0.6, 9},
      {"power", power, "jnp.power(x, y)", 0.5, 3},
      {"arctan2", arctan2, "jnp.arctan2(x, y)"},
      {"maximum", maximum, "jnp.maximum(x, y)"},
      {"minimum", minimum, "jnp.minimum(x, y)"},
      {"equal", equal, "x == y"},
      {"not_equal", not_equal, "x != y"},
      {"less", less, "x < y"},
      {"less_equal", less_equal, "x <= y"},
      {"greater", greater, "x > y"},
      {"greater_equal", greater_equal, "x >= y"},
      {"logical_and", logical_and, "jnp.logical_and(x, y)"},
      {"logical_or", logical_or, "jnp.logical_or(x, y)"},
      {"logical_xor", logical_xor, "jnp.logical_xor(x, y)"},
      {"bitwise_and", bitwise_and, "x & y", -3, 3, integral},
      {"bitwise_or", bitwise_or, "x | y", -3, 3, integral},
      {"bitwise_xor", bitwise_xor, "x ^ y", -3, 3, integral},
      {"left_shift", left_shift, "x << y", 0, 3, whole},
      {"right_shift", right_shift, "x >> y", 0, 3, whole},
      {"hypot", hypot, "jnp.hypot(x, y)"},
      {"logaddexp", logaddexp, "jnp.logaddexp(x, y)"},
      {"fmod", fmod, "jnp.fmod(x, y)", 0.6, 9},
      {"fmax", fmax, "jnp.fmax(x, y)"},
      {"fmin", fmin, "jnp.fmin(x, y)"},
      {"heaviside", heaviside, "jnp.heaviside(x, y)"},
      {"copysign", copysign, "jnp.copysign(x, y)"},
      {"xlogy", xlogy, "special.xlogy(x, y)", 0.2, 4},
      {"xlog1py", xlog1py, "special.xlog1py(x, y)", -0.7, 4},
  };
  std::vector<Row> rows;
  for (const Binary& b : all) rows.push_back(row(b));
  rows.push_back({.name = "divmod",
                  .call =
                      [](const Arrays& in) {
                        const auto [quotient, remainder] = divmod(in[0], in[1]);
                        return Arrays{quotient, remainder};
                      },
                  .inputs = {data({2, 3}, 0.6, 9), data({2, 3}, 0.6, 9)},
                  .jax = "jnp.divmod(x, y)",
                  .more = {{"special", {special(0, 2), special(1, 2)}}}});
  return rows;
}

}  // namespace tables
