#include "copse/ops/create.hpp"
#include "row.hpp"

namespace tables {
namespace {

// Nothing goes in: a call and what it gives.
Row made(const char* name, const char* variant, const char* jax, const std::function<Array()>& f) {
  return {.name = name, .variant = variant, .call = one([f](const Arrays&) { return f(); }), .jax = jax};
}

}  // namespace

std::vector<Row> create_rows() {
  const std::vector<float> elements{1, 2, 3, 4, 5, 6};
  std::vector<Row> rows = {
      made("zeros", "", "jnp.zeros((2, 3))",
           [] {
             return zeros({2, 3});
           }),
      made("zeros", "empty", "jnp.zeros((2, 0), jnp.int32)",
           [] {
             return zeros({2, 0}, DType::int32);
           }),
      made("ones", "", "jnp.ones((2, 3), jnp.uint8)",
           [] {
             return ones({2, 3}, DType::uint8);
           }),
      made("full", "", "jnp.full((2, 3), 7)",
           [] {
             return full({2, 3}, 7);
           }),
      made("full", "dtype", "jnp.full((), 7, jnp.bfloat16)", [] { return full({}, 7, DType::bfloat16); }),
      made("full", "bool", "jnp.full((2,), True)", [] { return full({2}, true); }),
      made("arange", "", "jnp.arange(5)", [] { return arange(5); }),
      made("arange", "below 0", "jnp.arange(-3)", [] { return arange(-3); }),
      made("arange", "float", "jnp.arange(2.5)", [] { return arange(2.5); }),
      made("arange", "range", "jnp.arange(7, -2, -3)", [] { return arange(7, -2, -3); }),
      made("arange", "float range", "jnp.arange(0.5, 3.0, 0.5)", [] { return arange(0.5, 3.0, 0.5); }),
      made("arange", "uint8", "jnp.arange(4, dtype=jnp.uint8)", [] { return arange(4, DType::uint8); }),
      made("linspace", "numbers", "jnp.linspace(0, 1, 5)", [] { return linspace(0, 1, 5); }),
      made("linspace", "integers", "jnp.linspace(0, 9, 4, dtype=jnp.int32)",
           [] { return linspace(0, 9, 4, true, DType::int32); }),
      made("linspace", "one", "jnp.linspace(2, 5, 1)", [] { return linspace(2, 5, 1); }),
      made("linspace", "none", "jnp.linspace(2, 5, 0)", [] { return linspace(2, 5, 0); }),
      made("eye", "", "jnp.eye(3, 4, 1)", [] { return eye(3, 4, 1); }),
      made("eye", "empty", "jnp.eye(0)", [] { return eye(0); }),
      made("identity", "", "jnp.identity(3, jnp.bool_)", [] { return identity(3, DType::bool_); }),
      made("tri", "", "jnp.tri(3, 4, -1)", [] { return tri(3, 4, -1); }),
      made("array", "", "jnp.array([1, 2, 3])",
           [] {
             return array({1, 2, 3});
           }),
      made("array", "rows", "jnp.array([[1.0, 2.0], [3.0, 4.0]])",
           [] {
             return array({{1.0, 2.0}, {3.0, 4.0}});
           }),
      made("array", "planes", "jnp.array([[[True, False]]])",
           [] {
             return array({{{true, false}}});
           }),
      made("array", "span", "jnp.arange(1.0, 7.0).reshape(2, 3)",
           [=] {
             return array(std::span<const float>(elements), {2, 3});
           }),
      made("frombuffer", "", "jnp.arange(1.0, 7.0).reshape(2, 3)",
           [=] {
             const auto owner = std::make_shared<const std::vector<float>>(elements);
             return frombuffer(std::span<const float>(*owner), {2, 3}, owner);
           }),
      made("logspace", "numbers", "jnp.logspace(0, 3, 4, base=2)", [] { return logspace(0, 3, 4, true, 2); }),
      made("geomspace", "numbers", "jnp.geomspace(1, 1000, 4)", [] { return geomspace(1, 1000, 4); }),
      made("geomspace", "one", "jnp.geomspace(2, 5, 1)", [] { return geomspace(2, 5, 1); }),
  };
  const Input x = data({3, 4});
  const std::vector<Sample> stacks = {{"stack", {data({2, 3, 3})}, only(DType::float32)}};
  rows.push_back({.name = "full",
                  .variant = "array",
                  .call = one([](const Arrays& in) {
                    return full({2, 3}, in[0]);
                  }),
                  .inputs = {data({3})},
                  .jax = "jnp.full((2, 3), x, dtype=x.dtype)"});
  rows.push_back({.name = "linspace",
                  .call = one([](const Arrays& in) { return linspace(in[0], in[1], 4); }),
                  .inputs = {data({2, 1}), data({3})},
                  .jax = "jnp.linspace(x, y, 4)",
                  .tolerance = 2});
  rows.push_back({.name = "linspace",
                  .variant = "open",
                  .call = one([](const Arrays& in) { return linspace(in[0], in[1], 4, false); }),
                  .inputs = {data({3}), data({3})},
                  .jax = "jnp.linspace(x, y, 4, endpoint=False)",
                  .tolerance = 2});
  rows.push_back({.name = "logspace",
                  .call = one([](const Arrays& in) { return logspace(in[0], in[1], 4); }),
                  .inputs = {data({2, 1}, -1, 1), data({3}, -1, 1)},
                  .jax = "jnp.logspace(x, y, 4)",
                  .tolerance = 4});
  rows.push_back({.name = "logspace",
                  .variant = "open",
                  .call = one([](const Arrays& in) { return logspace(in[0], in[1], 4, false, 2); }),
                  .inputs = {data({3}), data({3})},
                  .jax = "jnp.logspace(x, y, 4, endpoint=False, base=2)",
                  .tolerance = 4});
  const auto above_zero = [](const Shape& shape) {
    const auto of_numbers = data(shape, 0.5, 3).make;
    return Input{shape, [=](const Shape& s, DType dtype, int seed) {
                   return dtype == DType::bool_ ? ones(s, dtype) : of_numbers(s, dtype, seed);
                 }};
  };
  rows.push_back({.name = "geomspace",
                  .call = one([](const Arrays& in) { return geomspace(in[0], in[1], 4); }),
                  .inputs = {above_zero({2, 1}), above_zero({3})},
                  .jax = "jnp.geomspace(x, y, 4)",
                  .tolerance = 4});
  rows.push_back({.name = "geomspace",
                  .variant = "open",
                  .call = one([](const Arrays& in) { return geomspace(in[0], in[1], 4, false); }),
                  .inputs = {above_zero({3}), above_zero({3})},
                  .jax = "jnp.geomspace(x, y, 4, endpoint=False)",
                  .tolerance = 4});
  rows.push_back({.name = "tril",
                  .call = one([](const Arrays& in) { return tril(in[0]); }),
                  .inputs = {x},
                  .jax = "jnp.tril(x)",
                  .more = stacks});
  rows.push_back({.name = "tril",
                  .variant = "above",
                  .call = one([](const Arrays& in) { return tril(in[0], 1); }),
                  .inputs = {x},
                  .jax = "jnp.tril(x, 1)"});
  rows.push_back({.name = "triu",
                  .call = one([](const Arrays& in) { return triu(in[0], -1); }),
                  .inputs = {x},
                  .jax = "jnp.triu(x, -1)",
                  .more = stacks});
  rows.push_back({.name = "meshgrid",
                  .call = [](const Arrays& in) { return meshgrid(in); },
                  .inputs = {data({2}), data({3}), data({2})},
                  .jax = "jnp.meshgrid(x, y, z)",
                  .lenient = true});
  rows.push_back({.name = "meshgrid",
                  .variant = "matrix",
                  .call = [](const Arrays& in) { return meshgrid(in, true); },
                  .inputs = {data({2}), data({3})},
                  .jax = "jnp.meshgrid(x, y, indexing='ij')",
                  .lenient = true});
  return rows;
}

}  // namespace tables
