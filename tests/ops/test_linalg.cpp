#include <cmath>
#include <limits>

#include "agree.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/sorting.hpp"

using namespace copse;
using agree::numbers;
using agree::require_same;
using agree::require_transforms;
using agree::require_values;
using Catch::Matchers::Contains;

namespace {

constexpr double rounding = 1e-9;
constexpr double infinity = std::numeric_limits<double>::infinity();

Array turned(const Array& x) { return swapaxes(x, -1, -2); }
Array square(std::int64_t n) { return sin(numbers({n, n})) + eye(n, std::nullopt, 0, DType::float64) * 2.0; }
Array positive(std::int64_t n) { return matmul(square(n), turned(square(n))); }
Array batch_of_squares() { return stack({square(3), turned(square(3)) * 2.0}); }
Array doubles(std::initializer_list<std::initializer_list<double>> rows) {
  return astype(array(rows), DType::float64);
}

}  // namespace

TEST_CASE("solve and inv undo the product") {
  const Array a = batch_of_squares(), b = numbers({2, 3, 4});
  require_same(matmul(a, linalg::solve(a, b)), b, rounding);
  require_same(matmul(linalg::inv(a), a), broadcast_to(eye(3, std::nullopt, 0, DType::float64), {2, 3, 3}),
               rounding);
  const Array v = numbers({3});
  require_same(matmul(square(3), linalg::solve(square(3), v)), v, rounding);
  CHECK(linalg::solve(a, v).shape() == Shape{2, 3});
  CHECK(linalg::solve(square(3), b).shape() == Shape{2, 3, 4});
  CHECK(linalg::solve(array({{2, 0}, {0, 4}}), array({1, 1})).dtype() == DType::float32);
  require_values(linalg::solve(array({{2, 0}, {0, 4}}), array({1, 1})), {2}, {0.5, 0.25});
  CHECK(linalg::inv(ones({0, 0})).shape() == Shape{0, 0});
  CHECK_THROWS_WITH(linalg::solve(ones({2, 3}), ones({2})), Contains("linalg.solve") && Contains("square"));
  CHECK_THROWS_WITH(linalg::solve(ones({2, 2}), ones({3})), Contains("(2, 2)") && Contains("(3,)"));
  CHECK_THROWS_AS(linalg::inv(ones({3})), ShapeError);
}

TEST_CASE("triangular_solve looks at one triangle only") {
  const Array a = square(4), b = numbers({4, 2});
  for (const bool lower : {false, true})
    for (const bool transpose : {false, true})
      for (const bool unit : {false, true}) {
        const Array one = eye(4, std::nullopt, 0, DType::float64);
        Array triangle = lower ? tril(a) : triu(a);
        if (unit) triangle = triangle * (1.0 - one) + one;
        const linalg::TriangularOptions options{lower, transpose, unit};
        const Array x = linalg::triangular_solve(a, b, options);
        require_same(matmul(transpose ? turned(triangle) : triangle, x), b, rounding);
        require_transforms(
            [options](const agree::Arrays& in) {
              return agree::Arrays{linalg::triangular_solve(in[0], in[1], options)};
            },
            {a, b}, rounding);
      }
}

TEST_CASE("determinants") {
  CHECK(linalg::det(doubles({{1, 2}, {3, 4}})).item<double>() == Approx(-2));
  const Array a = batch_of_squares();
  const linalg::SlogDet s = linalg::slogdet(a);
  require_same(s.sign * exp(s.logabsdet), linalg::det(a), 1e-8);
  const linalg::SlogDet singular = linalg::slogdet(doubles({{1, 2}, {2, 4}}));
  require_values(singular.sign, {}, {0});
  require_values(singular.logabsdet, {}, {-infinity});
  require_values(linalg::det(ones({0, 0})), {}, {1});
  CHECK_THROWS_WITH(linalg::det(ones({2, 3})), Contains("linalg.det"));
  // The gradient is the matrix of cofactors, and needs no inverse.
  const auto det = agree::lifted([](const Array& x) { return linalg::det(x); });
  const std::vector<std::uint8_t> wanted{1};
  const Array one = ones({}, DType::float64);
  const auto r = flat::vjp(det, {doubles({{1, 2}, {2, 4}})}, wanted);
  require_same(r.pullback(std::span(&one, 1))[0], doubles({{4, -2}, {-2, 1}}), rounding);
}

TEST_CASE("cholesky") {
  const Array a = positive(4), l = linalg::cholesky(a);
  require_same(matmul(l, turned(l)), a, rounding);
  require_same(tril(l), l);
  require_same(linalg::cholesky(triu(a) * 2.0 - eye(4, std::nullopt, 0, DType::float64) * a), l, rounding);
  CHECK(std::isnan(linalg::cholesky(-a).item<double>({0, 0})));
}

