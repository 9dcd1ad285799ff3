#include "agree.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/linalg.hpp"

using namespace copse;
using agree::numbers;
using agree::require_same;
using agree::require_transforms;
using agree::require_values;
using Catch::Matchers::Contains;

namespace {

constexpr double rounding = 1e-12;

// (batch, m, k) times (batch, k, n), with nothing but indices and doubles.
Array slow_product(const Array& a, const Array& b) {
  const std::int64_t batch = a.shape(0), m = a.shape(1), k = a.shape(2), n = b.shape(2);
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  std::vector<double> out(static_cast<std::size_t>(batch * m * n));
  for (std::int64_t q = 0; q < batch; ++q)
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t p = 0; p < k; ++p)
          out[static_cast<std::size_t>((q * m + i) * n + j)] +=
              x[static_cast<std::size_t>((q * m + i) * k + p)] *
              y[static_cast<std::size_t>((q * k + p) * n + j)];
  return reshape(array(out), {batch, m, n});
}

agree::Arrays product_of(const agree::Arrays& in) { return {matmul(in[0], in[1])}; }

}  // namespace

TEST_CASE("matmul takes any extents, on both sides of every block") {
  for (const std::int64_t m : {1, 2, 5, 14, 15, 33, 300})
    for (const std::int64_t n : {1, 3, 16, 17, 33, 100, 129})
      for (const std::int64_t k : {1, 2, 7, 16, 40, 200, 401}) {
        if (m * n * k > 2'000'000) continue;
        INFO(m << " x " << k << " times " << k << " x " << n);
        const Array a = sin(numbers({1, m, k})), b = cos(numbers({1, k, n}));
        const Array wanted = slow_product(a, b);
        require_same(matmul(a, b), wanted, 1e-10);
        // The same numbers through transposed views of transposed memory.
        const Array at = swapaxes(a, -1, -2), bt = swapaxes(b, -1, -2);
        require_same(swapaxes(matmul(bt, at), -1, -2), wanted, 1e-10);
        const Array single = matmul(astype(a, DType::float32), astype(b, DType::float32));
        require_same(astype(single, DType::float64), wanted, 1e-4 * static_cast<double>(k));
      }
}

TEST_CASE("matmul follows NumPy's rules of dimensions") {
  const Array v = array({1.0f, 2.0f}), m = array({{1.0f, 2.0f}, {3.0f, 4.0f}});
  require_values(matmul(v, v), {}, {5});
  require_values(matmul(m, v), {2}, {5, 11});
  require_values(matmul(v, m), {2}, {7, 10});
  require_values(matmul(m, m), {2, 2}, {7, 10, 15, 22});
  CHECK(matmul(ones({2, 1, 4, 3}), ones({5, 3, 6})).shape() == Shape{2, 5, 4, 6});
  CHECK(matmul(ones({3}), ones({5, 3, 6})).shape() == Shape{5, 6});
  CHECK(matmul(ones({5, 4, 3}), ones({3})).shape() == Shape{5, 4});
  require_same(matmul(ones({4, 3}), ones({2, 3, 5})), full({2, 4, 5}, 3.0));
}

TEST_CASE("matmul of nothing is zero, and of no rows is empty") {
  require_values(matmul(ones({2, 0}), ones({0, 3})), {2, 3}, {0, 0, 0, 0, 0, 0});
  CHECK(matmul(ones({0, 2}), ones({2, 3})).shape() == Shape{0, 3});
  CHECK(matmul(ones({2, 3}), ones({3, 0})).shape() == Shape{2, 0});
  CHECK(matmul(ones({0, 4, 2}), ones({0, 2, 3})).shape() == Shape{0, 4, 3});
  require_values(matmul(ones({0}), ones({0})), {}, {0});
}

