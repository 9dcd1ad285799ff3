// Loops unrolled to 200,000 operations, under every kind of transform: nothing recurses along them, neither
// on use nor when they are destroyed.
#include <cmath>

#include "catch.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;

namespace {

constexpr int steps = 100'000;  // of two operations

Array loop(const Array& start) {
  Array x = start;
  for (int i = 0; i < steps; ++i) x = x * 0.99999f + 0.00001f;
  return x;
}
const auto total = [](const Array& x) { return sum(loop(x)); };
const auto along = [](const Array& x) { return jvp(loop, std::tuple{x}, std::tuple{ones_like(x)}).second; };
const double slope = std::pow(0.99999, steps);

void check(const Array& got) {
  for (const double value : got.to_vector<double>()) CHECK(value == Approx(slope).epsilon(1e-2));
}

}  // namespace

TEST_CASE("a deep graph in reverse mode", "[deep]") {
  const Array x = ones({3});
  check(grad(total)(x));
  check(jit(grad(total))(x));
  check(grad(checkpoint(total))(x));
}

TEST_CASE("a deep graph in forward mode", "[deep]") {
  const Array x = ones({3});
  check(along(x));
  check(jit(along)(x));
}

TEST_CASE("a deep graph for many at once", "[deep]") {
  const Array x = ones({2, 3});
  check(vmap(grad(total))(x));
  check(jit(vmap(grad(total)))(x));
  check(vmap(along)(x));
  check(jit(vmap(along))(x));
}

TEST_CASE("a deep graph differentiated twice", "[deep]") {
  const auto curve = [](const Array& x) { return sum(square(loop(x))); };
  const auto twice = grad([&](const Array& x) { return sum(grad(curve)(x)); });
  for (const double value : jit(twice)(ones({2})).to_vector<double>())
    CHECK(value == Approx(2 * slope * slope).epsilon(2e-2));
}

TEST_CASE("a deep graph as text", "[deep]") {
  const auto program = make_ir(total)(ones({3}));
  CHECK(program.instructions.size() > 2 * steps);
  CHECK(ir::to_text(program).size() > 10 * program.instructions.size());
  CHECK(ir::to_graphviz(program).size() > 10 * program.instructions.size());
}
