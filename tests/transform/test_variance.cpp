// The rule of the sum of squared deviations: the mean has no part in the first derivative, but in the second.
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jacobian.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;

namespace {
Array numbers(const Shape& shape) {
  return sin(astype(reshape(arange(shape.elements()), shape), DType::float64) * 1.7);
}
bool close(const Array& a, const Array& b) { return allclose(a, b, 1e-10, 1e-12).item<bool>(); }
}  // namespace

TEST_CASE("derivatives of a variance, the second ones included") {
  const Array x = numbers({6});
  const auto f = [](const Array& v) { return var(v); };
  CHECK(close(grad(f)(x), (x - mean(x)) * (2.0 / 6)));
  const Array second = (eye(6, 6, 0, DType::float64) - 1.0 / 6) * (2.0 / 6);
  CHECK(close(hessian(f)(x), second));
  CHECK(close(jit(hessian(f))(x), second));
  const Array t = numbers({6}) * 0.5 + 1.0;
  CHECK(close(jvp(f, std::tuple{x}, std::tuple{t}).second, sum(t * (x - mean(x))) * (2.0 / 6)));
}

TEST_CASE("a variance along any axes, mapped and compiled") {
  const Array x = numbers({3, 4, 5});
  for (const Axes& axes : {Axes{0}, Axes{1}, Axes{2}, Axes{0, 1}, Axes{0, 2}, Axes{1, 2}, Axes{0, 1, 2}}) {
    const Array by_hand = mean(square(x - mean(x, axes, true)), axes, true);
    CHECK(close(var(x, axes, 0, true), by_hand));
    const auto loss = [&](const Array& v) { return sum(exp(var(v, axes))); };
    const auto same = [&](const Array& v) { return sum(exp(mean(square(v - mean(v, axes, true)), axes))); };
    CHECK(close(grad(loss)(x), grad(same)(x)));
    CHECK(close(jit(grad(loss))(x), grad(same)(x)));
  }
  const Array each = vmap([](const Array& v) { return var(v, 0); })(x);
  CHECK(close(each, var(x, 1)));
}