TEST_CASE("matmul keeps and promotes dtypes") {
  const Array m = array({{1, 2}, {3, 4}});
  for (const DType d :
       {DType::uint8, DType::uint32, DType::int32, DType::int64, DType::bfloat16, DType::float64}) {
    const Array x = astype(m, d);
    CHECK(matmul(x, x).dtype() == d);
    require_values(matmul(x, x), {2, 2}, {7, 10, 15, 22});
  }
  CHECK(matmul(m, ones({2, 2})).dtype() == DType::float32);
  require_values(matmul(astype(array({{200, 100}}), DType::uint8), astype(array({{1}, {1}}), DType::uint8)),
                 {1, 1}, {44});
  const Array truth = array({{true, false}, {false, false}});
  CHECK(matmul(truth, truth).dtype() == DType::bool_);
  require_values(matmul(truth, truth), {2, 2}, {1, 0, 0, 0});
  // bfloat16 adds up in float32: 1 would be lost next to 256 otherwise.
  const Array many = astype(ones({1, 1000}), DType::bfloat16);
  require_values(matmul(many, swapaxes(many, 0, 1)), {1, 1}, {1000});
}

TEST_CASE("matmul says what does not fit") {
  CHECK_THROWS_WITH(matmul(ones({2, 3}), ones({4, 5})),
                    Contains("(2, 3)") && Contains("(4, 5)") && Contains("matmul"));
  CHECK_THROWS_AS(matmul(ones({2, 3}), Array(1.0)), ShapeError);
  CHECK_THROWS_AS(matmul(ones({2, 4, 3}), ones({3, 3, 4})), ShapeError);
}

TEST_CASE("matmul is differentiated and mapped") {
  require_transforms(product_of, {numbers({3, 4}), numbers({4, 2})}, rounding);
  require_transforms(product_of, {numbers({4}), numbers({4, 2})}, rounding);
  require_transforms(product_of, {numbers({3, 4}), numbers({4})}, rounding);
  require_transforms(product_of, {numbers({4}), numbers({4})}, rounding);
  require_transforms(product_of, {numbers({2, 3, 4}), numbers({4, 2})}, rounding);
  require_transforms(product_of, {numbers({3, 4}), numbers({2, 4, 5})}, rounding);
  require_transforms(product_of, {numbers({2, 3, 4}), numbers({2, 4, 2})}, rounding);
  require_transforms(product_of, {numbers({2, 1, 3, 4}), numbers({5, 4, 2})}, rounding);
  // Second derivatives go through transposed products.
  const auto gradient = [](const agree::Arrays& in) {
    const std::vector<std::uint8_t> all{1, 1};
    const Array ct = ones({2, 3, 2}, DType::float64);
    return flat::vjp([](const agree::Arrays& x) { return agree::Arrays{sin(matmul(x[0], x[1]))}; }, in, all)
        .pullback(std::span(&ct, 1));
  };
  require_transforms(gradient, {numbers({2, 3, 4}), numbers({4, 2})}, rounding);
}

TEST_CASE("matmul does not depend on the number of threads") {
  const int before = num_threads();
  const Array a = astype(numbers({130, 257}), DType::float32),
              b = astype(numbers({257, 190}), DType::float32);
  const Array x = reshape(a, {10, 13, 257}), y = broadcast_to(b, {10, 257, 190});
  set_num_threads(1);
  const Array one = matmul(a, b), many = matmul(x, y), column = matmul(a, ones({257}));
  set_num_threads(3);
  require_same(matmul(a, b), one);
  require_same(matmul(x, y), many);
  require_same(matmul(a, ones({257})), column);
  set_num_threads(before);
}

TEST_CASE("dot, vdot, inner and outer") {
  const Array a = numbers({2, 3}), b = numbers({4, 3, 2});
  require_same(dot(a, b), tensordot(a, b, {1}, {1}), rounding);
  CHECK(dot(a, b).shape() == Shape{2, 4, 2});
  require_values(dot(Array(2.0), array({1.0f, 2.0f})), {2}, {2, 4});
  require_values(vdot(array({{1, 2}, {3, 4}}), array({1, 2, 3, 4})), {}, {30});
  require_values(inner(array({1, 2}), array({{1, 2}, {3, 4}})), {2}, {5, 11});
  require_values(outer(array({1, 2}), array({{3}, {4}})), {2, 2}, {3, 4, 6, 8});
  CHECK_THROWS_AS(vdot(ones({2}), ones({3})), ShapeError);
  CHECK_THROWS_WITH(dot(ones({2, 3}), ones({2, 3})), Contains("dot") && Contains("(2, 3)"));
  require_transforms([](const agree::Arrays& in) { return agree::Arrays{dot(in[0], in[1])}; }, {a, b},
                     rounding);
}

