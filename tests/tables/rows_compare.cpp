#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> compare_rows() {
  const Input x = data({2, 3}, 0, 2), y = data({3}, 0, 2);
  const Sample ends{"special", {special(0, 2), special(1, 2)}, floats};
  return {
      {.name = "isclose",
       .call = one([](const Arrays& in) { return isclose(in[0], in[1], 0.3, 0.2); }),
       .inputs = {x, y},
       .jax = "jnp.isclose(x, y, 0.3, 0.2)",
       .more = {ends}},
      {.name = "isclose",
       .variant = "nan",
       .call = one([](const Arrays& in) { return isclose(in[0], in[1], 0.3, 0.2, true); }),
       .inputs = {x, y},
       .jax = "jnp.isclose(x, y, 0.3, 0.2, equal_nan=True)",
       .more = {ends}},
      {.name = "allclose",
       .call = one([](const Arrays& in) { return allclose(in[0], in[1], 0.3, 2); }),
       .inputs = {x, y},
       .jax = "jnp.allclose(x, y, 0.3, 2)",
       .more = {ends}},
      {.name = "all_close",
       .call = one([](const Arrays& in) { return Array(all_close(in[0], in[1], 0.3, 2)); }),
       .inputs = {x, data({2, 3}, 0, 2)},
       .jax = "jnp.allclose(x, y, 0.3, 2)",
       .needs_values = true},
      {.name = "array_equal",
       .call = one([](const Arrays& in) { return Array(array_equal(in[0], in[0])); }),
       .inputs = {x},
       .jax = "jnp.array_equal(x, x)",
       .more = {{"special", {special()}}},
       .needs_values = true},
      {.name = "array_equal",
       .variant = "nan",
       .call = one([](const Arrays& in) { return Array(array_equal(in[0], in[0], true)); }),
       .inputs = {x},
       .jax = "jnp.array_equal(x, x, equal_nan=True)",
       .more = {{"special", {special()}}},
       .needs_values = true},
  };
}

}  // namespace tables
