#include <limits>

#include "copse/ops/create.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/statistics.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> statistics_rows() {
  std::vector<Row> rows;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Input holes = typed(array({{nan, 2.0, 3.0}, {nan, nan, -1.0}}));
  const auto spread = [&](const char* name, Array (*f)(const Array&, const copse::Axes&, int, bool),
                          const std::string& jax) {
    rows.push_back({.name = name,
                    .call = one([=](const Arrays& in) { return f(in[0], {}, 0, false); }),
                    .inputs = {data({2, 3})},
                    .jax = jax + "(x)",
                    .tolerance = 4,
                    .more = {{"special", {special()}, floats}}});
    rows.push_back({.name = name,
                    .variant = "axis ddof",
                    .call = one([=](const Arrays& in) { return f(in[0], 1, 1, true); }),
                    .inputs = {data({2, 3})},
                    .jax = jax + "(x, axis=1, ddof=1, keepdims=True)",
                    .tolerance = 4,
                    .more = {{"of one", {data({2, 1})}, only(DType::float32)}}});
  };
  spread("var", var, "jnp.var");
  spread("std", copse::std, "jnp.std");
  spread("nanvar", nanvar, "jnp.nanvar");
  spread("nanstd", nanstd, "jnp.nanstd");
  for (Row& row : rows)
    if (row.name.starts_with("nan")) row.more.push_back({"holes", {holes}, floats});
  const Input x = data({2, 3});
  rows.push_back({.name = "average",
                  .call = one([](const Arrays& in) { return average(in[0]); }),
                  .inputs = {x},
                  .jax = "jnp.average(x)",
                  .tolerance = 2});
  rows.push_back({.name = "average",
                  .variant = "weights",
                  .call = one([](const Arrays& in) { return average(in[0], {}, in[1]); }),
                  .inputs = {x, data({2, 3}, 1, 3)},
                  .jax = "jnp.average(x, weights=y)",
                  .tolerance = 4});
  rows.push_back({.name = "average",
                  .variant = "weights of an axis",
                  .call = one([](const Arrays& in) { return average(in[0], 1, in[1]); }),
                  .inputs = {x, data({3}, 1, 3)},
                  .jax = "jnp.average(x, axis=1, weights=y)",
                  .tolerance = 4,
                  .empty = {{{0, 3}, {3}}}});
  rows.push_back({.name = "count_nonzero",
                  .call = one([](const Arrays& in) { return count_nonzero(in[0]); }),
                  .inputs = {x},
                  .jax = "jnp.count_nonzero(x)",
                  .more = {{"special", {special()}}}});
  rows.push_back({.name = "count_nonzero",
                  .variant = "axis",
                  .call = one([](const Arrays& in) { return count_nonzero(in[0], 0, true); }),
                  .inputs = {x},
                  .jax = "jnp.count_nonzero(x, axis=0, keepdims=True)"});
  rows.push_back({.name = "ptp",
                  .call = one([](const Arrays& in) { return ptp(in[0]); }),
                  .inputs = {x},
                  .jax = "jnp.ptp(x)",
                  .more = {{"special", {special()}, floats}}});
  rows.push_back({
      .name = "ptp",
      .variant = "axis",
      .call = one([](const Arrays& in) { return ptp(in[0], 1); }),
      .inputs = {x},
      .jax = "jnp.ptp(x, axis=1)",
  });
  const struct {
    const char* name;
    Array (*f)(const Array&, const copse::Axes&, bool);
    const char* jax;
  } without[] = {{"nansum", nansum, "jnp.nansum"},
                 {"nanprod", nanprod, "jnp.nanprod"},
                 {"nanmean", nanmean, "jnp.nanmean"},
                 {"nanmax", nanmax, "jnp.nanmax"},
                 {"nanmin", nanmin, "jnp.nanmin"}};
  for (const auto& w : without) {
    const std::string jax = w.jax;
    const std::vector<Sample> more = {{"holes", {holes}, floats}, {"special", {special()}, floats}};
    rows.push_back({.name = w.name,
                    .call = one([f = w.f](const Arrays& in) { return f(in[0], {}, false); }),
                    .inputs = {x},
                    .jax = jax + "(x)",
                    .tolerance = 2,
                    .more = more});
    rows.push_back({.name = w.name,
                    .variant = "axis",
                    .call = one([f = w.f](const Arrays& in) { return f(in[0], 0, true); }),
                    .inputs = {x},
                    .jax = jax + "(x, axis=0, keepdims=True)",
                    .tolerance = 2,
                    .more = {{"holes", {holes}, floats}}});
  }
  rows.push_back({.name = "sum_to",
                  .call = one([](const Arrays& in) {
                    return sum_to(in[0], {3, 1});
                  }),
                  .inputs = {data({2, 3, 2})},
                  .jax = "jnp.sum(x, axis=(0, 2))[:, None]",
                  .empty = {{{0, 3, 2}}},
                  .scalar = {{{2, 3, 2}}}});
  return rows;
}

}  // namespace tables
