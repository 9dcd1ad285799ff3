#include "copse/ops/create.hpp"
#include "copse/ops/indexing.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> indexing_rows() {
  const Input x = data({3, 4}), inside = integers({2, 2}, -3, 2), beyond = integers({5}, -8, 8);
  const Input start = integers({2}, -1, 4);
  std::vector<Row> rows = {
      {.name = "take",
       .call = one([](const Arrays& in) { return take(in[0], in[1], 0); }),
       .inputs = {x, inside},
       .jax = "jnp.take(x, y, axis=0)",
       .more = {{"beyond", {x, beyond}}}},
      {.name = "take",
       .variant = "flat",
       .call = one([](const Arrays& in) { return take(in[0], in[1]); }),
       .inputs = {x, integers({2, 2}, -12, 11)},
       .jax = "jnp.take(x, y)"},
      {.name = "take",
       .variant = "last",
       .call = one([](const Arrays& in) { return take(in[0], in[1], -1); }),
       .inputs = {x, inside},
       .jax = "jnp.take(x, y, axis=-1)",
       .more = {{"beyond", {x, beyond}}}},
      {.name = "take",
       .variant = "zero",
       .call = one([](const Arrays& in) { return take(in[0], in[1], 1, OutOfBounds::zero); }),
       .inputs = {x, beyond},
       .jax = "jnp.take(x, y, axis=1, fill_value=0)"},
      {.name = "take",
       .variant = "clamp",
       .call = one([](const Arrays& in) { return take(in[0], in[1], 1, OutOfBounds::clamp); }),
       .inputs = {x, integers({5}, 0, 8)},
       .jax = "jnp.take(x, y, axis=1, mode='clip')"},
      {.name = "take",
       .variant = "position",
       .call = one([](const Arrays& in) { return take(in[0], -2, 1); }),
       .inputs = {x},
       .jax = "x[:, -2]",
       .empty = {{{0, 4}}}},
      {.name = "take",
       .variant = "uint8 indices",
       .call = one([](const Arrays& in) { return take(in[0], in[1], 0); }),
       .inputs = {x, integers({2, 2}, 0, 2, DType::uint8)},
       .jax = "jnp.take(x, y, axis=0)"},
      {.name = "take_along_axis",
       .call = one([](const Arrays& in) { return take_along_axis(in[0], in[1], 1); }),
       .inputs = {x, integers({3, 2}, -4, 3)},
       .jax = "jnp.take_along_axis(x, y, 1)",
       .empty = {{{0, 4}, {0, 2}}},
       .more = {{"beyond", {x, integers({3, 5}, -9, 9)}}, {"broadcast", {x, integers({1, 2}, -4, 3)}}}},
      {.name = "take_along_axis",
       .variant = "first",
       .call = one([](const Arrays& in) { return take_along_axis(in[0], in[1], 0); }),
       .inputs = {x, integers({2, 4}, -3, 2)},
       .jax = "jnp.take_along_axis(x, y, 0)",
       .empty = {{{3, 0}, {2, 0}}}},
      {.name = "one_hot",
       .call = one([](const Arrays& in) { return one_hot(in[0], 4); }),
       .inputs = {data({5}, -2, 6)},
       .jax = "nn.one_hot(x, 4, dtype=jnp.float32)"},
      {.name = "one_hot",
       .variant = "first",
       .call = one([](const Arrays& in) { return one_hot(in[0], 3, DType::bool_, 0); }),
       .inputs = {data({2, 2}, 0, 2)},
       .jax = "nn.one_hot(x, 3, axis=0, dtype=jnp.bool_)"},
      {.name = "nonzero",
       .call = [](const Arrays& in) { return nonzero(in[0]); },
       .inputs = {data({3, 4}, -1, 1)},
       .jax = "jnp.nonzero(x)",
       .more = {{"special", {special()}}},
       .needs_values = true},
      {.name = "dynamic_slice",
       .call = one([](const Arrays& in) {
         return dynamic_slice(in[0], in[1], {2, 2});
       }),
       .inputs = {x, start},
       .jax = "lax.dynamic_slice(x, y, (2, 2))"},
      {.name = "dynamic_slice",
       .variant = "scalars",
       .call = one([](const Arrays& in) {
         return dynamic_slice(in[0], {in[1], 1}, {1, 3});
       }),
       .inputs = {x, integers({}, -1, 4)},
       .jax = "lax.dynamic_slice(x, (y, jnp.int32(1)), (1, 3))"},
      {.name = "dynamic_update_slice",
       .call = one([](const Arrays& in) { return dynamic_update_slice(in[0], in[1], in[2]); }),
       .inputs = {x, data({2, 2}), start},
       .jax = "lax.dynamic_update_slice(x, y, z)",
       .empty = {{{3, 4}, {0, 2}, {2}}}},
      {.name = "dynamic_slice_in_dim",
       .call = one([](const Arrays& in) { return dynamic_slice_in_dim(in[0], in[1], 2, 1); }),
       .inputs = {x, integers({}, -1, 4)},
       .jax = "lax.dynamic_slice_in_dim(x, y, 2, 1)"},
      {.name = "dynamic_update_slice_in_dim",
       .call = one([](const Arrays& in) { return dynamic_update_slice_in_dim(in[0], in[1], in[2], 1); }),
       .inputs = {x, data({3, 2}), integers({}, -1, 4)},
       .jax = "lax.dynamic_update_slice_in_dim(x, y, z, 1)"},
      {.name = "dynamic_index_in_dim",
       .call = one([](const Arrays& in) { return dynamic_index_in_dim(in[0], in[1], 1); }),
       .inputs = {x, integers({}, -1, 4)},
       .jax = "lax.dynamic_index_in_dim(x, y, 1, keepdims=False)"},
      {.name = "dynamic_index_in_dim",
       .variant = "kept",
       .call = one([](const Arrays& in) { return dynamic_index_in_dim(in[0], in[1], 0, true); }),
       .inputs = {x, integers({}, -1, 4)},
       .jax = "lax.dynamic_index_in_dim(x, y, 0)"},
      {.name = "dynamic_update_index_in_dim",
       .call = one([](const Arrays& in) { return dynamic_update_index_in_dim(in[0], in[1], in[2], 1); }),
       .inputs = {x, data({3}), integers({}, -1, 4)},
       .jax = "lax.dynamic_update_index_in_dim(x, y, z, 1)"},
  };
  const struct {
    const char* name;
    Array (*f)(const Array&, const Array&, const Array&, int);
    const char* method;
    Gradient gradient = Gradient::smooth;
  } scatters[] = {{"scatter_add", scatter_add, "add"},
                  {"scatter_set", scatter_set, "set"},
                  {"scatter_multiply", scatter_multiply, "multiply"},
                  {"scatter_min", scatter_min, "min"},
                  {"scatter_max", scatter_max, "max"}};
  for (const auto& s : scatters) {
    const std::string method = s.method;
    // Each position once, as the order of several updates is nobody's promise.
    const Input once = always(array({2, -3, 7}));
    rows.push_back({.name = s.name,
                    .call = one([f = s.f](const Arrays& in) { return f(in[0], in[1], in[2], 0); }),
                    .inputs = {x, once, data({3, 4})},
                    .jax = "x.at[y]." + method + "(z)",
                    .empty = {{{0, 4}, {3}, {3, 4}}},
                    .scalar = {{{3, 4}, {3}, {}}}});
    rows.push_back({.name = s.name,
                    .variant = "last",
                    .call = one([f = s.f](const Arrays& in) { return f(in[0], in[1], in[2], 1); }),
                    .inputs = {x, always(array({{0}, {3}})), data({3, 2, 1})},
                    .jax = "x.at[:, y]." + method + "(z)",
                    .empty = {{{0, 4}, {2, 1}, {0, 2, 1}}},
                    .scalar = {{{3, 4}, {2, 1}, {}}}});
  }
  rows.push_back({.name = "scatter_add",
                  .variant = "twice",
                  .call = one([](const Arrays& in) { return scatter_add(in[0], in[1], in[2]); }),
                  .inputs = {x, integers({6}, -3, 4), data({6, 4})},
                  .jax = "x.at[y].add(z)",
                  .tolerance = 2,
                  .empty = {{{3, 4}, {0}, {0, 4}}}});
  // What is taken from nothing is out of range.
  for (Row& row : rows)
    if (row.name == "take") row.lenient = true;
  return rows;
}

}  // namespace tables
