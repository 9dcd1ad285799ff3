// Recorded programs, run one primitive after the other.
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/trace/flat.hpp"

namespace {

using namespace copse;
using flat::Arrays;

TEST_CASE("evaluate gives what the recorded function gives", "[trace]") {
  const auto f = [](const Arrays& x) {
    const Array y = exp(x[0]) * x[1];
    const auto [values, indices] = top_k(y, 2);
    return Arrays{y, values, indices, x[0]};
  };
  const Arrays in{array({1.0f, 3.0f, 2.0f}), array({0.5f, 2.0f, -1.0f})};
  const std::vector<ShapeDtype> types{in[0].type(), in[1].type()};
  const auto recorded = flat::record(f, types);
  const Arrays got = ir::evaluate(recorded.program, in), wanted = f(in);
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(array_equal(got[i], wanted[i]));
  CHECK_THROWS_AS(ir::evaluate(recorded.program, std::span(in).first(1)), ValueError);
}

TEST_CASE("A recorded program is differentiated like its function", "[trace]") {
  const auto f = [](const Arrays& x) { return Arrays{tanh(x[0]) * x[0]}; };
  const Arrays in{array({0.5f, -1.0f})};
  const std::vector<ShapeDtype> types{in[0].type()};
  const auto recorded = flat::record(f, types);
  const auto through = [&](const Arrays& x) { return ir::evaluate(recorded.program, x); };
  const std::vector<std::uint8_t> wanted{1};
  const Arrays ones{ones_like(in[0])};
  CHECK(array_equal(flat::vjp(through, in, wanted).pullback(ones)[0],
                    flat::vjp(f, in, wanted).pullback(ones)[0]));
}

}  // namespace
