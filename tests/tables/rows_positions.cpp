#include "copse/ops/positions.hpp"

#include "copse/ops/create.hpp"
#include "row.hpp"

namespace tables {
namespace {

Row made(const char* name, const char* variant, const char* jax, const std::function<Arrays()>& f) {
  return {.name = name, .variant = variant, .call = [f](const Arrays&) { return f(); }, .jax = jax};
}

}  // namespace

std::vector<Row> position_rows() {
  const auto both = [](const Positions& p) { return Arrays{p.rows, p.columns}; };
  std::vector<Row> rows = {
      made("tril_indices", "", "jnp.tril_indices(3)", [=] { return both(tril_indices(3)); }),
      made("tril_indices", "wide", "jnp.tril_indices(3, 1, 5)", [=] { return both(tril_indices(3, 1, 5)); }),
      made("triu_indices", "", "jnp.triu_indices(3)", [=] { return both(triu_indices(3)); }),
      made("triu_indices", "narrow", "jnp.triu_indices(4, -1, 2)",
           [=] { return both(triu_indices(4, -1, 2)); }),
      made("indices", "", "jnp.indices((2, 3))",
           [] {
             return Arrays{indices({2, 3})};
           }),
      made("indices", "float", "jnp.indices((3,), dtype=jnp.float32)",
           [] { return Arrays{indices({3}, DType::float32)}; }),
      made("indices", "empty", "jnp.indices((0, 2))",
           [] {
             return Arrays{indices({0, 2})};
           }),
      {.name = "unravel_index",
       .call =
           [](const Arrays& in) {
             return unravel_index(in[0], {3, 4});
           },
       .inputs = {data({2, 5}, -20, 20)},
       .jax = "[i.astype(jnp.int32) for i in jnp.unravel_index(x.astype(jnp.int32), (3, 4))]",
       .types = whole},
      {.name = "ravel_multi_index",
       .call = one([](const Arrays& in) {
         return ravel_multi_index({in[0], in[1]}, {3, 4});
       }),
       .inputs = {data({2, 3}, -1, 4), data({2, 3}, -1, 5)},
       .jax = "jnp.ravel_multi_index((x.astype(jnp.int32), y.astype(jnp.int32)), (3, 4), mode='clip')"
              ".astype(jnp.int32)",
       .types = whole},
      {.name = "argwhere",
       .call = unary(argwhere),
       .inputs = {data({3, 4}, -1, 1)},
       .jax = "jnp.argwhere(x)",
       .more = {{"special", {special()}}},
       .needs_values = true},
      {.name = "flatnonzero",
       .call = unary(flatnonzero),
       .inputs = {data({3, 4}, -1, 1)},
       .jax = "jnp.flatnonzero(x)",
       .more = {{"special", {special()}}},
       .needs_values = true},
      // One position a row, as the order of several updates is JAX's secret.
      {.name = "put_along_axis",
       .call = one([](const Arrays& in) { return put_along_axis(in[0], in[1], in[2], 1); }),
       .inputs = {data({3, 4}), integers({3, 1}, -4, 3), data({3, 1})},
       .jax = "jnp.put_along_axis(x, y, z, 1, inplace=False)",
       .empty = {{{0, 4}, {0, 1}, {0, 1}}},
       .scalar = {{{3, 4}, {3, 1}, {}}}},
      {.name = "put_along_axis",
       .variant = "first",
       .call = one([](const Arrays& in) { return put_along_axis(in[0], in[1], in[2], 0); }),
       .inputs = {data({3, 4}), integers({1, 4}, -3, 2), data({1, 4})},
       .jax = "jnp.put_along_axis(x, y, z, 0, inplace=False)",
       .empty = {{{3, 0}, {1, 0}, {1, 0}}},
       .scalar = {{{3, 4}, {1, 4}, {}}}},
      {.name = "select",
       .call = one([](const Arrays& in) {
         return select({in[0], in[1]}, {in[2], in[3]}, 2);
       }),
       .inputs = {integers({2, 3}, 0, 1, DType::bool_), integers({2, 3}, 0, 1, DType::bool_), data({2, 3}),
                  data({2, 3})},
       .jax = "jnp.select([x, y], [z, w], 2)",
       .empty = {{{0, 3}, {0, 3}, {0, 3}, {0, 3}}},
       .scalar = {{{2, 3}, {2, 3}, {}, {}}}},
      {.name = "select",
       .variant = "default",
       .call = one([](const Arrays& in) { return select({in[0]}, {in[1]}); }),
       .inputs = {integers({4, 1}, 0, 1, DType::bool_), data({3})},
       .jax = "jnp.select([x], [y])",
       .empty = {{{4, 1}, {0}}}},
  };
  return rows;
}

}  // namespace tables
