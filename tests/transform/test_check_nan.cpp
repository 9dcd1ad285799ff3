// CompileOptions::check_nan: the first operation that makes a nan is named, wherever it is.
#include <cmath>
#include <limits>

#include "../message.hpp"
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/transform/branches.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Matchers::Contains;
using testing_messages::message;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

template <class F>
auto checked(const F& f) {
  return jit(f, {.compile = {.check_nan = true}});
}

}  // namespace

TEST_CASE("check_nan: names the operation, its types, the element and the scope") {
  const auto root = checked([](const Array& x) {
    const auto scope = name_scope("root");
    return sqrt(x * 2.0f) + 1.0f;
  });
  CHECK(allclose(root(array({2.0f, 8.0f})), array({3.0f, 5.0f})).item<bool>());
  CHECK(message<ValueError>(root, array({2.0f, -1.0f})) ==
        "check_nan: sqrt(float32(2,)) gives a nan at [1] in its result of type float32(2,), and its operands "
        "have none, in root; print the operands before it with debug::print");
  CHECK(message<ValueError>(checked([](const Array& x) { return log(x) * 0.0f; }), Array(-1.0f)) ==
        "check_nan: log(float32()) gives a nan in its result of type float32(), and its operands have none; "
        "print the operands before it with debug::print");
  CHECK_THAT(message<ValueError>(checked([](const Array& x) { return x / (x - x); }), zeros({2, 3})),
             Contains("divide(float32(2, 3), float32(2, 3)) gives a nan at [0, 0]"));
  // A call that failed changes nothing, and the next one runs.
  Array x = array({2.0f, 8.0f});
  CHECK(allclose(root(std::move(x)), array({3.0f, 5.0f})).item<bool>());
  Array bad = array({-2.0f, 8.0f});
  CHECK_THROWS_AS(root(std::move(bad)), ValueError);
  CHECK(bad.has_value());
}

TEST_CASE("check_nan: other dtypes, and what is no fault") {
  const auto root = checked([](const Array& x) { return sqrt(x); });
  CHECK_THAT(message<ValueError>(root, astype(Array(-1.0f), DType::float64)), Contains("sqrt(float64())"));
  CHECK_THAT(message<ValueError>(root, astype(Array(-1.0f), DType::bfloat16)), Contains("bfloat16"));
  // A nan that comes in may go through.
  CHECK(std::isnan(root(Array(not_a_number)).item<float>()));
  CHECK(std::isnan(
      checked([](const Array& x) { return tanh(x) + sqrt(x); })(Array(not_a_number)).item<float>()));
  // Infinities, integers and bools are none.
  const auto more = checked([](const Array& x) { return std::pair{x / 0.0f, isnan(log(x * 0.0f + 1.0f))}; });
  CHECK(std::isinf(more(Array(1.0f)).first.item<float>()));
  CHECK(checked([](const Array& x) { return x + x; })(array({1, 2})).item<int>({1}) == 4);
}

TEST_CASE("check_nan: within loops, branches, derivatives and maps") {
  const Array x = array({3.0f, 1.0f, -1.0f});
  const auto loop = [](const Array& a) {
    return fori_loop(
        0, 3, [](const Array&, const Array& c) { return sqrt(c - 1.0f); }, a);
  };
  CHECK_THAT(message<ValueError>(checked(loop), Array(2.0f)), Contains("sqrt(float32())"));
  const auto turns = [](const Array& a) {
    return while_loop([](const Array& c) { return c < 10.0f; }, [](const Array& c) { return log(c); }, a);
  };
  CHECK_THAT(message<ValueError>(checked(turns), Array(0.5f)), Contains("log(float32())"));
  const auto branch = [](const Array& a) {
    return cond(
        a > 0.0f, [](const Array& b) { return b; }, [](const Array& b) { return arccos(b * 2.0f); }, a);
  };
  CHECK(checked(branch)(2.0f).item<float>() == 2.0f);
  CHECK_THAT(message<ValueError>(checked(branch), Array(-2.0f)), Contains("arccos(float32())"));
  // A derivative of what is fine itself: 0 * inf.
  const auto gradient = grad([](const Array& a) { return sum(where(a > 0.0f, sqrt(a), 0.0f)); });
  CHECK_THAT(message<ValueError>(checked(gradient), zeros({3})), Contains("gives a nan at [0]"));
  CHECK_THAT(message<ValueError>(checked(vmap([](const Array& a) { return log(a); })), x),
             Contains("at [2]"));
  // What passes join otherwise: a product with its bias and activation, softmax.
  const auto dense = [](const Array& a) { return softmax(relu(matmul(a, ones({3, 2})) + sqrt(sum(a)))); };
  CHECK_THAT(message<ValueError>(checked(dense), ones({2, 3}) * -1.0f), Contains("sqrt(float32())"));
}

TEST_CASE("check_nan: a compiled function without it says nothing") {
  CHECK(std::isnan(jit([](const Array& x) { return sqrt(x); })(Array(-1.0f)).item<float>()));
}
