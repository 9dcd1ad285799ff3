// What derivatives are asked along: tangents and cotangents that are not like the values, rules that give
// something else than they should, arguments without a derivative.
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/kinds.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Contains;

namespace {

struct Line {
  Parameter w = 2.0f;
  Array steps = full({}, 3, DType::int32);
  Array missing;
};

const auto twice = [](const Array& x) { return x * 2.0f; };
const auto parts = [](const Array& x) {
  return std::pair{x * 2.0f, std::vector<Array>{x, astype(x, DType::int32)}};
};
using Parts = std::pair<Array, std::vector<Array>>;
double value(const Array& a) { return a.item<double>(); }

}  // namespace

TEST_CASE("a cotangent is like the value") {
  const auto pull = vjp(twice, ones({3})).second;
  CHECK_THROWS_WITH(pull(ones({2})), "vjp: the cotangent is float32(2,), wanted float32(3,)");
  CHECK_THROWS_AS(pull(ones({2})), ShapeError);
  CHECK_THROWS_AS(pull(ones({3}, DType::float64)), DTypeError);
  CHECK_THROWS_AS(pull(ones({3}, DType::int32)), DTypeError);
  const auto pull_parts = vjp(parts, ones({3})).second;
  CHECK_THROWS_WITH(pull_parts(Parts{ones({3}), {ones({4}), Array()}}),
                    Contains("cotangent at 1.0 is float32(4,)"));
  CHECK_THROWS_AS(pull_parts(Parts{ones({3}), {ones({3})}}), TreeError);
  // One that is Nothing is zero, those of integers do not count, a bare number takes the dtype that is
  // wanted.
  CHECK(pull_parts(Parts{Array(), {ones({3}), Array()}}).to_vector<double>() == std::vector<double>{1, 1, 1});
  CHECK(pull_parts(Parts{ones({3}), {Array(), ones({7})}}).to_vector<double>() ==
        std::vector<double>{2, 2, 2});
  CHECK(vjp(twice, ones({}, DType::float64)).second(Array(1.0f)).dtype() == DType::float64);
}

TEST_CASE("a tangent is like its primal") {
  CHECK_THROWS_WITH(jvp(twice, std::tuple{ones({3})}, std::tuple{ones({3}, DType::float64)}),
                    Contains("jvp: the tangent at 0 is float64(3,), wanted float32(3,)"));
  const auto line = [](const Tree<Line>& l, const Array& x) { return l->w * x * l->steps; };
  const auto along = [&](const Tree<Line>& d) {
    return value(jvp(line, std::tuple{Tree{Line{}}, Array(5.0f)}, std::tuple{d, Array(0.0f)}).second);
  };
  CHECK(along(Tree{Line{}}) == 30);
  // A gradient, whose integers are Nothing, is a direction.
  CHECK(along(grad(line)(Tree{Line{}}, Array(5.0f))) == 225);
  Line still;
  still.w = Nothing{};
  still.steps = Array();
  CHECK(along(Tree{still}) == 0);
  using List = std::vector<Array>;
  const auto total = [](const List& l) { return l[0] + l[1]; };
  const List primals{Array(1.0f), Array(2.0f)};
  CHECK_THROWS_AS(jvp(total, std::tuple{primals}, std::tuple{List{Array(1.0f)}}), TreeError);
}

TEST_CASE("an array of integers has no gradient") {
  CHECK_THROWS_WITH(grad([](const Array& x) { return x * 2.0f; })(3),
                    "grad: argument 0 is int32(), which cannot be differentiated; it must be floating-point");
  CHECK_THROWS_AS((value_and_grad<1>([](const Array& x, const Array& n) { return x * n; })(2.0f, 3)),
                  DTypeError);
  // In a tree it is Nothing.
  const auto g = grad([](const Tree<Line>& l) { return l->w * l->steps; })(Tree{Line{}});
  CHECK(value(*g->w) == 3);
  CHECK(is_nothing(g->steps));
  CHECK(is_nothing(g->missing));
}

TEST_CASE("rules that give something else than they should are found out") {
  const auto vjp_rule = [](const auto& forward, const auto& backward) {
    return custom_vjp([](const Array& x) { return x * 2.0f; }, forward, backward);
  };
  const auto good_forward = [](const Array& x) { return std::pair{x * 2.0f, x}; };
  const auto good_backward = [](const Array&, const Array& ct) { return ct * 2.0f; };
  CHECK(value(grad(vjp_rule(good_forward, good_backward))(1.0f)) == 2);
  const auto wide = [](const Array& x) { return std::pair{broadcast_to(x, {2}), x}; };
  CHECK_THROWS_WITH(grad(vjp_rule(wide, good_backward))(1.0f),
                    "custom_vjp: result array 0 of forward is float32(2,), wanted float32()");
  CHECK_THROWS_AS(jit(grad(vjp_rule(wide, good_backward)))(1.0f), ShapeError);
  const auto other = [](const Array& x) { return std::pair{astype(x, DType::float64), x}; };
  CHECK_THROWS_AS(grad(vjp_rule(other, good_backward))(1.0f), DTypeError);
  const auto nothing = [](const Array& x) { return std::pair{Array(), x}; };
  CHECK_THROWS_AS(grad(vjp_rule(nothing, good_backward))(1.0f), TreeError);
  const auto double_backward = [](const Array&, const Array& ct) { return astype(ct, DType::float64); };
  CHECK_THROWS_WITH(grad(vjp_rule(good_forward, double_backward))(1.0f),
                    Contains("custom_vjp: the gradient of argument array 0 is float64(), wanted float32()"));
  // No gradient is zero.
  const auto none = [](const Array&, const Array&) { return Array(); };
  CHECK(value(grad(vjp_rule(good_forward, none))(1.0f)) == 0);

  const auto jvp_rule = [](const auto& tangent) {
    return custom_jvp([](const Array& x) { return x * 2.0f; },
                      [tangent](const std::tuple<Array>& at, const std::tuple<Array>& d) {
                        return std::pair{std::get<0>(at) * 2.0f, tangent(std::get<0>(d))};
                      });
  };
  const auto grows = jvp_rule([](const Array& d) { return broadcast_to(d, {3}); });
  CHECK_THROWS_WITH(grad(grows)(1.0f),
                    Contains("custom_jvp: the tangent that the rule gives is float32(3,)"));
  CHECK_THROWS_AS(jvp(grows, std::tuple{Array(1.0f)}, std::tuple{Array(1.0f)}), ShapeError);
  CHECK_THROWS_AS(vmap(grad(grows))(ones({4})), ShapeError);
  const auto wider = jvp_rule([](const Array& d) { return astype(d, DType::float64); });
  CHECK_THROWS_AS(grad(wider)(1.0f), DTypeError);
  const auto still = jvp_rule([](const Array&) { return Array(); });
  CHECK(value(grad(still)(1.0f)) == 0);
  CHECK(value(jvp(still, std::tuple{Array(1.0f)}, std::tuple{Array(1.0f)}).second) == 0);
  CHECK(current_trace() == nullptr);
}