TEST_CASE("qr") {
  for (const Shape& shape : {Shape{5, 3}, Shape{3, 3}, Shape{3, 5}, Shape{2, 4, 3}}) {
    const Array a = sin(numbers(shape));
    const linalg::Qr f = linalg::qr(a);
    require_same(matmul(f.q, f.r), a, rounding);
    require_same(triu(f.r), f.r);
    const std::int64_t k = std::min(shape[-1], shape[-2]);
    const Array one = eye(k, std::nullopt, 0, DType::float64);
    require_same(matmul(turned(f.q), f.q), broadcast_to(one, matmul(turned(f.q), f.q).shape()), rounding);
  }
}

TEST_CASE("qr in other modes") {
  for (const Shape& shape :
       {Shape{5, 3}, Shape{3, 3}, Shape{3, 5}, Shape{2, 4, 3}, Shape{4, 0}, Shape{0, 4}}) {
    CAPTURE(to_string(shape));
    const Array a = sin(numbers(shape));
    const std::int64_t m = shape[-2];
    const linalg::Qr thin = linalg::qr(a), all = linalg::qr(a, linalg::QrMode::complete),
                     triangle = linalg::qr(a, linalg::QrMode::r);
    CHECK(all.q.shape(-1) == m);
    CHECK(all.r.shape() == shape);
    require_same(matmul(all.q, all.r), a, rounding);
    const Array one = eye(m, std::nullopt, 0, DType::float64);
    require_same(matmul(turned(all.q), all.q), broadcast_to(one, all.q.shape()), rounding);
    require_same(slice_in_dim(all.q, 0, thin.q.shape(-1), 1, -1), thin.q, rounding);
    CHECK_FALSE(triangle.q.has_value());
    require_same(triangle.r, thin.r, rounding);
  }
  // As JAX and NumPy choose the signs.
  const linalg::Qr f = linalg::qr(doubles({{3, 1}, {4, 2}, {0, 2}}), linalg::QrMode::complete);
  require_same(f.r, doubles({{-5, -2.2}, {0, -2.039607805437114}, {0, 0}}), 1e-6);
  require_same(f.q,
               doubles({{-0.6, 0.15689290811054724, 0.7844645405527362},
                        {-0.8, -0.11766968108291043, -0.5883484054145521},
                        {0, -0.9805806756909202, 0.19611613513818404}}),
               1e-6);
  CHECK_THROWS_WITH(linalg::qr(ones({3}), linalg::QrMode::r),
                    Contains("linalg.qr: got an array of shape (3,)"));
}

TEST_CASE("svd with full matrices has derivatives where it is unique") {
  const auto total = [](auto f) {
    return agree::lifted([f](const Array& x) { return sum(f(linalg::svd(x, true))); });
  };
  const std::uint8_t wanted[] = {1};
  const Array one = ones({}, DType::float64), tall = sin(numbers({4, 3})), wide = sin(numbers({3, 4}));
  const auto s_of = total([](const linalg::Svd& f) { return square(f.s); });
  for (const Array& x : {tall, wide})
    require_same(flat::vjp(s_of, {x}, wanted).pullback(std::span(&one, 1))[0], 2.0 * x, rounding);
  const auto u_of = total([](const linalg::Svd& f) { return f.u; });
  const std::string why =
      "linalg.svd: with full_matrices u and vh have no derivative for matrices of 4 by 3, as some of their "
      "columns "
      "and rows are any that are orthonormal; use full_matrices = false";
  CHECK_THROWS_WITH(flat::vjp(u_of, {tall}, wanted).pullback(std::span(&one, 1)), why);
  CHECK_THROWS_WITH(flat::jvp(s_of, {tall}, std::span(&tall, 1)), why);
  require_transforms(
      [](const agree::Arrays& in) {
        const linalg::Svd f = linalg::svd(in[0], true);
        return agree::Arrays{f.u * 0.5, f.s, f.vh};
      },
      {sin(numbers({3, 3}))}, rounding);
}

TEST_CASE("svd") {
  for (const Shape& shape : {Shape{5, 3}, Shape{3, 3}, Shape{3, 5}, Shape{2, 4, 3}}) {
    const Array a = sin(numbers(shape));
    const linalg::Svd f = linalg::svd(a);
    require_same(matmul(f.u * expand_dims(f.s, -2), f.vh), a, rounding);
    require_same(-sort(-f.s), f.s);
    const linalg::Svd full = linalg::svd(a, true);
    CHECK(full.u.shape(-1) == shape[-2]);
    CHECK(full.vh.shape(-2) == shape[-1]);
    require_same(full.s, f.s, rounding);
  }
  CHECK(linalg::svd(ones({3, 0})).s.shape() == Shape{0});
}

TEST_CASE("eigh") {
  const Array a = positive(4);
  const linalg::Eigh e = linalg::eigh(a);
  require_same(matmul(e.eigenvectors * expand_dims(e.eigenvalues, -2), turned(e.eigenvectors)), a, 1e-8);
  require_same(sort(e.eigenvalues), e.eigenvalues);
  require_values(linalg::eigh(doubles({{2, 0}, {0, 1}})).eigenvalues, {2}, {1, 2});
}

