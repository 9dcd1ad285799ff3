// Samplers made of others, most of them with parameters.
#include "copse/ops/create.hpp"
#include "copse/random/samplers.hpp"
#include "row.hpp"

namespace tables {
namespace {

using F = std::function<Array(const Key&)>;

Row row(const char* name, const char* variant, const char* jax, const F& f) {
  return {.name = std::string("random.") + name,
          .variant = variant,
          .call = one([f](const Arrays& in) { return f(Key{in[0]}); }),
          .inputs = {key()},
          .jax = jax,
          .tolerance = 4};
}

// With parameters, which are used as float32.
Row row(const char* name, const char* variant, const char* jax, const std::vector<Input>& parameters,
        const std::function<Array(const Arrays&)>& f) {
  Row r{.name = std::string("random.") + name,
        .variant = variant,
        .call = one(f),
        .inputs = {key()},
        .jax = std::string("jr.") + name + "(K(x), " + jax + ")",
        .gradient = Gradient::rounded,
        .tolerance = 4};
  r.inputs.insert(r.inputs.end(), parameters.begin(), parameters.end());
  return r;
}

}  // namespace

std::vector<Row> distribution_rows() {
  using namespace copse::random;
  using K = const Key&;
  using In = const Arrays&;
  const Shape s{3, 2};
  std::vector<Row> rows = {
      row("cauchy", "", "jr.cauchy(K(x), (3, 2))", [=](K k) { return cauchy(k, s); }),
      row("logistic", "", "jr.logistic(K(x), (3, 2))", [=](K k) { return logistic(k, s); }),
      row("maxwell", "", "jr.maxwell(K(x), (3, 2))", [=](K k) { return maxwell(k, s); }),
      row("rademacher", "", "jr.rademacher(K(x), (3, 2))", [=](K k) { return rademacher(k, s); }),
      row("rademacher", "float", "jr.rademacher(K(x), (3, 2), jnp.float32)",
          [=](K k) { return rademacher(k, s, DType::float32); }),
      row("lognormal", "standard", "jr.lognormal(K(x), shape=(3, 2))",
          [=](K k) { return lognormal(k, 1.0, s); }),
      row("orthogonal", "", "jr.orthogonal(K(x), 3)", [](K k) { return orthogonal(k, 3); }),
      row("orthogonal", "wide", "jr.orthogonal(K(x), 2, (2,), m=3)",
          [](K k) { return orthogonal(k, 2, {2}, 3); }),
      row("orthogonal", "tall", "jr.orthogonal(K(x), 3, m=2)", [](K k) { return orthogonal(k, 3, {}, 2); }),
  };
  const Input positive = data({2, 3}, 0.5, 3);
  rows.push_back(row("lognormal", "", "y.astype(jnp.float32), dtype=jnp.float32", {positive},
                     [](In a) { return lognormal({a[0]}, a[1]); }));
  rows.push_back(row("pareto", "", "y.astype(jnp.float32), dtype=jnp.float32", {positive},
                     [](In a) { return pareto({a[0]}, a[1]); }));
  rows.push_back(
      row("pareto", "shape", "y.astype(jnp.float32), (2, 3), jnp.float32", {data({3}, 0.5, 3)}, [](In a) {
        return pareto({a[0]}, a[1], Shape{2, 3});
      }));
  rows.push_back(row("rayleigh", "", "y.astype(jnp.float32), dtype=jnp.float32", {positive},
                     [](In a) { return rayleigh({a[0]}, a[1]); }));
  rows.push_back(row("weibull_min", "", "y.astype(jnp.float32), z.astype(jnp.float32), y.shape, jnp.float32",
                     {positive, positive}, [](In a) { return weibull_min({a[0]}, a[1], a[2]); }));
  rows.push_back(row("triangular", "",
                     "y.astype(jnp.float32), z.astype(jnp.float32), w.astype(jnp.float32), dtype=jnp.float32",
                     {data({2, 3}, -2, -1), data({2, 3}, -1, 1), data({2, 3}, 1, 2)},
                     [](In a) { return triangular({a[0]}, a[1], a[2], a[3]); }));
  rows.push_back(row("wald", "", "y.astype(jnp.float32), dtype=jnp.float32", {positive},
                     [](In a) { return wald({a[0]}, a[1]); }));
  rows.push_back(row("geometric", "", "y.astype(jnp.float32), dtype=jnp.int32", {data({2, 3}, 0.1, 0.8)},
                     [](In a) { return geometric({a[0]}, a[1]); }));
  rows.push_back(
      row("multivariate_normal", "", "y.astype(jnp.float32), z.astype(jnp.float32), dtype=jnp.float32",
          {data({3}), positive_definite(3)}, [](In a) { return multivariate_normal({a[0]}, a[1], a[2]); }));
  rows.back().empty = std::vector<Shape>{{2}, {0}, {0, 0}};
  rows.push_back(row("multivariate_normal", "shape",
                     "y.astype(jnp.float32), z.astype(jnp.float32), (4,), dtype=jnp.float32",
                     {data({3}), positive_definite(3)},
                     [](In a) { return multivariate_normal({a[0]}, a[1], a[2], Shape{4}); }));
  rows.back().empty = std::vector<Shape>{{2}, {0}, {0, 0}};
  return rows;
}

}  // namespace tables
