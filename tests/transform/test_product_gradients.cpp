// Derivatives of products of many factors, of any order: zeros among them, repeated places, and numbers whose
// products overflow or underflow.
#include <cmath>
#include <functional>
#include <limits>

#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/cumulative.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/statistics.hpp"
#include "copse/random.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jacobian.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;

namespace {

using Scalars = std::function<Array(const Array&)>;

void same(const Array& got, const Array& wanted, double tolerance = 1e-6) {
  INFO(to_string(got) << "\nwanted\n" << to_string(wanted));
  CHECK(all_close(got, wanted, tolerance, tolerance));
}

// The sum of all products of factors, written with nothing but multiplications of single elements: what
// derivatives of any order come out of by the product rule. `which` lists the factors of each product.
Array by_hand(const Array& x, const std::vector<std::vector<int>>& which) {
  Array total = 0.0;
  for (const auto& factors : which) {
    Array product = ones({}, x.dtype());
    for (const int i : factors) product = product * x[i];
    total = total + product;
  }
  return total;
}

// Gradient, Hessian and third derivatives, eager and compiled, forward over reverse and reverse over reverse.
void same_derivatives(const Scalars& f, const Scalars& wanted, const Array& x) {
  same(f(x), wanted(x));
  same(grad(f)(x), grad(wanted)(x));
  same(jit(grad(f))(x), grad(wanted)(x));
  same(hessian(f)(x), hessian(wanted)(x));
  same(jit(hessian(f))(x), hessian(wanted)(x));
  const Array v = sin(arange(x.size(), x.dtype()) + 1), u = cos(3 * arange(x.size(), x.dtype()));
  const auto along = [](const Scalars& g, const Array& direction) {
    return Scalars(
        [g, direction](const Array& a) { return jvp(g, std::tuple{a}, std::tuple{direction}).second; });
  };
  same(along(f, v)(x), along(wanted, v)(x));
  same(along(along(f, v), u)(x), along(along(wanted, v), u)(x));
  const Scalars third = along(along(f, v), u), third_wanted = along(along(wanted, v), u);
  same(grad(third)(x), grad(third_wanted)(x));
  same(jit(grad(third))(x), grad(third_wanted)(x));
  const auto of_gradient = [](const Scalars& g, const Array& w) {
    return Scalars([g, w](const Array& a) { return sum(grad(g)(a) * w); });
  };
  same(hessian(of_gradient(f, v))(x), hessian(of_gradient(wanted, v))(x));
  same(vmap(grad(f))(stack({x, 2 * x, x * 0})), vmap(grad(wanted))(stack({x, 2 * x, x * 0})));
}

std::vector<Array> factors() {
  const auto doubles = [](std::vector<double> v) { return array(std::move(v)); };
  return {doubles({2, -3, 0.5, 4}), doubles({2, 0, 3, 4}), doubles({0, 2, 0, 5}),
          doubles({0, 0, 0, 7}),    doubles({0, 0, 0, 0}), doubles({-1, 1, -1, 0})};
}

}  // namespace

TEST_CASE("derivatives of products along axes are those of the product rule") {
  for (const Array& x : factors()) {
    same_derivatives([](const Array& a) { return prod(a); },
                     [](const Array& a) {
                       return by_hand(a, {{0, 1, 2, 3}});
                     },
                     x);
    same_derivatives(
        [](const Array& a) {
          return sum(prod(reshape(a, {2, 2}), 0));
        },
        [](const Array& a) {
          return by_hand(a, {{0, 2}, {1, 3}});
        },
        x);
    same_derivatives(
        [](const Array& a) {
          return sum(prod(reshape(a, {2, 2}), 1));
        },
        [](const Array& a) {
          return by_hand(a, {{0, 1}, {2, 3}});
        },
        x);
    same_derivatives([](const Array& a) { return sum(cumprod(a)); },
                     [](const Array& a) {
                       return by_hand(a, {{0}, {0, 1}, {0, 1, 2}, {0, 1, 2, 3}});
                     },
                     x);
    same_derivatives([](const Array& a) { return sum(cumprod(a, 0, true)); },
                     [](const Array& a) {
                       return by_hand(a, {{3}, {3, 2}, {3, 2, 1}, {3, 2, 1, 0}});
                     },
                     x);
    same_derivatives(
        [](const Array& a) {
          return sum(cumprod(reshape(a, {2, 2}), 0));
        },
        [](const Array& a) {
          return by_hand(a, {{0}, {1}, {0, 2}, {1, 3}});
        },
        x);
  }
}

