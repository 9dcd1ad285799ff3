#include <limits>

#include "copse/ops/create.hpp"
#include "copse/ops/cumulative.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> cumulative_rows() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Input holes = typed(array({{1.0, nan, 3.0}, {nan, -9.0, nan}}));
  const struct {
    const char* name;
    Array (*f)(const Array&, std::optional<int>, bool);
    const char* flat;
    const char* of_axis;  // of an array with the axis, from the end if `reverse` is true
    double low, high;
    Types types = every;
  } all[] = {
      {"cumsum", cumsum, "jnp.cumsum(x)", "lax.cumsum(x if x.dtype != bool else x.astype(jnp.int32), ", -3,
       3},
      {"cumprod", cumprod, "jnp.cumprod(x)", "lax.cumprod(x if x.dtype != bool else x.astype(jnp.int32), ",
       0.5, 1.5},
      {"cummax", cummax, "lax.cummax(x.ravel(), 0)", "lax.cummax(x, ", -3, 3},
      {"cummin", cummin, "lax.cummin(x.ravel(), 0)", "lax.cummin(x, ", -3, 3},
      {"cumlogsumexp", cumlogsumexp, "lax.cumlogsumexp(F(x).ravel(), 0)", "lax.cumlogsumexp(F(x), ", -3, 3},
  };
  std::vector<Row> rows;
  for (const auto& c : all) {
    const std::string of_axis = c.of_axis;
    const Input x = data({2, 3}, c.low, c.high);
    rows.push_back(
        {.name = c.name,
         .call = one([f = c.f](const Arrays& in) { return f(in[0], std::nullopt, false); }),
         .inputs = {x},
         .jax = c.flat,
         .tolerance = 2,
         .more = {{"holes", {holes}, floats}, {"long", {data({900}, c.low, c.high)}, only(DType::int32)}}});
    rows.push_back({.name = c.name,
                    .variant = "first",
                    .call = one([f = c.f](const Arrays& in) { return f(in[0], 0, false); }),
                    .inputs = {data({3, 2}, c.low, c.high)},
                    .jax = of_axis + "0)",
                    .tolerance = 2});
    rows.push_back({.name = c.name,
                    .variant = "reverse",
                    .call = one([f = c.f](const Arrays& in) { return f(in[0], -1, true); }),
                    .inputs = {x},
                    .jax = of_axis + "x.ndim - 1, reverse=True)",
                    .tolerance = 2,
                    .empty = {{{2, 0}}},
                    .more = {{"holes", {holes}, floats}}});
  }
  rows.push_back({.name = "diff",
                  .call = one([](const Arrays& in) { return diff(in[0]); }),
                  .inputs = {data({2, 4})},
                  .jax = "jnp.diff(x)",
                  .more = {{"of one", {data({2, 1})}, only(DType::float32)}}});
  rows.push_back({.name = "diff",
                  .variant = "twice",
                  .call = one([](const Arrays& in) { return diff(in[0], 2, 0); }),
                  .inputs = {data({4, 2})},
                  .jax = "jnp.diff(x, n=2, axis=0)"});
  return rows;
}

}  // namespace tables
