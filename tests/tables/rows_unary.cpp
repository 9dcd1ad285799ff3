#include "copse/ops/elementwise.hpp"
#include "copse/ops/math.hpp"
#include "row.hpp"

namespace tables {
namespace {

struct Unary {
  const char* name;
  Array (*f)(const Array&);
  const char* jax;
  double low = -3, high = 3;
  Types types = every;
  double tolerance = 1;
};

Row row(const Unary& u) {
  Row r{.name = u.name,
        .call = unary(u.f),
        .inputs = {data({2, 3}, u.low, u.high)},
        .jax = u.jax,
        .types = u.types,
        .tolerance = u.tolerance};
  r.more = {{"special", {special()}}};
  return r;
}

}  // namespace

std::vector<Row> unary_rows() {
  const Types integral = every & ~floats;
  const Unary all[] = {
      {"negative", negative, "-x", -3, 3, numbers},
      {"abs", abs, "jnp.abs(x)"},
      {"sign", sign, "jnp.sign(x)", -3, 3, numbers},
      {"square", square, "jnp.square(x)"},
      {"exp", exp, "jnp.exp(x)"},
      {"log", log, "jnp.log(x)", 0.2, 4},
      {"log1p", log1p, "jnp.log1p(x)", -0.7, 4},
      {"expm1", expm1, "jnp.expm1(x)"},
      {"sqrt", sqrt, "jnp.sqrt(x)", 0.2, 9},
      {"rsqrt", rsqrt, "lax.rsqrt(F(x))", 0.2, 9},
      {"reciprocal", reciprocal, "jnp.reciprocal(F(x))", 0.3, 3},
      {"sin", sin, "jnp.sin(x)"},
      {"cos", cos, "jnp.cos(x)"},
      {"tan", tan, "jnp.tan(x)", -1.3, 1.3},
      {"arcsin", arcsin, "jnp.arcsin(x)", -0.9, 0.9},
      {"arccos", arccos, "jnp.arccos(x)", -0.9, 0.9},
      {"arctan", arctan, "jnp.arctan(x)"},
      {"sinh", sinh, "jnp.sinh(x)"},
      {"cosh", cosh, "jnp.cosh(x)"},
      {"arcsinh", arcsinh, "jnp.arcsinh(x)"},
      {"arccosh", arccosh, "jnp.arccosh(x)", 1.2, 4},
      {"arctanh", arctanh, "jnp.arctanh(x)", -0.9, 0.9},
      {"tanh", tanh, "jnp.tanh(x)"},
      {"sigmoid", sigmoid, "nn.sigmoid(F(x))"},
      {"softplus", softplus, "nn.softplus(x)"},
      {"erf", erf, "special.erf(x)"},
      {"erfinv", erfinv, "special.erfinv(x)", -0.9, 0.9},
      {"relu", relu, "nn.relu(x)"},
      {"floor", floor, "jnp.floor(x)"},
      {"ceil", ceil, "jnp.ceil(x)"},
      {"round", round, "jnp.round(x)", -3, 3, numbers},
      {"trunc", trunc, "jnp.trunc(x)"},
      {"isnan", isnan, "jnp.isnan(x)"},
      {"isfinite", isfinite, "jnp.isfinite(x)"},
      {"isinf", isinf, "jnp.isinf(x)"},
      {"logical_not", logical_not, "jnp.logical_not(x)"},
      {"bitwise_not", bitwise_not, "jnp.bitwise_not(x)", -3, 3, integral},
      {"exp2", exp2, "jnp.exp2(x)"},
      {"log2", log2, "jnp.log2(x)", 0.2, 4},
      {"log10", log10, "jnp.log10(x)", 0.2, 4},
      {"cbrt", cbrt, "jnp.cbrt(x)"},
      {"sinc", sinc, "jnp.sinc(x)"},
      {"deg2rad", deg2rad, "jnp.deg2rad(x)", -360, 360},
      {"rad2deg", rad2deg, "jnp.rad2deg(x)"},
      {"signbit", signbit, "jnp.signbit(x)"},
      {"isposinf", isposinf, "jnp.isposinf(x)"},
      {"isneginf", isneginf, "jnp.isneginf(x)"},
      {"erfc", erfc, "special.erfc(x)"},
      {"gammaln", gammaln, "special.gammaln(x)", -3, 4, every, 4},
      {"digamma", digamma, "special.digamma(x)", -3, 4, every, 4},
      {"ndtr", ndtr, "special.ndtr(W(x)).astype(F(x).dtype)"},
      {"logit", logit, "special.logit(x)", 0.1, 0.9},
  };
  std::vector<Row> rows;
  for (const Unary& u : all) rows.push_back(row(u));
  return rows;
}

}  // namespace tables
