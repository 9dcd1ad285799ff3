#include "copse/ops/activations.hpp"

#include "copse/ops/elementwise.hpp"
#include "row.hpp"

namespace tables {

std::vector<Row> activation_rows() {
  const struct {
    const char* name;
    const char* variant;
    std::function<Array(const Array&)> f;
    const char* jax;
    double low = -3, high = 3;
  } all[] = {
      {"celu", "", [](const Array& x) { return celu(x); }, "nn.celu(F(x))"},
      {"celu", "alpha", [](const Array& x) { return celu(x, 0.7); }, "nn.celu(F(x), 0.7)"},
      {"selu", "", selu, "nn.selu(F(x))"},
      {"relu6", "", relu6, "nn.relu6(F(x))", -3, 9},
      {"hard_sigmoid", "", hard_sigmoid, "nn.hard_sigmoid(F(x))", -5, 5},
      {"hard_silu", "", hard_silu, "nn.hard_silu(F(x))", -5, 5},
      {"hard_tanh", "", hard_tanh, "nn.hard_tanh(x)"},
      {"mish", "", mish, "nn.mish(F(x))"},
      {"soft_sign", "", soft_sign, "nn.soft_sign(F(x))"},
      {"squareplus", "", [](const Array& x) { return squareplus(x); }, "nn.squareplus(F(x))"},
      {"squareplus", "b", [](const Array& x) { return squareplus(x, 0.5); }, "nn.squareplus(F(x), 0.5)"},
  };
  std::vector<Row> rows;
  for (const auto& a : all)
    rows.push_back({.name = a.name,
                    .variant = a.variant,
                    .call = one([f = a.f](const Arrays& in) { return f(in[0]); }),
                    .inputs = {data({2, 3}, a.low, a.high)},
                    .jax = a.jax,
                    .more = {{"special", {special()}}}});
  const Input x = data({2, 4});
  rows.push_back({.name = "glu",
                  .call = one([](const Arrays& in) { return glu(in[0]); }),
                  .inputs = {x},
                  .jax = "nn.glu(F(x))"});
  rows.push_back({.name = "glu",
                  .variant = "axis",
                  .call = one([](const Arrays& in) { return glu(in[0], 0); }),
                  .inputs = {x},
                  .jax = "nn.glu(F(x), axis=0)"});
  rows.push_back({.name = "logmeanexp",
                  .call = one([](const Arrays& in) { return logmeanexp(in[0]); }),
                  .inputs = {x},
                  .jax = "nn.logmeanexp(F(x))",
                  .tolerance = 2,
                  .more = {{"special", {special()}, floats}}});
  rows.push_back({.name = "logmeanexp",
                  .variant = "axis",
                  .call = one([](const Arrays& in) { return logmeanexp(in[0], 1, true); }),
                  .inputs = {x},
                  .jax = "nn.logmeanexp(F(x), axis=1, keepdims=True)",
                  .tolerance = 2});
  rows.push_back({.name = "standardize",
                  .call = one([](const Arrays& in) { return standardize(in[0]); }),
                  .inputs = {x},
                  .jax = "nn.standardize(W(x)).astype(F(x).dtype)",
                  .tolerance = 8});
  rows.push_back({.name = "standardize",
                  .variant = "axes",
                  .call = one([](const Arrays& in) {
                    return standardize(in[0], {0, 1}, 0.1);
                  }),
                  .inputs = {x},
                  .jax = "nn.standardize(W(x), axis=(0, 1), epsilon=0.1).astype(F(x).dtype)",
                  .tolerance = 8});
  return rows;
}

}  // namespace tables
