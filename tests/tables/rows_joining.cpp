// Several arrays into one, and one into several.
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> joining_rows() {
  const Input x = data({2, 3}), y = data({2, 3});
  const Input ints = integers({2, 3}, 0, 5, DType::uint8);
  std::vector<Row> rows = {
      {.name = "concatenate",
       .call = one([](const Arrays& in) { return concatenate(in); }),
       .inputs = {x, data({1, 3}), data({0, 3})},
       .jax = "jnp.concatenate(a)"},
      {.name = "concatenate",
       .variant = "last",
       .call = one([](const Arrays& in) {
         return concatenate({in[0], in[1]}, -1);
       }),
       .inputs = {x, data({2, 2})},
       .jax = "jnp.concatenate(a, axis=-1)"},
      {.name = "concatenate",
       .variant = "promoting",
       .call = one([](const Arrays& in) { return concatenate(in); }),
       .inputs = {x, ints},
       .jax = "jnp.concatenate(a)",
       .empty = {{{0, 3}, {2, 3}}},
       .scalar = {{{}, {2, 3}}}},
      {.name = "stack",
       .call = one([](const Arrays& in) { return stack(in); }),
       .inputs = {x, y, x},
       .jax = "jnp.stack(a)"},
      {.name = "stack",
       .variant = "last",
       .call = one([](const Arrays& in) {
         return stack({in[0], in[1]}, -1);
       }),
       .inputs = {x, y},
       .jax = "jnp.stack(a, axis=-1)"},
      {.name = "stack",
       .variant = "promoting",
       .call = one([](const Arrays& in) { return stack(in, 1); }),
       .inputs = {x, ints},
       .jax = "jnp.stack(a, axis=1)",
       .empty = {{{0, 3}, {0, 3}}}},
      {.name = "hstack",
       .call = one([](const Arrays& in) { return hstack(in); }),
       .inputs = {x, data({2, 1})},
       .jax = "jnp.hstack(a)"},
      {.name = "hstack",
       .variant = "vectors",
       .call = one([](const Arrays& in) {
         return hstack({in[0], in[1]});
       }),
       .inputs = {data({2}), data({3})},
       .jax = "jnp.hstack(a)"},
      {.name = "vstack",
       .call = one([](const Arrays& in) { return vstack(in); }),
       .inputs = {x, data({3})},
       .jax = "jnp.vstack(a)",
       .empty = {{{0, 3}, {3}}}},
      {.name = "dstack",
       .call = one([](const Arrays& in) { return dstack(in); }),
       .inputs = {x, y},
       .jax = "jnp.dstack(a)"},
      {.name = "column_stack",
       .call = one([](const Arrays& in) { return column_stack(in); }),
       .inputs = {data({2}), data({2, 3})},
       .jax = "jnp.column_stack(a)"},
      {.name = "column_stack",
       .variant = "vectors",
       .call = one([](const Arrays& in) {
         return column_stack({in[0], in[1]});
       }),
       .inputs = {data({3}), data({3})},
       .jax = "jnp.column_stack(a)"},
      {.name = "append",
       .call = one([](const Arrays& in) { return append(in[0], in[1]); }),
       .inputs = {x, data({4})},
       .jax = "jnp.append(x, y)"},
      {.name = "append",
       .variant = "axis",
       .call = one([](const Arrays& in) { return append(in[0], in[1], 1); }),
       .inputs = {x, data({2, 1})},
       .jax = "jnp.append(x, y, axis=1)"},
      {.name = "broadcast_arrays",
       .call = [](const Arrays& in) { return broadcast_arrays(in); },
       .inputs = {data({2, 1}), data({3}), data({})},
       .jax = "jnp.broadcast_arrays(*a)"},
      {.name = "split",
       .call = [](const Arrays& in) { return split(in[0], 3, 1); },
       .inputs = {data({2, 6})},
       .jax = "jnp.split(x, 3, axis=1)"},
      {.name = "split",
       .variant = "positions",
       .call =
           [](const Arrays& in) {
             return split(in[0], {1, 1, 4});
           },
       .inputs = {data({5, 2})},
       .jax = "jnp.split(x, [1, 1, 4])",
       .lenient = true},
  };
  // Sums of padded parts are what gradients of slices are made of; the compiler writes them as one array.
  rows.push_back({.name = "pad",
                  .variant = "sum of parts",
                  .call = one([](const Arrays& in) {
                    return pad(in[0], {{0, 2}}) + pad(in[1], {{3, 0}});
                  }),
                  .inputs = {data({3}), data({2})},
                  .jax = "jnp.pad(x, (0, 2)) + jnp.pad(y, (3, 0))",
                  .types = every,
                  .empty = {{{3}, {2}}},
                  .scalar = {{{3}, {2}}}});
  return rows;
}

}  // namespace tables
