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

}  // namespace

std::vector<Row> random_rows() {
  using namespace copse::random;
  using K = const Key&;
  const Shape s{3, 2};
  std::vector<Row> rows = {
      row("split", "", "data_of(jr.split(K(x), 3))", [](K k) { return split(k, 3).data; }),
      row("split", "bound", "data_of(jr.split(K(x), 2))[1]", [](K k) { return split<2>(k)[1].data; }),
      row("split", "none", "data_of(jr.split(K(x), 0))", [](K k) { return split(k, 0).data; }),
      row("fold_in", "", "data_of(jr.fold_in(K(x), 7))", [](K k) { return fold_in(k, 7).data; }),
      row("bits", "", "jr.bits(K(x), (3, 2))", [=](K k) { return bits(k, s); }),
      row("bits", "uint8", "jr.bits(K(x), (3, 2), jnp.uint8)", [=](K k) { return bits(k, s, DType::uint8); }),
      row("uniform", "", "jr.uniform(K(x), (3, 2))", [=](K k) { return uniform(k, s); }),
      row("uniform", "scalar", "jr.uniform(K(x))", [](K k) { return uniform(k); }),
      row("uniform", "none", "jr.uniform(K(x), (0, 2))",
          [](K k) {
            return uniform(k, {0, 2});
          }),
      row("normal", "", "jr.normal(K(x), (3, 2))", [=](K k) { return normal(k, s); }),
      row("normal", "scalar", "jr.normal(K(x))", [](K k) { return normal(k); }),
      row("normal", "none", "jr.normal(K(x), (0,))", [](K k) { return normal(k, {0}); }),
      row("truncated_normal", "", "jr.truncated_normal(K(x), -1.0, 2.0, (3, 2))",
          [=](K k) { return truncated_normal(k, -1, 2, s); }),
      row("bernoulli", "", "jr.bernoulli(K(x), 0.3, (3, 2))", [=](K k) { return bernoulli(k, 0.3, s); }),
      row("permutation", "", "jr.permutation(K(x), 5)", [](K k) { return permutation(k, 5); }),
      row("permutation", "none", "jr.permutation(K(x), 0)", [](K k) { return permutation(k, 0); }),
      row("choice", "", "jr.choice(K(x), 5, (3, 2))", [=](K k) { return choice(k, 5, s); }),
      row("choice", "without replacement", "jr.choice(K(x), 5, (3,), replace=False)",
          [](K k) { return choice(k, 5, {3}, false); }),
      row("gumbel", "", "jr.gumbel(K(x), (3, 2), mode='low')", [=](K k) { return gumbel(k, s); }),
      row("exponential", "", "jr.exponential(K(x), (3, 2))", [=](K k) { return exponential(k, s); }),
      row("laplace", "", "jr.laplace(K(x), (3, 2))", [=](K k) { return laplace(k, s); }),
  };
  const Types integers_only = whole;
  rows.push_back({.name = "random.key",
                  .call = one([](const Arrays& in) { return random::key(in[0]).data; }),
                  .inputs = {data({}, 0, 100)},
                  .jax = "data_of(jr.key(x))",
                  .types = integers_only,
                  .empty = {{{0}}}});
  rows.push_back({.name = "random.fold_in",
                  .variant = "array",
                  .call = one([](const Arrays& in) { return fold_in({in[0]}, in[1]).data; }),
                  .inputs = {tables::key(), data({}, 0, 100)},
                  .jax = "data_of(jr.fold_in(K(x), y.astype(jnp.uint32)))",
                  .types = integers_only,
                  .empty = {{{2}, {0}}}});
  rows.push_back(
      {.name = "random.uniform",
       .variant = "bounds",
       .call = one([](const Arrays& in) {
         return uniform({in[0]}, {3, 2}, in[1], in[2]);
       }),
       .inputs = {tables::key(), data({2}, -2, 0), data({3, 1}, 1, 3)},
       .jax = "jr.uniform(K(x), (3, 2), jnp.float32, y.astype(jnp.float32), z.astype(jnp.float32))",
       .gradient = Gradient::rounded,
       .tolerance = 4,
       .empty = {{{2}, {0}, {3, 1}}}});
  rows.push_back({.name = "random.bernoulli",
                  .variant = "p",
                  .call = one([](const Arrays& in) { return bernoulli({in[0]}, in[1]); }),
                  .inputs = {tables::key(), data({2, 3}, 0, 1)},
                  .jax = "jr.bernoulli(K(x), R(y))"});
  rows.push_back({.name = "random.randint",
                  .call = one([](const Arrays& in) {
                    return randint({in[0]}, {3, 2}, in[1], in[2]);
                  }),
                  .inputs = {tables::key(), data({2}, 0, 5), data({3, 1}, 5, 100)},
                  .jax = "jr.randint(K(x), (3, 2), y.astype(jnp.int32), z.astype(jnp.int32), jnp.int32)",
                  .types = integers_only,
                  .empty = {{{2}, {2}, {3, 1}}}});
  rows.push_back({.name = "random.permutation",
                  .variant = "slices",
                  .call = one([](const Arrays& in) { return permutation({in[0]}, in[1], 1); }),
                  .inputs = {tables::key(), data({2, 5})},
                  .jax = "jr.permutation(K(x), y, axis=1)"});
  rows.push_back({.name = "random.categorical",
                  .call = one([](const Arrays& in) { return categorical({in[0]}, in[1]); }),
                  .inputs = {tables::key(), data({4, 3})},
                  .jax = "jr.categorical(K(x), R(y), mode='low')",
                  .empty = {{{2}, {0, 3}}}});
  rows.push_back({.name = "random.categorical",
                  .variant = "shape",
                  .call = one([](const Arrays& in) {
                    return categorical({in[0]}, in[1], 0, Shape{2, 4});
                  }),
                  .inputs = {tables::key(), data({3, 4})},
                  .jax = "jr.categorical(K(x), R(y), axis=0, shape=(2, 4), mode='low')",
                  .empty = {{{2}, {0, 4}}}});
  rows.push_back({.name = "random.choice",
                  .variant = "weights",
                  .call = one([](const Arrays& in) { return choice({in[0]}, 4, {3}, true, in[1]); }),
                  .inputs = {tables::key(), data({4}, 1, 3)},
                  .jax = "jr.choice(K(x), 4, (3,), p=y.astype(jnp.float32))"});
  rows.push_back({.name = "random.choice",
                  .variant = "slices",
                  .call = one([](const Arrays& in) {
                    return choice({in[0]}, in[1], {2, 2}, true, std::nullopt, 1);
                  }),
                  .inputs = {tables::key(), data({2, 5})},
                  .jax = "y[:, jr.randint(K(x), (2, 2), 0, 5, jnp.int32)]",
                  .scalar = {{{2}, {2, 5}}}});
  return rows;
}

}  // namespace tables