TEST_CASE("derivatives of repeated multiplications into one place are those of the product rule") {
  // x[0], x[1] are places, x[2], x[3] multiplied into them.
  const auto updated = [](std::vector<std::int32_t> places) {
    return [places](const Array& a) {
      return sum(at(a[Slice{0, 2}], array(places)).multiply(a[Slice{2, 4}]));
    };
  };
  for (const Array& x : factors()) {
    same_derivatives(
        updated({0, 0}),
        [](const Array& a) {
          return by_hand(a, {{0, 2, 3}, {1}});
        },
        x);
    same_derivatives(
        updated({1, -1}),
        [](const Array& a) {
          return by_hand(a, {{0}, {1, 2, 3}});
        },
        x);
    same_derivatives(
        updated({1, 0}),
        [](const Array& a) {
          return by_hand(a, {{0, 3}, {1, 2}});
        },
        x);
    same_derivatives(
        updated({5, 0}),
        [](const Array& a) {
          return by_hand(a, {{0, 3}, {1}});
        },
        x);
    same_derivatives(
        [](const Array& a) {
          return sum(scatter_multiply(ones({1, 2}, a.dtype()), array({0, 0}), reshape(a, {2, 2})));
        },
        [](const Array& a) {
          return by_hand(a, {{0, 2}, {1, 3}});
        },
        x);
  }
  const Array x = array({2.0f, 3.0f});
  const auto f = [&](const Array& u) { return at(x, array({0, 0})).multiply(u)[0]; };
  same(grad(f)(array({4.0f, 5.0f})), array({10.0f, 8.0f}));
  same(grad([](const Array& a) {
         return sum(at(a, array({0, 0})).multiply(array({4.0f, 5.0f})));
       })(x),
       array({20.0f, 1.0f}));
  same(grad([&](const Array& u) {
         return sum(at(x, array({0, 0, 1})).divide(u));
       })(array({4.0f, 0.5f, 2.0f})),
       array({-0.25f, -2.0f, -0.75f}));
}

TEST_CASE("mapped over places and factors, gradients are those of a loop") {
  const Array x = random::normal(random::key(1), {3, 2, 2}), u = random::normal(random::key(2), {3, 4, 2});
  const Array places = array({{0, 1, 0, 0}, {1, 1, 1, 1}, {0, 0, -1, 7}});
  const auto one = [](const Array& a, const Array& p, const Array& v) {
    return grad<0, 2>([](const Array& y, const Array& q, const Array& w) {
      return sum(square(scatter_multiply(y, q, w, 0)));
    })(a, p, v);
  };
  const auto [dx, du] = vmap(one)(x, places, u);
  const auto [dx_jit, du_jit] = jit(vmap(one))(x, places, u);
  for (int i = 0; i < 3; ++i) {
    const auto [a, b] = one(x[i], places[i], u[i]);
    same(dx[i], a);
    same(du[i], b);
    same(dx_jit[i], a);
    same(du_jit[i], b);
  }
  const auto shared = vmap([](const Array& v) {
    return grad([](const Array& w) {
      return sum(scatter_multiply(ones({2, 2}), array({1, 1, 0, 1}), w));
    })(v);
  })(u);
  same(shared[2], grad([](const Array& w) {
         return sum(scatter_multiply(ones({2, 2}), array({1, 1, 0, 1}), w));
       })(u[2]));
}

