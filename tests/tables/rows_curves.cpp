// Functions of sampled curves, polynomials and signals.
#include "copse/ops/create.hpp"
#include "copse/ops/statistics.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> curve_rows() {
  const Input x = data({2, 3}, -1, 6), places = typed(array({0.0, 1.5, 3.0, 5.0})), values = data({4});
  const std::vector<Shape> none_sought = {{0, 3}, {4}, {4}}, one_sought = {{}, {4}, {4}};
  std::vector<Row> rows = {
      {.name = "interp",
       .call = one([](const Arrays& in) { return interp(in[0], in[1], in[2]); }),
       .inputs = {x, places, values},
       .jax = "jnp.interp(x, y, z)",
       .empty = none_sought,
       .scalar = one_sought},
      {.name = "interp",
       .variant = "ends",
       .call = one([](const Arrays& in) { return interp(in[0], in[1], in[2], -1.0, 7.0); }),
       .inputs = {x, places, values},
       .jax = "jnp.interp(x, y, z, left=-1.0, right=7.0)",
       .empty = none_sought,
       .scalar = one_sought},
      {.name = "trapezoid",
       .call = one([](const Arrays& in) { return trapezoid(in[0]); }),
       .inputs = {data({2, 4})},
       .jax = "jnp.trapezoid(x)"},
      {.name = "trapezoid",
       .variant = "axis",
       .call = one([](const Arrays& in) { return trapezoid(in[0], 0.5, 0); }),
       .inputs = {data({4, 2})},
       .jax = "jnp.trapezoid(x, dx=0.5, axis=0)",
       .empty = {{{4, 0}}}},
      {.name = "trapezoid",
       .variant = "places",
       .call = one([](const Arrays& in) { return trapezoid(in[0], in[1]); }),
       .inputs = {data({2, 4}), data({4})},
       .jax = "jnp.trapezoid(x, y)",
       .empty = {{{0, 4}, {4}}}},
      {.name = "polyval",
       .call = one([](const Arrays& in) { return polyval(in[0], in[1]); }),
       .inputs = {data({3}), data({2, 3})},
       .jax = "jnp.polyval(x, y)",
       .tolerance = 4},
  };
  const struct {
    const char* name;
    ConvolveMode mode;
  } modes[] = {{"full", ConvolveMode::full}, {"same", ConvolveMode::same}, {"valid", ConvolveMode::valid}};
  const struct {
    const char* name;
    Array (*f)(const Array&, const Array&, ConvolveMode);
  } products[] = {{"convolve", convolve}, {"correlate", correlate}};
  for (const auto& p : products)
    for (const auto& m : modes)
      rows.push_back(
          {.name = p.name,
           .variant = m.name,
           .call = one([f = p.f, mode = m.mode](const Arrays& in) { return f(in[0], in[1], mode); }),
           .inputs = {data({6}), data({3})},
           .jax = std::string("jnp.") + p.name + "(x, y, mode='" + m.name + "')",
           .tolerance = 4,
           .more = {{"even", {data({5}), data({4})}, only(DType::float32)},
                    {"longer second", {data({2}), data({5})}, only(DType::float32)},
                    {"of one length", {data({4}), data({4})}, only(DType::float32)}}});
  return rows;
}

}  // namespace tables
