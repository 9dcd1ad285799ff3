// Statistics of samples: what is known of distributions from them.
#include <limits>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/statistics.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> sample_rows() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Input holes = typed(array({{nan, 2.0, 3.0}, {nan, nan, -1.0}}));
  const Input nothing = typed(array({{nan, 2.0}, {nan, nan}}));
  std::vector<Row> rows;
  const struct {
    const char* name;
    Array (*f)(const Array&, std::optional<int>, bool);
    const char* jax;
  } extremes[] = {{"nanargmax", nanargmax, "jnp.nanargmax"}, {"nanargmin", nanargmin, "jnp.nanargmin"}};
  for (const auto& e : extremes) {
    const std::string jax = e.jax;
    rows.push_back({.name = e.name,
                    .call = one([f = e.f](const Arrays& in) { return f(in[0], std::nullopt, false); }),
                    .inputs = {data({2, 3})},
                    .jax = jax + "(x)",
                    .more = {{"holes", {holes}, floats}, {"special", {special()}}}});
    rows.push_back({.name = e.name,
                    .variant = "axis",
                    .call = one([f = e.f](const Arrays& in) { return f(in[0], 0, true); }),
                    .inputs = {data({2, 3})},
                    .jax = jax + "(x, axis=0, keepdims=True)",
                    .more = {{"holes", {holes}, floats}}});
  }
  const std::vector<Sample> missing = {{"holes", {holes}, floats}, {"nothing", {nothing}, floats}};
  rows.push_back({.name = "nanquantile",
                  .call = one([](const Arrays& in) { return nanquantile(in[0], 0.3); }),
                  .inputs = {data({2, 5})},
                  .jax = "jnp.nanquantile(x, jnp.asarray(0.3, F(x).dtype))",
                  .gradient = Gradient::first,
                  .tolerance = 4,
                  .more = missing});
  rows.push_back(
      {.name = "nanquantile",
       .variant = "axis",
       .call = one([](const Arrays& in) {
         const DType precision = in[0].dtype() == DType::float64 ? DType::float64 : DType::float32;
         return nanquantile(in[0], astype(array(std::vector<double>{0.0, 0.3, 1.0}), precision), 1, true);
       }),
       .inputs = {data({2, 5})},
       .jax = "jnp.nanquantile(x, jnp.array([0.0, 0.3, 1.0], F(x).dtype), axis=1, keepdims=True)",
       .gradient = Gradient::first,
       .tolerance = 4,
       .more = missing});
  rows.push_back({.name = "nanmedian",
                  .call = one([](const Arrays& in) { return nanmedian(in[0]); }),
                  .inputs = {data({2, 3})},
                  .jax = "jnp.nanmedian(x)",
                  .tolerance = 4,
                  .more = missing});
  rows.push_back({.name = "nanmedian",
                  .variant = "axis",
                  .call = one([](const Arrays& in) { return nanmedian(in[0], 0, true); }),
                  .inputs = {data({2, 3})},
                  .jax = "jnp.nanmedian(x, axis=0, keepdims=True)",
                  .tolerance = 4,
                  .more = missing});
  // Quantiles of nothing are nan.
  for (Row& row : rows)
    if (row.name == "nanquantile" || row.name == "nanmedian") row.lenient = true;

  rows.push_back({.name = "cov",
                  .call = one([](const Arrays& in) { return cov(in[0]); }),
                  .inputs = {data({3, 4})},
                  .jax = "jnp.cov(x)",
                  .tolerance = 4,
                  .more = {{"vector", {data({5})}}}});
  rows.push_back({.name = "cov",
                  .variant = "columns",
                  .call = one([](const Arrays& in) { return cov(in[0], false, 0); }),
                  .inputs = {data({4, 3})},
                  .jax = "jnp.cov(x, rowvar=False, ddof=0)",
                  .tolerance = 4});
  rows.push_back({.name = "corrcoef",
                  .call = one([](const Arrays& in) { return corrcoef(in[0]); }),
                  .inputs = {data({3, 4})},
                  .jax = "jnp.corrcoef(x)",
                  .tolerance = 4,
                  .more = {{"vector", {data({5})}}}});
  rows.push_back({.name = "corrcoef",
                  .variant = "columns",
                  .call = one([](const Arrays& in) { return corrcoef(in[0], false); }),
                  .inputs = {data({4, 3})},
                  .jax = "jnp.corrcoef(x, rowvar=False)",
                  .tolerance = 4});

  const auto both = [](const Histogram& h) { return Arrays{h.counts, h.edges}; };
  // With seven bins no integer lies on an edge, whose last bit would decide.
  rows.push_back({.name = "histogram",
                  .call = [=](const Arrays& in) { return both(histogram(in[0], 7)); },
                  .inputs = {data({3, 4})},
                  .jax = "jnp.histogram(x, 7)",
                  .more = {{"one value", {typed(array({2, 2, 2}))}}},
                  .lenient = true});
  rows.push_back(
      {.name = "histogram",
       .variant = "density",
       .call =
           [=](const Arrays& in) {
             return both(histogram(in[0], 4, std::pair<Array, Array>{-2.0, 2.0}, std::nullopt, true));
           },
       .inputs = {data({3, 4})},
       .jax = "jnp.histogram(x, 4, range=(-2.0, 2.0), density=True)"});
  rows.push_back({.name = "histogram",
                  .variant = "edges",
                  .call = [=](const Arrays& in) { return both(histogram(in[0], in[1], in[2])); },
                  .inputs = {data({7}), typed(array({0, 1, 3})), data({7})},
                  .jax = "jnp.histogram(x, y, weights=z)",
                  .empty = {{{0}, {3}, {0}}},
                  .scalar = {{{}, {3}, {}}}});
  return rows;
}

}  // namespace tables
