#include <limits>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/sorting.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> sorting_rows() {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const std::vector<Sample> hard = {
      {"ties", {typed(array({{1, 3, 3, 0}, {0, 3, 0, 0}}))}},
      {"nan", {typed(array({{1.0, nan, -inf, -0.0}, {nan, 0.0, inf, -1.0}}))}, floats},
      {"long", {data({3, 300}, -100, 100)}, every}};
  const Input x = data({2, 4});
  std::vector<Row> rows;
  const struct {
    const char* name;
    Array (*f)(const Array&, std::optional<int>, bool);
    const char* jax;
  } orders[] = {{"sort", sort, "jnp.sort"}, {"argsort", argsort, "jnp.argsort"}};
  for (const auto& o : orders) {
    const std::string jax = o.jax;
    rows.push_back({.name = o.name,
                    .call = one([f = o.f](const Arrays& in) { return f(in[0], -1, false); }),
                    .inputs = {x},
                    .jax = jax + "(x)",
                    .more = hard});
    rows.push_back({.name = o.name,
                    .variant = "first descending",
                    .call = one([f = o.f](const Arrays& in) { return f(in[0], 0, true); }),
                    .inputs = {x},
                    .jax = jax + "(x, axis=0, descending=True)",
                    .more = hard});
    rows.push_back({.name = o.name,
                    .variant = "flat",
                    .call = one([f = o.f](const Arrays& in) { return f(in[0], std::nullopt, false); }),
                    .inputs = {x},
                    .jax = jax + "(x, axis=None)",
                    .more = hard});
  }
  rows.push_back({.name = "top_k",
                  .call =
                      [](const Arrays& in) {
                        const TopK top = top_k(in[0], 2);
                        return Arrays{top.values, top.indices};
                      },
                  .inputs = {x},
                  .jax = "lax.top_k(x, 2)",
                  .more = hard});
  const Input sorted = typed(array({0, 1, 1, 3}));
  const Input many = data({2, 3});
  rows.push_back(
      {.name = "searchsorted",
       .call = one([](const Arrays& in) { return searchsorted(in[0], in[1]); }),
       .inputs = {sorted, many},
       .jax = "jnp.searchsorted(x, y)",
       .scalar = {{{4}, {}}},
       .more = {{"nan", {typed(array({0.0, 1.0, nan})), typed(array({nan, -1.0, 0.5, 5.0}))}, floats}}});
  rows.push_back({.name = "searchsorted",
                  .variant = "right",
                  .call = one([](const Arrays& in) { return searchsorted(in[0], in[1], true); }),
                  .inputs = {sorted, many},
                  .jax = "jnp.searchsorted(x, y, side='right')",
                  .scalar = {{{4}, {}}}});
  rows.push_back({.name = "digitize",
                  .call = one([](const Arrays& in) { return digitize(in[0], in[1]); }),
                  .inputs = {many, sorted},
                  .jax = "jnp.digitize(x, y)",
                  .scalar = {{{}, {4}}}});
  rows.push_back({.name = "digitize",
                  .variant = "right",
                  .call = one([](const Arrays& in) { return digitize(in[0], in[1], true); }),
                  .inputs = {many, sorted},
                  .jax = "jnp.digitize(x, y, right=True)",
                  .scalar = {{{}, {4}}}});
  rows.push_back({.name = "bincount",
                  .variant = "weights",
                  .call = one([](const Arrays& in) { return bincount(in[0], in[1], 0, 5); }),
                  .inputs = {integers({7}, 0, 6), data({7})},
                  .jax = "jnp.bincount(x, weights=y, length=5)",
                  .tolerance = 2,
                  .empty = {{{0}, {0}}},
                  .scalar = {{{7}, {7}}}});
  rows.push_back({.name = "bincount",
                  .call = one([](const Arrays& in) { return bincount(in[0], std::nullopt, 0, 5); }),
                  .inputs = {data({7}, 0, 6)},
                  .jax = "jnp.bincount(x, length=5).astype(jnp.int32)",
                  .types = every & ~floats,
                  .empty = {{{0}}},
                  .scalar = {{{7}}}});
  rows.push_back({.name = "bincount",
                  .variant = "by values",
                  .call = one([](const Arrays& in) { return bincount(in[0], std::nullopt, 3); }),
                  .inputs = {data({7}, 0, 6)},
                  .jax = "jnp.bincount(x, minlength=3).astype(jnp.int32)",
                  .types = every & ~floats,
                  .empty = {{{0}}},
                  .scalar = {{{7}}},
                  .needs_values = true});
  const Input fractions = typed(array({0.0, 0.3, 0.5, 1.0}));
  rows.push_back({.name = "quantile",
                  .call = one([](const Arrays& in) { return quantile(in[0], 0.3); }),
                  .inputs = {data({2, 5})},
                  .jax = "jnp.quantile(x, jnp.asarray(0.3, F(x).dtype))",

                  .gradient = Gradient::first,
                  .tolerance = 4,
                  .more = {{"nan", {typed(array({1.0, nan, 2.0}))}, floats}}});
  rows.push_back(
      {.name = "quantile",
       .variant = "axis",
       .call = one([=](const Arrays& in) {
         const DType precision = in[0].dtype() == DType::float64 ? DType::float64 : DType::float32;
         return quantile(in[0], astype(array(std::vector<double>{0.0, 0.3, 1.0}), precision), 1, true);
       }),
       .inputs = {data({2, 5})},
       .jax = "jnp.quantile(x, jnp.array([0.0, 0.3, 1.0], F(x).dtype), axis=1, keepdims=True)",

       .gradient = Gradient::first,
       .tolerance = 4});
  rows.push_back({.name = "percentile",
                  .call = one([](const Arrays& in) { return percentile(in[0], 40, 0); }),
                  .inputs = {data({5, 2})},
                  .jax = "jnp.percentile(x, jnp.asarray(40, F(x).dtype), axis=0)",

                  .gradient = Gradient::first,
                  .tolerance = 4});
  rows.push_back({.name = "median",
                  .call = one([](const Arrays& in) { return median(in[0]); }),
                  .inputs = {data({2, 3})},
                  .jax = "jnp.median(x)",

                  .tolerance = 4,
                  .more = {{"nan", {typed(array({1.0, nan, 2.0}))}, floats}}});
  rows.push_back({.name = "median",
                  .variant = "axis",
                  .call = one([](const Arrays& in) { return median(in[0], 1, true); }),
                  .inputs = {data({2, 3})},
                  .jax = "jnp.median(x, axis=1, keepdims=True)",

                  .tolerance = 4});
  // Quantiles of nothing are nan.
  for (Row& row : rows)
    if (row.name == "quantile" || row.name == "percentile" || row.name == "median") row.lenient = true;
  return rows;
}

}  // namespace tables
