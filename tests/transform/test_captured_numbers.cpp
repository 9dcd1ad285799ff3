// Derivatives through control flow that works on values from outside, against the numbers of JAX.
#include "catch.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/math.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/transform/branches.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;

namespace {

const auto same = [](const Array& a) { return a; };

// What a function of one array gives, at once and compiled.
template <class F>
void check(const F& f, const Array& x, const Array& wanted) {
  CHECK(all_close(f(x), wanted, 1e-4, 1e-5));
  CHECK(all_close(jit(f)(x), wanted, 1e-4, 1e-5));
}

}  // namespace

TEST_CASE("the gradient of a branch within a loop or a checkpoint") {
  const auto looped = [](const Array& a) {
    const auto body = [&](const Array&, const Array& c) {
      return c + cond(
                     sum(a) > 0.0f, [&](const Array& q) { return hypot(a, q); }, same, a);
    };
    return sum(fori_loop(0, 2, body, a));
  };
  check(grad(looped), array({0.35f, 0.7f}), full({2}, 3.8284273f));
  const auto kept = [](const Array& a) {
    const auto inner = [&](const Array&) {
      return cond(
          sum(a) > 0.0f, [&](const Array&) { return hypot(a, a * 2.0f); }, same, a);
    };
    return sum(checkpoint(inner)(a));
  };
  check(grad(kept), array({0.35f, 0.7f}), full({2}, 2.236068f));
}

TEST_CASE("a Hessian times a vector through a recurrence that clips a weight") {
  const Array xs = array({{0.1f, 0.2f, 0.3f}, {0.5f, -0.4f, 0.2f}, {-0.3f, 0.6f, 0.8f}});
  const auto loss = [&](const Array& w) {
    const auto step = [&](const Array& h, const Array& x) {
      const Array next = tanh(h * clip(w, -0.5f, 0.5f) + maximum(w, 0.1f) * x);
      return std::pair{next, next};
    };
    return sum(square(scan(step, zeros({3}), xs).second));
  };
  const Array w = array({0.4f, -0.3f, 0.9f}), v = array({1.0f, 2.0f, -1.0f});
  check(grad(loss), w, array({0.23415641f, -0.00944641f, 1.0132649f}));
  check([&](const Array& a) { return jvp(grad(loss), std::tuple{a}, std::tuple{v}).second; }, w,
        array({0.61297137f, 0.02384085f, 0.19872952f}));
}

TEST_CASE("tangents through branches, scans and checkpoints") {
  const auto gated = [](const Array& x) {
    return cond(
        sum(x) > 0.0f, [&](const Array& y) { return y * hard_sigmoid(x); }, same, x);
  };
  check([&](const Array& x) { return jvp(gated, std::tuple{x}, std::tuple{ones({2})}).second; },
        array({0.35f, 0.7f}), array({0.6166667f, 0.7333333f}));

  const auto padded = [](const Array& x) {
    const auto step = [&](const Array& c, const Array&) {
      return std::pair{c * median(x) + pad(slice_in_dim(x, 1, 3), {{1, 0}}), c};
    };
    return scan(step, x, zeros({2})).first;
  };
  check(
      [&](const Array& x) {
        return jvp(padded, std::tuple{x}, std::tuple{array({1.0f, 2.0f, 3.0f})}).second;
      },
      array({0.3f, 0.9f, 0.5f}), array({1.15f, 8.9f, 8.25f}));

  const auto clipped = [](const Array& x) {
    return checkpoint([&](const Array& y) { return y * relu(x) + clip(x, 0.0f, 0.5f); })(x);
  };
  const Array x = array({0.35f, 0.7f});
  check(vmap([&](const Array& d) { return jvp(clipped, std::tuple{x}, std::tuple{d}).second; }),
        array({{1.0f, 0.0f}, {0.0f, 1.0f}, {2.0f, -1.0f}}),
        array({{1.7f, 0.0f}, {0.0f, 1.4f}, {3.4f, -1.4f}}));

  // Once more backwards: of x * relu(x) along (1, 3) it is 2 x . v, and its gradient is 2 v.
  const auto squares = [](const Array& a) {
    return cond(
        sum(a) > 0.0f, [&](const Array& y) { return y * relu(a); }, same, a);
  };
  const auto slope = [&](const Array& a) {
    return sum(jvp(squares, std::tuple{a}, std::tuple{array({1.0f, 3.0f})}).second);
  };
  check(grad(slope), array({0.5f, 0.25f}), array({2.0f, 6.0f}));
}
