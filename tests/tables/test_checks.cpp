// The checks themselves: rows with a fault are reported, so that a table without reports says something.
#include "catch.hpp"
#include "checks.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"

using namespace tables;

namespace {

std::string found(void (*check)(const Row&, tables::Report&), const Row& row) {
  tables::Report report;
  report.run("check", [&] { check(row, report); });
  return report.text();
}

Row row(const Call& call) {
  return {.name = "sin", .call = call, .inputs = {tables::data({2, 3})}, .jax = "jnp.sin(x)"};
}

}  // namespace

TEST_CASE("wrong values, dtypes and refusals are found") {
  using Catch::Contains;
  CHECK_THAT(found(check_golden, row(unary(cos))), Contains("values, main float32 result 0: element 0"));
  const Row narrow = row(one([](const Arrays& in) { return astype(sin(in[0]), DType::float32); }));
  CHECK_THAT(found(check_golden, narrow), Contains("got float32(2, 3), wanted float64(2, 3)"));
  Row fewer = row(unary(sin));
  fewer.types = floats;
  CHECK_THAT(found(check_golden, fewer), Contains("worked, but the row says that the dtype is not taken"));
  Row unknown = row(unary(sin));
  unknown.variant = "unknown";
  CHECK_THAT(found(check_golden, unknown), Contains("golden.json has none"));
}

TEST_CASE("compiled calls that give something else are found") {
  int calls = 0;
  const Row changing = row(one([&](const Arrays& in) { return in[0] + ++calls; }));
  CHECK_FALSE(found(check_jit, changing).empty());
  CHECK_FALSE(found(check_vmap, changing).empty());
  CHECK_FALSE(found(check_divided, changing).empty());
}

TEST_CASE("wrong derivatives are found") {
  using Catch::Contains;
  const Row first = row(one([](const Arrays& in) { return in[0] * stop_gradient(in[0]); }));
  CHECK_THAT(found(check_derivatives, first), Contains("first derivatives"));
  // The right slope, but one that is held.
  const Row second = row(one([](const Arrays& in) {
    const Array held = stop_gradient(in[0]);
    return square(held) + 2 * held * (in[0] - held);
  }));
  CHECK_THAT(found(check_derivatives, second), Contains("second derivatives"));
  Row none = row(unary(sin));
  none.gradient = Gradient::none;
  CHECK_THAT(found(check_derivatives, none), Contains("the row says that there is none"));
  Row zero = row(unary(sin));
  zero.gradient = Gradient::zero;
  CHECK_THAT(found(check_derivatives, zero), Contains("gradient"));
}

TEST_CASE("right rows pass") {
  for (const auto check : {check_golden, check_jit, check_derivatives, check_vmap, check_composition})
    CHECK(found(check, row(unary(sin))).empty());
}
