#include "copse/ops/sets.hpp"

#include <limits>

#include "copse/ops/create.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> set_rows() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Input x = typed(array({{3, 1, 0}, {1, 7, 3}})), y = typed(array({3, 5, 5, 0}));
  const Sample special_one{"special", {special()}};
  const Sample nans{
      "nan", {typed(array({1.0, nan, 2.0, nan, -0.0})), typed(array({nan, 2.0, 0.0, 4.0}))}, floats};
  std::vector<Row> rows = {
      {.name = "unique",
       .call = unary(unique),
       .inputs = {data({2, 4}, -2, 2)},
       .jax = "jnp.unique(x)",
       .more = {special_one, {"nan", {typed(array({1.0, nan, 2.0, nan, 1.0}))}, floats}},
       .needs_values = true},
      {.name = "unique_all",
       .call =
           [](const Arrays& in) {
             const Unique u = unique_all(in[0]);
             return Arrays{u.values, u.indices, u.inverse, u.counts};
           },
       .inputs = {data({2, 4}, -2, 2)},
       .jax = "jnp.unique(x, return_index=True, return_inverse=True, return_counts=True)",
       .more = {special_one, {"nan", {typed(array({1.0, nan, 2.0, nan, 1.0}))}, floats}},
       .needs_values = true},
      {.name = "isin",
       .call = one([](const Arrays& in) { return isin(in[0], in[1]); }),
       .inputs = {x, y},
       .jax = "jnp.isin(x, y)",
       .more = {nans, {"special", {special(), special()}}}},
      {.name = "isin",
       .variant = "invert",
       .call = one([](const Arrays& in) { return isin(in[0], in[1], true); }),
       .inputs = {x, y},
       .jax = "jnp.isin(x, y, invert=True)",
       .more = {nans}},
  };
  const struct {
    const char* name;
    Array (*f)(const Array&, const Array&);
  } pairs[] = {
      {"union1d", union1d}, {"intersect1d", intersect1d}, {"setdiff1d", setdiff1d}, {"setxor1d", setxor1d}};
  for (const auto& p : pairs)
    rows.push_back({.name = p.name,
                    .call = binary(p.f),
                    .inputs = {x, y},
                    .jax = std::string("jnp.") + p.name + "(x, y)",
                    .more = {nans},
                    .needs_values = true});
  return rows;
}

}  // namespace tables