TEST_CASE("a zero among factors whose others overflow or underflow is not lost") {
  const auto of = [](const Array& x) { return grad([](const Array& a) { return prod(a); })(x); };
  same(of(array({1e13f, 0.0f, 0.0f, 1e13f, 1e13f, 1e13f, 1e13f})), zeros({7}), 0);
  same(of(array({0.0f, 1e20f, 1e20f, 0.0f})), zeros({4}), 0);
  same(of(array({0.0f, 0.0f, 1e30f, 1e30f, 1e30f, 1e30f, 1e30f, 1e30f})), zeros({8}), 0);
  same(of(array({1e30f, 1e30f, 1e30f, 0.0f, 0.0f})), zeros({5}), 0);
  same(of(array({2.0f, 0.0f, 3.0f})), array({0.0f, 6.0f, 0.0f}));
  // In between, everything may be out of range: the products of all others are not.
  same(of(array({1e-30f, 1e-30f, 3.0f, 1e30f, 1e30f})), array({3e30f, 3e30f, 1.0f, 3e-30f, 3e-30f}));
  same(of(array(std::vector<double>{1e-300, 1e-300, 5, 1e300, 1e300})),
       array(std::vector<double>{5e300, 5e300, 1, 5e-300, 5e-300}));
  const Array half = astype(array({1e30f, 0.0f, 1e30f, 0.0f}), DType::bfloat16);
  same(astype(of(half), DType::float32), zeros({4}), 0);
  // What does overflow is infinite, with its sign; an infinity or nan that was there to begin with stays one.
  const Array large = of(array({-1e30f, 1e30f, 1e30f}));
  CHECK(large.to_vector<double>() == std::vector<double>{INFINITY, -INFINITY, -INFINITY});
  CHECK(std::isnan(of(array({NAN, 0.0f, 2.0f})).item<float>({2})));

  const auto running = [](const Array& x) { return grad([](const Array& a) { return sum(cumprod(a)); })(x); };
  same(running(array({0.0f, 1.0f, 1e20f, 1e20f, 1e20f}))[Slice{1, 5}], zeros({4}), 0);
  same(running(array({1e20f, 0.0f, 0.0f, 1e20f, 1e20f}))[Slice{2, 5}], zeros({3}), 0);
  same(running(array({1e-30f, 1e-30f, 1e30f, 1e30f, 0.0f}))[Slice{2, 5}], array({1e-30f, 1e-30f, 1.0f}));

  const auto into = [](const Array& u) {
    return grad([](const Array& v) { return sum(scatter_multiply(ones({1}), array({0, 0, 0, 0}), v)); })(u);
  };
  same(into(array({0.0f, 0.0f, 1e30f, 1e30f})), zeros({4}), 0);
  same(into(array({1e30f, 0.0f, 1e30f, 1e-30f})), array({0.0f, 1e30f, 0.0f, 0.0f}));
  // Where nothing asks for a product, it does no harm that its factors are infinite.
  const auto masked = grad([](const Array& a) {
    return sum(where(array({true, false}), prod(a, 1), 0.0f));
  })(array({{2.0f, 3.0f, 4.0f}, {1e30f, 1e30f, 1e30f}}));
  same(masked, array({{12.0f, 8.0f, 6.0f}, {0.0f, 0.0f, 0.0f}}));
}

TEST_CASE("products of many factors, of none and of one") {
  const auto gradient = grad([](const Array& a) { return sum(prod(a, 1)); });
  CHECK(gradient(zeros({3, 0})).shape() == Shape{3, 0});
  CHECK(gradient(zeros({0, 3})).shape() == Shape{0, 3});
  same(gradient(array({{3.0f}, {0.0f}})), ones({2, 1}));
  const Array x = 1 + 0.1 * random::normal(random::key(3), {40, 500}, DType::float64);
  same(gradient(x), expand_dims(prod(x, 1), 1) / x, 1e-9);
  const Array running = grad([](const Array& a) { return sum(cumprod(a, 1)); })(x);
  same(running, cumsum(cumprod(x, 1), 1, true) / x, 1e-9);
  same(jvp([](const Array& a) { return prod(a, 0); }, std::tuple{zeros({0, 2})}, std::tuple{zeros({0, 2})})
           .second,
       zeros({2}));
  // With options, and without nan.
  const auto options = grad([](const Array& a) {
    return reduce::prod(a, {.where = array({true, false, true}), .initial = 2.0f});
  });
  same(options(array({0.0f, 5.0f, 3.0f})), array({6.0f, 0.0f, 0.0f}));
  same(grad([](const Array& a) { return nanprod(a); })(array({0.0f, NAN, 3.0f})), array({3.0f, 0.0f, 0.0f}));
}
