// Rules for derivatives have to be linear, in whatever form they are.
#include <functional>
#include <limits>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/transform/branches.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jacobian.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Contains;

namespace {
double value(const Array& a) { return a.item<double>(); }
}  // namespace

TEST_CASE("a rule that is not linear in its tangents has no gradient") {
  const auto doubled = [](const auto& tangent) {
    return custom_jvp([](const Array& x) { return x * 2.0f; },
                      [tangent](const std::tuple<Array>& at, const std::tuple<Array>& d) {
                        return std::pair{std::get<0>(at) * 2.0f, tangent(std::get<0>(at), std::get<0>(d))};
                      });
  };
  const std::string depends =
      "custom_jvp: the rule is not linear in its tangents: its derivative depends on tangent array 0; it may "
      "add "
      "them and multiply them by what does not depend on them, and nothing else";
  const auto square_of = doubled([](const Array&, const Array& d) { return d * d; });
  CHECK_THROWS_WITH(grad(square_of)(3.0f), depends);
  CHECK_THROWS_WITH(jit(grad(square_of))(3.0f), depends);
  CHECK_THROWS_WITH(grad(jit(square_of))(3.0f), depends);
  CHECK_THROWS_WITH(vmap(grad(square_of))(ones({3})), depends);
  CHECK_THROWS_WITH(grad([&](const Array& x) { return sum(vmap(square_of)(x)); })(ones({3})), depends);
  CHECK_THROWS_WITH(grad(doubled([](const Array&, const Array& d) { return sin(d); }))(3.0f), depends);
  CHECK_THROWS_WITH(grad(doubled([](const Array&, const Array& d) { return abs(d); }))(3.0f), depends);
  CHECK_THROWS_WITH(grad(doubled([](const Array& x, const Array& d) {
                      return scan(
                                 [](const Array& c, const Array& w) {
                                   return std::pair{c * c, w};
                                 },
                                 d * x, ones({2}))
                          .first;
                    }))(3.0f),
                    depends);
  CHECK_THROWS_WITH(grad(doubled([](const Array&, const Array& d) {
                      return checkpoint([](const Array& a) { return a * a; })(d);
                    }))(3.0f),
                    depends);
  // Values are needed to see what is added.
  CHECK_THROWS_WITH(
      grad(doubled([](const Array& x, const Array& d) { return d + x; }))(3.0f),
      Contains("not linear in its tangents: tangents that are zero give result array 0 a value"));
  // Forward mode takes rules as they are.
  CHECK(value(jvp(square_of, std::tuple{Array(3.0f)}, std::tuple{Array(4.0f)}).second) == 16);
  CHECK(current_trace() == nullptr);

  const auto both =
      custom_jvp([](const Array& x, const Array& y) { return x * y; },
                 [](const std::tuple<Array, Array>& at, const std::tuple<Array, Array>& d) {
                   return std::pair{std::get<0>(at) * std::get<1>(at), std::get<0>(d) * std::get<1>(d)};
                 });
  CHECK_THROWS_WITH(grad(both)(2.0f, 3.0f), Contains("depends on tangent array 1"));
}

TEST_CASE("linear rules of any form have gradients") {
  const auto cubed = [](const auto& tangent) {
    return custom_jvp([](const Array& x) { return x * x * x; },
                      [tangent](const std::tuple<Array>& at, const std::tuple<Array>& d) {
                        const auto& [x] = at;
                        return std::pair{x * x * x, tangent(x, std::get<0>(d))};
                      });
  };
  const std::vector<std::function<Array(const Array&, const Array&)>> forms{
      [](const Array& x, const Array& d) { return 3.0f * x * x * d; },
      [](const Array& x, const Array& d) { return d * x * x + x * d * x + x * x * d; },
      [](const Array& x, const Array& d) { return d / (1.0f / (3.0f * x * x)) - d + d; },
      [](const Array& x, const Array& d) {
        return jvp([](const Array& a) { return a * a * a; }, std::tuple{x}, std::tuple{d}).second;
      },
      [](const Array& x, const Array& d) {  // steers by values, which grad knows, or the compiler chooses
        return where(x > 0.0f, 3.0f,
                     cond(
                         x > 1.0f, [](const Array&) { return Array(2.0f) * 1.0f; },
                         [](const Array&) { return Array(3.0f) * 1.0f; }, x)) *
               x * x * d;
      },
      [](const Array& x, const Array& d) {
        return scan(
                   [&](const Array& c, const Array& w) {
                     return std::pair{c + w * x * x * d, w};
                   },
                   zeros_like(d), ones({3}))
            .first;
      },
      [](const Array& x, const Array& d) {
        return checkpoint([](const Array& a, const Array& b) { return a * (3.0f * b * b); })(d, x);
      },
      [](const Array& x, const Array& d) {
        return cond(
            x > 0.0f, [](const Array& a, const Array& b) { return a * (3.0f * b * b); },
            [](const Array& a, const Array& b) { return (a * b) * (3.0f * b); }, d, x);
      },
  };
  for (std::size_t i = 0; i < forms.size(); ++i) {
    CAPTURE(i);
    const auto f = cubed(forms[i]);
    CHECK(value(grad(f)(2.0f)) == Approx(12));
    CHECK(value(grad(grad(f))(2.0f)) == Approx(12));
    CHECK(value(jit(grad(f))(2.0f)) == Approx(12));
    CHECK(value(grad(jit(f))(-2.0f)) == Approx(12));
    CHECK(value(grad(checkpoint(f))(2.0f)) == Approx(12));
    CHECK(vmap(grad(f))(array({1.0f, 2.0f})).to_vector<float>() == std::vector<float>{3, 12});
    CHECK(jit(vmap(grad(f)))(array({1.0f, 2.0f})).to_vector<float>() == std::vector<float>{3, 12});
    CHECK(grad([&](const Array& x) { return sum(vmap(f)(x)); })(array({1.0f, 2.0f})).to_vector<float>() ==
          std::vector<float>{3, 12});
    CHECK(value(hessian(f)(2.0f)) == Approx(12));
  }
  // Infinite factors of tangents that are zero are no tangents.
  CHECK(value(grad(cubed([](const Array& x, const Array& d) { return d / (x - x); }))(2.0f)) ==
        std::numeric_limits<double>::infinity());
  CHECK(value(grad(cubed([](const Array&, const Array& d) { return zeros_like(d); }))(2.0f)) == 0);
}

TEST_CASE("a backward rule that is not linear serves reverse mode alone") {
  const auto clipped = custom_vjp([](const Array& x) { return x * 1.0f; },
                                  [](const Array& x) {
                                    return std::pair{x * 1.0f, x};
                                  },
                                  [](const Array&, const Array& ct) { return clip(ct, -1.0f, 1.0f); });
  CHECK(value(grad([&](const Array& x) { return clipped(x) * 5.0f; })(1.0f)) == 1);
  CHECK_THROWS_WITH(
      jvp(clipped, std::tuple{Array(1.0f)}, std::tuple{Array(1.0f)}),
      Contains("custom_vjp: backward is not linear in its cotangents: its derivative depends on "
               "cotangent array 0"));
  const auto halved = custom_vjp([](const Array& x) { return x * 1.0f; },
                                 [](const Array& x) {
                                   return std::pair{x * 1.0f, x};
                                 },
                                 [](const Array& x, const Array& ct) { return 0.5f * x * ct; });
  CHECK(value(jvp(halved, std::tuple{Array(2.0f)}, std::tuple{Array(3.0f)}).second) == 3);
}
