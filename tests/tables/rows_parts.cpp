// Arrays taken apart, with slices left out or put in between.
#include "copse/ops/create.hpp"
#include "copse/ops/shaping.hpp"
#include "row.hpp"

namespace tables {
namespace {

Row row(const char* name, const char* variant, const Shape& shape, const char* jax,
        const std::function<Arrays(const Array&)>& f) {
  return {.name = name,
          .variant = variant,
          .call = [f](const Arrays& in) { return f(in[0]); },
          .inputs = {data(shape)},
          .jax = jax};
}

}  // namespace

std::vector<Row> part_rows() {
  using A = const Array&;
  std::vector<Row> rows = {
      row("array_split", "", {7, 2}, "jnp.array_split(x, 3)", [](A x) { return array_split(x, 3); }),
      row("array_split", "axis", {2, 3}, "jnp.array_split(x, 4, axis=1)",
          [](A x) { return array_split(x, 4, 1); }),
      row("hsplit", "", {2, 6}, "jnp.hsplit(x, 3)", [](A x) { return hsplit(x, 3); }),
      row("hsplit", "vector", {6}, "jnp.hsplit(x, 2)", [](A x) { return hsplit(x, 2); }),
      row("vsplit", "", {4, 3}, "jnp.vsplit(x, 2)", [](A x) { return vsplit(x, 2); }),
      row("dsplit", "", {2, 2, 4}, "jnp.dsplit(x, 2)", [](A x) { return dsplit(x, 2); }),
      row("unstack", "", {3, 2}, "jnp.unstack(x)", [](A x) { return unstack(x); }),
      row("unstack", "axis", {2, 3}, "jnp.unstack(x, axis=-1)", [](A x) { return unstack(x, -1); }),
      row("delete_", "", {2, 3}, "jnp.delete(x, np.array([1, 4, -1]))",
          [](A x) {
            return Arrays{delete_(x, {1, 4, -1})};
          }),
      row("delete_", "axis", {2, 4}, "jnp.delete(x, np.array([0, -2]), axis=1)",
          [](A x) {
            return Arrays{delete_(x, {0, -2}, 1)};
          }),
      row("delete_", "none", {3, 2}, "jnp.delete(x, np.array([], np.int32), axis=0)",
          [](A x) { return Arrays{delete_(x, {}, 0)}; }),
  };
  const auto inserted = [&](const char* variant, const char* jax, const std::vector<Shape>& shapes,
                            const std::vector<Shape>& empty, std::int64_t at, std::optional<int> axis) {
    rows.push_back({.name = "insert",
                    .variant = variant,
                    .call = one([=](const Arrays& in) { return insert(in[0], at, in[1], axis); }),
                    .inputs = {data(shapes[0]), data(shapes[1])},
                    .jax = jax,
                    .empty = empty});
  };
  inserted("", "jnp.insert(x, 2, y)", {{2, 3}, {2}}, {{2, 3}, {0}}, 2, std::nullopt);
  inserted("axis", "jnp.insert(x, -1, y, axis=1)", {{2, 3}, {2}}, {{0, 3}, {0}}, -1, 1);
  rows[rows.size() - 2].scalar = std::vector<Shape>{{2, 3}, {}};
  inserted("rows", "jnp.insert(x, 2, y, axis=0)", {{2, 3}, {2, 3}}, {{2, 0}, {2, 0}}, 2, 0);
  inserted("number", "jnp.insert(x, 1, y, axis=0)", {{2, 3}, {}}, {{2, 0}, {}}, 1, 0);
  return rows;
}

}  // namespace tables
