// What is said to somebody who asks for a value where only shapes are known.
#include "../message.hpp"
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/positions.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/sets.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using testing_messages::message;

namespace {

const std::string instead =
    "; use `where` or `cond` instead of `if`, `fori_loop` or `while_loop` instead of loops on values, or "
    "compute "
    "it outside";
const std::string read_outside =
    "; return it from the function and read it there, print it with `debug::print`, or use `where`, `cond` "
    "or "
    "`fori_loop` instead of C++ control flow";
const std::string keeps_shape =
    "; the shape of its result depends on values: use `where`, which keeps shapes, or compute it outside";

}  // namespace

TEST_CASE("a value that is unknown: the message names who asked, what made it and the remedy") {
  const auto branch = [](const Array& x) { return x > 0.0f ? x : -x; };
  CHECK(message<ConcretizationError>([&] { return jit(branch)(1.0f); }) ==
        "conversion to bool: wants the value of the result of `greater`, of type bool(), inside `jit`, where "
        "only "
        "shapes are known" +
            instead);
  CHECK(
      message<ConcretizationError>([&] {
        return vmap(branch)(array({1.0f, 2.0f}));
      }) ==
      "conversion to bool: wants the value of the result of `greater`, of type bool(), inside `vmap`, where "
      "only shapes are known" +
          instead);

  const auto second = [](const Array&, const Array& y) { return y.item<float>() + 1.0f; };
  CHECK(message<ConcretizationError>([&] { return jit(second)(1.0f, array({2.0f})); }) ==
        "item: wants the value of argument array 1, of type float32(1,), inside `jit`, where only shapes are "
        "known" +
            read_outside);
  CHECK(message<ConcretizationError>([&] {
          return vmap(second, {.in_axes = {std::nullopt, 0}})(1.0f, array({2.0f}));
        }) ==
        "item: wants the value of argument array 1, of type float32(), inside `vmap`, where only shapes are "
        "known" +
            read_outside);
  CHECK(message<ConcretizationError>([&] {
          return jit([](const Array& x) { return sum(tanh(x)).to_vector<float>()[0] + x; })(1.0f);
        }) ==
        "reading elements: wants the value of the result of `tanh`, of type float32(), inside `jit`, where "
        "only "
        "shapes are known" +
            read_outside);
}

TEST_CASE("a value that is unknown: functions whose shapes depend on values") {
  const Array x = array({1.0f, -2.0f, 3.0f});
  const auto jitted = [&](auto f) { return message<ConcretizationError>([&] { return jit(f)(x); }); };
  CHECK(jitted([](const Array& a) { return a[a > 0.0f]; }) ==
        "index by a mask: wants the value of the result of `greater`, of type bool(3,), inside `jit`, where "
        "only "
        "shapes are known" +
            keeps_shape);
  CHECK(jitted([](const Array& a) { return unique(a * 2.0f); }) ==
        "unique: wants the value of the result of `multiply`, of type float32(3,), inside `jit`, where only "
        "shapes are known" +
            keeps_shape);
  const auto of_argument = [](const std::string& function) {
    return function +
           ": wants the value of argument array 0, of type float32(3,), inside `jit`, where only shapes are "
           "known";
  };
  CHECK(jitted([](const Array& a) { return nonzero(a)[0]; }) == of_argument("nonzero") + keeps_shape);
  CHECK(jitted([](const Array& a) { return argwhere(a); }) == of_argument("argwhere") + keeps_shape);
  CHECK(jitted([](const Array& a) { return flatnonzero(a); }) == of_argument("flatnonzero") + keeps_shape);
  CHECK(jitted([](const Array& a) { return unique_all(a).counts; }) ==
        of_argument("unique_all") + keeps_shape);
  CHECK(jitted([](const Array& a) { return union1d(array({1}), a); }) ==
        of_argument("union1d") + keeps_shape);
  CHECK(jitted([](const Array& a) { return intersect1d(a, a); }) == of_argument("intersect1d") + keeps_shape);
  CHECK(jitted([](const Array& a) { return setdiff1d(a, a); }) == of_argument("setdiff1d") + keeps_shape);
  CHECK(jitted([](const Array& a) { return setxor1d(a, a); }) == of_argument("setxor1d") + keeps_shape);
  CHECK(jitted([&](const Array& a) { return all_close(a, x) ? a : x; }) ==
        of_argument("all_close") + "; use `allclose`, which gives an array");
  CHECK(jitted([&](const Array& a) { return array_equal(x, a) ? a : x; }) ==
        of_argument("array_equal") + "; use `all(equal(a, b))`, which gives an array");
  CHECK(message<ConcretizationError>([&] {
          return jit([](const Array& a) { return bincount(a); })(array({1, 2}));
        }) ==
        "bincount: wants the value of argument array 0, of type int32(2,), inside `jit`, where only shapes "
        "are known; give "
        "`length`, on which the shape of its result depends");
}

TEST_CASE("a value that is unknown: transforms inside each other") {
  const auto branch = [](const Array& x) { return x > 0.0f ? sin(x) : -x; };
  const std::string at_greater =
      "conversion to bool: wants the value of the result of `greater`, of type bool(), inside ";
  CHECK(message<ConcretizationError>([&] { return jit(grad(branch))(1.0f); }) ==
        at_greater + "`jit`, where only shapes are known" + instead);
  CHECK(message<ConcretizationError>([&] { return jit(vmap(branch))(array({1.0f})); }) ==
        at_greater + "`vmap`, where only shapes are known" + instead);
  CHECK(message<ConcretizationError>([&] { return grad(checkpoint(branch))(1.0f); }) ==
        at_greater + "`checkpoint`, where only shapes are known" + instead);
  CHECK(grad(branch)(-1.0f).item<float>() == -1.0f);  // known inside grad alone

  Array kept;
  (void)jit([&](const Array& x) { return kept = x * 2.0f; })(1.0f);
  CHECK(message<ConcretizationError>([&] { return kept.item<float>(); }) ==
        "item: wants the value of the result of `multiply`, of type float32(), which left the `jit` that it "
        "belongs to; return it from the function instead of storing it");
}