TEST_CASE("tensordot sums over the axes given") {
  const Array a = numbers({2, 3, 4}), b = numbers({4, 2, 5});
  const Array both = tensordot(a, b, {0, -1}, {1, 0});
  CHECK(both.shape() == Shape{3, 5});
  require_same(both, einsum("iaj,jib->ab", a, b), rounding);
  CHECK(tensordot(a, b, 1).shape() == Shape{2, 3, 2, 5});
  CHECK(tensordot(a, b, 0).shape() == Shape{2, 3, 4, 4, 2, 5});
  CHECK_THROWS_WITH(tensordot(a, b, 2), Contains("tensordot"));
  CHECK_THROWS_AS(tensordot(a, b, 4), ShapeError);
  CHECK_THROWS_AS(tensordot(a, b, {0}, {1, 2}), ShapeError);
  CHECK_THROWS_WITH(tensordot(a, a, {0, 0}, {0, 0}), Contains("twice"));
}

TEST_CASE("einsum contracts, moves, sums and takes diagonals") {
  const Array a = numbers({2, 3}), b = numbers({3, 4}), square = numbers({3, 3}), t = numbers({2, 3, 4});
  require_same(einsum("ij,jk->ik", a, b), matmul(a, b), rounding);
  require_same(einsum("ij,jk", a, b), matmul(a, b), rounding);
  require_same(einsum("ba", a), transpose(a));
  require_same(einsum("ij->", a), sum(a), rounding);
  require_same(einsum("ii->i", square), diagonal(square));
  require_same(einsum("ii", square), sum(diagonal(square)), rounding);
  require_same(einsum("i,j->ji", array({1, 2}), array({3, 4})), array({{3, 6}, {4, 8}}));
  require_same(einsum(" i j , j k -> k i ", a, b), transpose(matmul(a, b)), rounding);
  require_same(einsum("ij,jk,kl->il", a, b, transpose(b)), matmul(matmul(a, b), transpose(b)), rounding);
  require_same(einsum("...ij->...ji", t), swapaxes(t, -1, -2));
  require_same(einsum("...ij,jk", t, transpose(b)), matmul(t, transpose(b)), rounding);
  require_same(einsum("...,...->...", numbers({2, 1, 3}), numbers({4, 1})),
               numbers({2, 1, 3}) * numbers({4, 1}));
  require_same(einsum("abc,abc->ab", t, t), sum(t * t, 2), rounding);
  require_values(einsum("a,a,a->", array({1, 2}), array({3, 4}), array({5, 6})), {}, {63});
  CHECK(einsum("ij,jk->ik", zeros({2, 0}), zeros({0, 3})).shape() == Shape{2, 3});
}

TEST_CASE("einsum says what is wrong") {
  const Array a = ones({2, 3});
  CHECK_THROWS_WITH(einsum("ij,jk->ik", a), Contains("2 operands"));
  CHECK_THROWS_WITH(einsum("ij,jk->ik", a, a), Contains("'j'") && Contains("3") && Contains("2"));
  CHECK_THROWS_WITH(einsum("ijk->i", a), Contains("(2, 3)"));
  CHECK_THROWS_WITH(einsum("ij->ik", a), Contains("'k'"));
  CHECK_THROWS_WITH(einsum("ij->ii", a), Contains("twice"));
  CHECK_THROWS_WITH(einsum("i1", a), Contains("'1'"));
  CHECK_THROWS_AS(einsum("..i", a), ValueError);
  CHECK_THROWS_AS(einsum("...i->i", a), ValueError);
}

TEST_CASE("einsum is differentiated and mapped") {
  const auto of = [](std::string subscripts) {
    return [subscripts](const agree::Arrays& in) { return agree::Arrays{einsum(subscripts, in)}; };
  };
  require_transforms(of("bhqd,bhkd->bhqk"), {numbers({2, 2, 3, 4}), numbers({2, 2, 5, 4})}, rounding);
  require_transforms(of("ij,ij->i"), {numbers({3, 2}), numbers({3, 2})}, rounding);
  require_transforms(of("ii,i->"), {numbers({3, 3}), numbers({3})}, rounding);
  require_transforms(of("ij,jk,kl->il"), {numbers({2, 3}), numbers({3, 2}), numbers({2, 4})}, rounding);
}