TEST_CASE("linear algebra is differentiated and mapped") {
  const auto one = [](auto f) { return agree::lifted(f); };
  const auto solve = [](const agree::Arrays& in) { return agree::Arrays{linalg::solve(in[0], in[1])}; };
  require_transforms(solve, {square(3), numbers({3, 2})}, rounding);
  require_transforms(solve, {batch_of_squares(), numbers({3})}, rounding);
  require_transforms(one([](const Array& x) { return linalg::inv(x); }), {square(3)}, rounding);
  require_transforms(one([](const Array& x) { return linalg::det(x); }), {batch_of_squares()}, 1e-6);
  require_transforms(one([](const Array& x) { return linalg::slogdet(x).logabsdet; }), {square(3)}, rounding);
  require_transforms(one([](const Array& x) { return linalg::cholesky(x); }), {positive(3)}, rounding);
  for (const Shape& shape : {Shape{4, 3}, Shape{3, 3}, Shape{3, 4}}) {
    const Array a = sin(numbers(shape));
    require_transforms(
        [](const agree::Arrays& in) {
          const linalg::Qr f = linalg::qr(in[0]);
          return agree::Arrays{f.q, f.r};
        },
        {a}, rounding);
    require_transforms(
        [](const agree::Arrays& in) {
          const linalg::Qr f = linalg::qr(in[0], linalg::QrMode::complete);
          return agree::Arrays{f.q, f.r};
        },
        {a}, rounding);
    require_transforms(agree::lifted([](const Array& x) { return linalg::qr(x, linalg::QrMode::r).r; }), {a},
                       rounding);
    require_transforms(
        [](const agree::Arrays& in) {
          const linalg::Svd f = linalg::svd(in[0]);
          return agree::Arrays{f.u * 0.5, f.s, f.vh};
        },
        {a}, rounding);
  }
  require_transforms(
      [](const agree::Arrays& in) {
        const linalg::Eigh e = linalg::eigh(in[0]);
        return agree::Arrays{e.eigenvalues, e.eigenvectors};
      },
      {square(3)}, rounding);
}

TEST_CASE("the gradient of det is differentiated") {
  const auto gradient = [](const agree::Arrays& in) {
    const std::vector<std::uint8_t> wanted{1};
    const Array ct = ones({}, DType::float64);
    return flat::vjp(agree::lifted([](const Array& x) { return linalg::det(x); }), in, wanted)
        .pullback(std::span(&ct, 1));
  };
  agree::require_gradients(gradient, {square(3)});
}

TEST_CASE("norms") {
  const Array v = array({3.0f, -4.0f, 0.0f}), m = doubles({{1, -2}, {3, 4}});
  CHECK(linalg::norm(v).item<float>() == 5);
  CHECK(linalg::norm(v, 1).item<float>() == 7);
  CHECK(linalg::norm(v, infinity).item<float>() == 4);
  CHECK(linalg::norm(v, -infinity).item<float>() == 0);
  CHECK(linalg::norm(v, 0).item<float>() == 2);
  CHECK(linalg::norm(v, 3).item<float>() == Approx(std::cbrt(91.0)));
  CHECK(linalg::norm(m).item<double>() == Approx(std::sqrt(30.0)));
  CHECK(linalg::norm(m, "fro").item<double>() == Approx(std::sqrt(30.0)));
  CHECK(linalg::norm(m, 1).item<double>() == 6);
  CHECK(linalg::norm(m, -1).item<double>() == 4);
  CHECK(linalg::norm(m, infinity).item<double>() == 7);
  CHECK(linalg::norm(m, -infinity).item<double>() == 3);
  const Array s = linalg::svd(m).s;
  CHECK(linalg::norm(m, 2).item<double>() == Approx(s.item<double>({0})));
  CHECK(linalg::norm(m, -2).item<double>() == Approx(s.item<double>({1})));
  CHECK(linalg::norm(m, "nuc").item<double>() == Approx(sum(s).item<double>()));
  CHECK(linalg::norm(array({3, 4})).item<float>() == 5);
  CHECK(linalg::norm(ones({2, 3, 4}), {}, {1}).shape() == Shape{2, 4});
  CHECK(linalg::norm(ones({2, 3, 4}), {}, {1}, true).shape() == Shape{2, 1, 4});
  CHECK(linalg::norm(ones({2, 3, 4}), 1, {0, 2}).shape() == Shape{3});
  CHECK(linalg::norm(ones({2, 3, 4}), "nuc", {2, 0}, true).shape() == Shape{1, 3, 1});
  CHECK(linalg::norm(ones({2, 3, 4}), {}, {}, true).shape() == Shape{1, 1, 1});
  CHECK_THROWS_AS(linalg::norm(v, "fro"), ValueError);
  CHECK_THROWS_AS(linalg::norm(m, "max"), ValueError);
  CHECK_THROWS_AS(linalg::norm(m, 3), ValueError);
  CHECK_THROWS_AS(linalg::norm(ones({2, 2, 2}), 1), ShapeError);
}
