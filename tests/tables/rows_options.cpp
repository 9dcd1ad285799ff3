// Options that reductions, quantiles and solvers have beside axes.
#include <limits>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/ops/statistics.hpp"
#include "row.hpp"

namespace tables {
namespace {

struct Reduction {
  const char* name;
  Array (*f)(const Array&, const reduce::Options&);
  bool extreme = false, takes_initial = false;
  // What `where` leaves of nothing.
  void set_initial(reduce::Options& options) const {
    if (extreme) options.initial = 1;
  }
  std::string jax() const { return "jnp." + std::string(name).substr(std::string("reduce.").size()); }
};

void add_reductions(std::vector<Row>& rows) {
  const Input x = data({2, 3}), mask = integers({3}, 0, 1, DType::bool_),
              column = integers({2, 1}, 0, 1, DType::bool_);
  const Reduction all_of_them[] = {{"reduce.sum", reduce::sum, false, true},
                                   {"reduce.prod", reduce::prod, false, true},
                                   {"reduce.max", reduce::max, true, true},
                                   {"reduce.min", reduce::min, true, true},
                                   {"reduce.mean", reduce::mean},
                                   {"reduce.any", reduce::any},
                                   {"reduce.all", reduce::all}};
  for (const Reduction& r : all_of_them) {
    const std::string rest = r.extreme ? ", initial=1)" : ")";
    rows.push_back({.name = r.name,
                    .variant = "where",
                    .call = one([r](const Arrays& in) {
                      reduce::Options options{.where = in[1]};
                      r.set_initial(options);
                      return r.f(in[0], options);
                    }),
                    .inputs = {x, mask},
                    .jax = r.jax() + "(x, where=y" + rest,
                    .tolerance = 2,
                    .empty = {{{0, 3}, {3}}},
                    .scalar = {{{}, {}}}});
    rows.push_back({.name = r.name,
                    .variant = "where axis",
                    .call = one([r](const Arrays& in) {
                      reduce::Options options{.axes = 1, .keepdims = true, .where = in[1]};
                      r.set_initial(options);
                      return r.f(in[0], options);
                    }),
                    .inputs = {x, column},
                    .jax = r.jax() + "(x, axis=1, keepdims=True, where=y" + rest,
                    .tolerance = 2,
                    .empty = {{{2, 0}, {2, 1}}},
                    .more = {{"nothing", {x, always(array({{false}, {false}}))}, floats}}});
    if (!r.takes_initial) continue;
    rows.push_back({.name = r.name,
                    .variant = "initial",
                    .call = one([r](const Arrays& in) { return r.f(in[0], {.axes = 0, .initial = 2}); }),
                    .inputs = {x},
                    .jax = r.jax() + "(x, axis=0, initial=2)",
                    .tolerance = 2,
                    .more = {{"special", {special(0, 2)}, floats}}});
  }
  for (const Reduction& r : {all_of_them[0], all_of_them[1], all_of_them[4]})
    rows.push_back(
        {.name = r.name,
         .variant = "dtype",
         .call = one([r](const Arrays& in) { return r.f(in[0], {.axes = 0, .dtype = DType::float32}); }),
         .inputs = {x},
         .jax = r.jax() + "(x, axis=0, dtype=jnp.float32)",
         .gradient = Gradient::rounded,
         .tolerance = 2});
  const Input some = always(array({true, true, false, true}));
  rows.push_back({.name = "reduce.var",
                  .call = one([](const Arrays& in) {
                    return reduce::var(in[0], {.axes = 1, .keepdims = true, .where = in[1], .ddof = 1});
                  }),
                  .inputs = {data({2, 4}), some},
                  .jax = "jnp.var(x, axis=1, ddof=1, keepdims=True, where=y)",
                  .tolerance = 4,
                  .empty = {{{0, 4}, {4}}},
                  .more = {{"too few", {data({2, 4}), always(array({false, true, false, false}))}, floats}}});
  rows.push_back({.name = "reduce.std",
                  .call = one([](const Arrays& in) { return reduce::std(in[0], {.where = in[1]}); }),
                  .inputs = {data({2, 4}), some},
                  .jax = "jnp.std(x, where=y)",
                  .tolerance = 4,
                  .empty = {{{0, 4}, {4}}}});
}

void add_quantiles(std::vector<Row>& rows) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Input holes = typed(array({{nan, 2.0, 3.0, 9.0, 4.0}, {nan, nan, -1.0, 5.0, 0.0}}));
  const struct {
    const char* name;
    QuantileMethod method;
  } methods[] = {{"lower", QuantileMethod::lower},
                 {"higher", QuantileMethod::higher},
                 {"midpoint", QuantileMethod::midpoint},
                 {"nearest", QuantileMethod::nearest}};
  const auto fractions = [](const Arrays& in) {
    const DType precision = in[0].dtype() == DType::float64 ? DType::float64 : DType::float32;
    return astype(array(std::vector<double>{0.0, 0.3, 0.45, 1.0}), precision);
  };
  const std::string q = "jnp.array([0.0, 0.3, 0.45, 1.0], F(x).dtype)";
  for (const auto& m : methods) {
    rows.push_back(
        {.name = "quantile",
         .variant = m.name,
         .call = one([=](const Arrays& in) { return quantile(in[0], fractions(in), 1, false, m.method); }),
         .inputs = {data({2, 5})},
         .jax = "jnp.quantile(x, " + q + ", axis=1, method='" + m.name + "')",
         .gradient = Gradient::first,
         .tolerance = 4,
         .lenient = true});
    rows.push_back(
        {.name = "nanquantile",
         .variant = m.name,
         .call = one([=](const Arrays& in) { return nanquantile(in[0], fractions(in), 1, true, m.method); }),
         .inputs = {data({2, 5})},
         .jax = "jnp.nanquantile(x, " + q + ", axis=1, keepdims=True, method='" + m.name + "')",
         .gradient = Gradient::first,
         .tolerance = 4,
         .more = {{"holes", {holes}, floats}},
         .lenient = true});
  }
  rows.push_back({.name = "quantile",
                  .variant = "two axes",
                  .call = one([=](const Arrays& in) {
                    return quantile(in[0], fractions(in), {0, -1}, true);
                  }),
                  .inputs = {data({2, 3, 2})},
                  .jax = "jnp.quantile(x, " + q + ", axis=(0, -1), keepdims=True)",
                  .gradient = Gradient::first,
                  .tolerance = 4,
                  .lenient = true});
  rows.push_back({.name = "median",
                  .variant = "two axes",
                  .call = one([](const Arrays& in) {
                    return median(in[0], {0, 2});
                  }),
                  .inputs = {data({2, 3, 2})},
                  .jax = "jnp.median(x, axis=(0, 2))",
                  .tolerance = 4,
                  .lenient = true});
  rows.push_back({.name = "nanpercentile",
                  .call = one([](const Arrays& in) { return nanpercentile(in[0], 40, 1); }),
                  .inputs = {data({2, 5})},
                  .jax = "jnp.nanpercentile(x, jnp.asarray(40, F(x).dtype), axis=1)",
                  .gradient = Gradient::first,
                  .tolerance = 4,
                  .more = {{"holes", {holes}, floats}},
                  .lenient = true});
}

void add_makers(std::vector<Row>& rows) {
  rows.push_back(
      {.name = "linspace",
       .variant = "axis",
       .call = one([](const Arrays& in) { return linspace(in[0], in[1], 4, true, std::nullopt, -1); }),
       .inputs = {data({2, 1}), data({3})},
       .jax = "jnp.linspace(x, y, 4, axis=-1)",
       .tolerance = 2});
  rows.push_back({.name = "meshgrid",
                  .variant = "sparse",
                  .call = [](const Arrays& in) { return meshgrid(in, false, true); },
                  .inputs = {data({2}), data({3}), data({2})},
                  .jax = "jnp.meshgrid(x, y, z, sparse=True)",
                  .lenient = true});
}

void add_solvers(std::vector<Row>& rows) {
  const Input square = positive_definite(3);
  const double loose = 40;
  rows.push_back({.name = "linalg.cholesky",
                  .variant = "upper",
                  .call = one([](const Arrays& in) { return linalg::cholesky(in[0], true); }),
                  .inputs = {square},
                  .jax = "jnp.linalg.cholesky(x, upper=True)",
                  .tolerance = loose,
                  .empty = {{{0, 0}}}});
  rows.push_back({.name = "linalg.triangular_solve",
                  .variant = "right",
                  .call = one([](const Arrays& in) {
                    return linalg::triangular_solve(in[0], in[1], {.left_side = false});
                  }),
                  .inputs = {square, data({2, 3})},
                  .jax = "lax.linalg.triangular_solve(W(x), W(y), lower=True)",
                  .tolerance = loose,
                  .empty = {{{0, 0}, {2, 0}}},
                  .lenient = true});
  rows.push_back({.name = "linalg.triangular_solve",
                  .variant = "right transposed",
                  .call = one([](const Arrays& in) {
                    return linalg::triangular_solve(
                        in[0], in[1], {.lower = false, .transpose_a = true, .left_side = false});
                  }),
                  .inputs = {square, data({2, 3})},
                  .jax = "lax.linalg.triangular_solve(W(x), W(y), lower=False, transpose_a=True)",
                  .tolerance = loose,
                  .empty = {{{0, 0}, {2, 0}}},
                  .lenient = true});
}

}  // namespace

std::vector<Row> option_rows() {
  std::vector<Row> rows;
  add_reductions(rows);
  add_quantiles(rows);
  add_makers(rows);
  add_solvers(rows);
  return rows;
}

}  // namespace tables
