// What a loop makes again instead of reading what an earlier one has written.
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"

using namespace copse;
using Arrays = std::vector<Array>;

namespace {

Array numbers(const Shape& shape) {
  return sin(astype(reshape(arange(shape.elements()), shape), DType::float32) * 0.37);
}

std::shared_ptr<const flat::Compiled> compiled(const flat::Function& f, const Arrays& inputs,
                                               std::vector<std::string> left_out) {
  std::vector<ShapeDtype> types;
  for (const Array& x : inputs) types.push_back(x.type());
  return flat::compile(flat::record(f, types).program, {}, {.without = std::move(left_out)});
}

// Bytes that the compiled function saves by making values again, after a check that its results are the same
// to the last bit.
double saved(const flat::Function& f, const Arrays& inputs) {
  const auto with = compiled(f, inputs, {}), without = compiled(f, inputs, {"rematerialize"});
  Arrays a = inputs, b = inputs;
  const Arrays got = with->run(a), wanted = without->run(b);
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(array_equal(got[i], wanted[i]));
  return without->cost().bytes - with->cost().bytes;
}

constexpr double megabyte = 4.0 * 256 * 1024 - 64;  // but for some numbers

}  // namespace

TEST_CASE("what a few steps give is made again for a later loop") {
  const Array x = numbers({256, 1024});
  // The deviations, for their squares and again for what is scaled by the sum.
  CHECK(saved(
            [](const Arrays& a) {
              const Array deviations = a[0] - 0.25;
              return Arrays{deviations * sum(square(deviations))};
            },
            {x}) >= megabyte);
}

TEST_CASE("two values of one root are made again from it") {
  const Array x = numbers({256, 1024});
  CHECK(saved(
            [](const Arrays& a) {
              const Array root = tanh(a[0]), one = root + 1.0, other = root * 2.0;
              const Array total = sum(one * other);
              return Arrays{one * total, other - total};
            },
            {x}) >= 2 * megabyte);
}

TEST_CASE("a mask is made again from what is there anyway") {
  const Array x = numbers({256, 1024});
  CHECK(saved(
            [](const Arrays& a) {
              const Array mask = greater(a[0], 0.0), total = sum(where(mask, a[0], 0.0));
              return Arrays{where(mask, total, a[0])};
            },
            {x}) > 0.0);
}

TEST_CASE("what is dear, small or leaves the program is kept") {
  const Array x = numbers({256, 1024});
  const auto dear = [](const Arrays& a) {
    const Array y = exp(a[0]);
    return Arrays{y * sum(y)};
  };
  CHECK(saved(dear, {x}) == 0.0);
  const auto leaving = [](const Arrays& a) {
    const Array y = a[0] - 0.25;
    return Arrays{y, y * sum(square(y))};
  };
  CHECK(saved(leaving, {x}) == 0.0);
  const auto small = [](const Arrays& a) {
    const Array y = a[0] - 0.25;
    return Arrays{y * sum(square(y))};
  };
  CHECK(saved(small, {numbers({16, 16})}) == 0.0);
}
