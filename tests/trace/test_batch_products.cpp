// Sums of products over few rows, arrays put together from parts, and slices that are read where they lie.
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"

using namespace copse;
using Arrays = std::vector<Array>;

namespace {

Array numbers(const Shape& shape, double step) {
  return sin(astype(reshape(arange(shape.elements()), shape), DType::float32) * step);
}

std::shared_ptr<const flat::Compiled> compiled(const flat::Function& f, const Arrays& inputs) {
  std::vector<ShapeDtype> types;
  for (const Array& x : inputs) types.push_back(x.type());
  return flat::compile(flat::record(f, types).program);
}

std::size_t count(const flat::Compiled& program, std::string_view name) {
  std::size_t n = 0;
  for (const ir::Instruction& i : program.program().instructions) n += i.primitive->name() == name;
  return n;
}

void check(const flat::Compiled& program, const flat::Function& f, const Arrays& inputs) {
  Arrays given = inputs;
  const Arrays got = program.run(given), wanted = f(inputs);
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(allclose(got[i], wanted[i], 1e-5, 1e-5).item<bool>());
}

}  // namespace

TEST_CASE("a sum of products over few rows is one product") {
  const auto f = [](const Arrays& a) {
    Array total = a[2];
    for (int t = 0; t < 5; ++t)
      total = total + matmul(transpose(tanh(a[0] + static_cast<double>(t))), exp(a[1] * (0.1 * t)));
    return Arrays{total};
  };
  const Arrays inputs{numbers({8, 32}, 0.31), numbers({8, 48}, 0.17), numbers({32, 48}, 0.77)};
  const auto program = compiled(f, inputs);
  CHECK(count(*program, "matmul") == 1);
  check(*program, f, inputs);
}

TEST_CASE("two products, products over many rows and products that are needed by themselves stay apart") {
  const Arrays few{numbers({8, 32}, 0.31), numbers({8, 48}, 0.17)};
  const auto two = [](const Arrays& a) {
    return Arrays{matmul(transpose(a[0]), a[1]) + matmul(transpose(cos(a[0])), sin(a[1]))};
  };
  CHECK(count(*compiled(two, few), "matmul") == 2);
  const auto three = [](const Arrays& a) {
    const Array x = matmul(transpose(a[0]), a[1]), y = matmul(transpose(cos(a[0])), sin(a[1])),
                z = matmul(transpose(sin(a[0])), cos(a[1]));
    return Arrays{x + y + z};
  };
  CHECK(count(*compiled(three, few), "matmul") == 1);
  CHECK(count(*compiled(three, {numbers({256, 32}, 0.31), numbers({256, 48}, 0.17)}), "matmul") == 3);
  const auto needed = [](const Arrays& a) {
    const Array x = matmul(transpose(a[0]), a[1]), y = matmul(transpose(cos(a[0])), sin(a[1])),
                z = matmul(transpose(sin(a[0])), cos(a[1]));
    return Arrays{x + y + z, exp(y)};
  };
  const auto program = compiled(needed, few);
  CHECK(count(*program, "matmul") == 3);
  check(*program, needed, few);
}

TEST_CASE("parts are made where the whole lies") {
  // Each half goes through a loop of its own, is read by another one, and is a part of the whole.
  const auto f = [](const Arrays& a) {
    const Array x = tanh(a[0]), y = exp(a[1]);
    const std::int64_t rows = a[0].shape(0);
    const Array whole = pad(x, {{0, rows}, {0, 0}}) + pad(y, {{rows, 0}, {0, 0}});
    return Arrays{matmul(whole, a[2]), sum(x, 0), sum(y, 0)};
  };
  const Arrays inputs{numbers({128, 64}, 0.31), numbers({128, 64}, 0.17), numbers({64, 8}, 0.77)};
  const auto program = compiled(f, inputs);
  CHECK(count(*program, "concatenation") == 1);
  CHECK(program->cost().peak_bytes < 256 * 64 * 4 + 20000);  // the whole, and next to nothing beside it
  check(*program, f, inputs);
}

TEST_CASE("slices in one piece are no copies, unless they leave the program") {
  const Arrays inputs{numbers({64, 256}, 0.31), numbers({256, 8}, 0.17)};
  const auto part = [](const Array& x, std::int64_t from, std::int64_t to) {
    const std::int64_t start[] = {from, 0}, limit[] = {to, x.shape(1)};
    return slice(x, start, limit);
  };
  const auto f = [&](const Arrays& a) {
    Array total = matmul(part(a[0], 0, 8), a[1]);
    for (std::int64_t t = 1; t < 8; ++t) total = total + matmul(part(a[0], 8 * t, 8 * t + 8), a[1]);
    return Arrays{total};
  };
  const auto program = compiled(f, inputs);
  CHECK(program->cost().peak_bytes < 8 * 256 * 4);
  check(*program, f, inputs);
  const auto leaving = [&](const Arrays& a) {
    const Array x = part(a[0], 8, 16);
    return Arrays{x, matmul(x, a[1]), reshape(part(a[0], 16, 24), {4, 512})};
  };
  check(*compiled(leaving, inputs), leaving, inputs);
}
