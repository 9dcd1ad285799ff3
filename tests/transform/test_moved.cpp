// Functions that have been moved from: they throw, the one that they were moved to works, and a new one can
// take their place.
#include <functional>
#include <vector>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jacobian.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Matchers::Contains;

namespace {

// The call of a function before and after it is moved.
template <class F>
void moves(const char* name, F f, const Array& x) {
  INFO(name);
  const auto call = [&](const F& g) { return g(x); };
  const auto wanted = call(f);
  F other = std::move(f);
  CHECK_THROWS_AS(call(f), ValueError);
  CHECK_THROWS_WITH(call(f), Contains(name) && Contains("moved"));
  if constexpr (std::is_same_v<std::remove_cvref_t<decltype(wanted)>, Array>) {
    CHECK(array_equal(call(other), wanted));
    CHECK(array_equal(call(F(other)), wanted));
  } else {
    (void)call(other);
  }
}

}  // namespace

TEST_CASE("functions of all transforms throw when they have been moved from") {
  const Array x = array({{1.0f, 2.0f}, {3.0f, 4.0f}});
  const auto f = [scale = std::vector<float>{2.0f}](const Array& a) { return sum(square(a)) * scale.at(0); };
  moves("jit", jit(f), x);
  moves("grad", grad(f), x);
  moves("grad", value_and_grad(f), x);
  moves("vmap", vmap(f, {.in_axes = {1}}), x);
  moves("jacobian", jacobian(f), x);
  moves("jacobian", hessian(f), x);
  moves("make_ir", make_ir(f), x);
  moves("checkpoint", checkpoint(f), x);
  moves("custom_jvp",
        custom_jvp(f,
                   [&](const auto& p, const auto& t) {
                     return std::pair{f(std::get<0>(p)), sum(std::get<0>(t))};
                   }),
        x);
  moves("custom_vjp",
        custom_vjp(
            f,
            [&](const Array& a) {
              return std::pair{f(a), a};
            },
            [](const Array& a, const Array& c) { return a * c; }),
        x);
}

TEST_CASE("a moved-from compiled function says so, and takes a new one in its place") {
  const float factor = 2.0f;
  auto twice = jit([factor](const Array& x) { return factor * x; });
  const Array x = ones({2});
  (void)twice(x);
  auto kept = twice;
  auto other = std::move(twice);
  CHECK_THROWS_AS(twice(x), ValueError);
  CHECK_THROWS_AS(twice.ahead(x), ValueError);
  CHECK_THROWS_AS(twice.stats(), ValueError);
  CHECK_THROWS_AS(grad([&](const Array& a) { return sum(twice(a)); })(x), ValueError);
  CHECK(other.stats().calls == 1);
  CHECK(array_equal(other(x), full({2}, 2.0f)));
  CHECK(array_equal(kept(x), full({2}, 2.0f)));

  // Whatever it captures, it is assignable: in containers and as a member.
  twice = kept;
  CHECK(array_equal(twice(x), full({2}, 2.0f)));
  twice = std::move(other);
  CHECK(array_equal(twice(x), full({2}, 2.0f)));
  CHECK_THROWS_AS(other(x), ValueError);
  std::vector functions{twice, kept};
  functions.erase(functions.begin());
  functions.insert(functions.begin(), 3, twice);
  for (const auto& function : functions) CHECK(array_equal(function(x), full({2}, 2.0f)));
  auto& self = twice;
  twice = self;
  CHECK(array_equal(twice(x), full({2}, 2.0f)));
}

TEST_CASE("a pullback that has been moved from throws") {
  auto [value, pull] = vjp([](const Array& x) { return square(x); }, array({1.0f, 2.0f}));
  auto other = std::move(pull);
  CHECK_THROWS_AS(pull(ones({2})), ValueError);
  CHECK(array_equal(other(ones({2})), array({2.0f, 4.0f})));
}
