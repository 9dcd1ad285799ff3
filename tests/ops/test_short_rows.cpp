// Moving rows of every small length, of every size of element, against moving one element after the other.
#include "agree.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/sorting.hpp"

using namespace copse;
using agree::require_same;

namespace {

using Values = std::vector<double>;

struct Rows {
  std::int64_t rows, width;
  Values at;
  double operator()(std::int64_t r, std::int64_t c) const {
    return at[static_cast<std::size_t>(r * width + c)];
  }
};

Rows rows_of(const Array& x) { return {x.size() / x.shape(-1), x.shape(-1), x.to_vector<double>()}; }

// An array whose element (r, c) is f(r, c).
template <class F>
void require_rows(const Array& got, std::int64_t rows, std::int64_t width, F f) {
  const Rows r = rows_of(got);
  REQUIRE(r.rows == rows);
  REQUIRE(r.width == width);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t c = 0; c < width; ++c)
      if (r(i, c) != f(i, c)) {
        INFO("row " << i << ", column " << c);
        REQUIRE(r(i, c) == f(i, c));
      }
}

}  // namespace

TEST_CASE("short rows are moved whole") {
  const DType dtype = GENERATE(DType::uint8, DType::bfloat16, DType::float32, DType::float64);
  for (std::int64_t width = 1; width <= 40; width += width < 20 ? 1 : 7) {
    CAPTURE(width, name_of(dtype));
    const std::int64_t n = 53;
    const Array x = astype(reshape(mod(arange(n * width) * 7, 113), {n, width}), dtype);
    const Rows r = rows_of(x);
    require_rows(repeat(x, 3, -1), n, 3 * width, [&](auto i, auto c) { return r(i, c / 3); });
    require_rows(pad(x, {{0, 0}, {2, 1}}, 5), n, width + 3,
                 [&](auto i, auto c) { return c < 2 || c >= width + 2 ? 5 : r(i, c - 2); });
    require_rows(pad(x, {{1, 0}, {0, 1}}, 5), n + 1, width + 1,
                 [&](auto i, auto c) { return i == 0 || c >= width ? 5 : r(i - 1, c); });
    require_rows(flip(x, -1), n, width, [&](auto i, auto c) { return r(i, width - 1 - c); });
    require_rows(roll(x, 2, -1), n, width, [&](auto i, auto c) { return r(i, (c + 2 * width - 2) % width); });
    require_rows(concatenate({x, slice_in_dim(x, 0, 1, 1, 1), x}, -1), n, 2 * width + 1, [&](auto i, auto c) {
      return c < width ? r(i, c) : c == width ? r(i, 0) : r(i, c - width - 1);
    });
    require_rows(slice_in_dim(x, width / 2, width, 1, 1), n, width - width / 2,
                 [&](auto i, auto c) { return r(i, c + width / 2); });
    require_rows(reshape(broadcast_to(reshape(x, {n, 1, width}), {n, 4, width}), {4 * n, width}), 4 * n,
                 width, [&](auto i, auto c) { return r(i / 4, c); });
  }
}

TEST_CASE("operands are broadcast along any of their dimensions") {
  const Shape whole{5, 4, 37, 3};
  for (int mask = 0; mask < 16; ++mask)
    for (const bool middle : {false, true}) {
      Shape shape = whole;
      if (middle) shape[2] = 700;  // several tiles
      Shape part = shape;
      for (int d = 0; d < 4; ++d)
        if (mask & (1 << d)) part[d] = 1;
      const Array a = astype(agree::numbers(shape), DType::float32),
                  b = astype(agree::numbers(part), DType::float32);
      CAPTURE(mask, middle);
      require_same(a - b, a - astype(broadcast_to(b, shape) + 0.0, DType::float32));
      require_same(b * a, astype(broadcast_to(b, shape) + 0.0, DType::float32) * a);
    }
}

TEST_CASE("the largest of many are those that sorting finds") {
  for (const std::int64_t n : {100, 1000, 5000})
    for (const std::int64_t k : {17, 24, 100})
      for (const std::int64_t values : {3, 50, 100000}) {  // many equal ones, and few
        const Array x = astype(reshape(mod(arange(2 * n) * 7919 + 13, values), {2, n}), DType::float32);
        const auto [largest, at] = top_k(x, k);
        const Array order = slice_in_dim(argsort(x, -1, true), 0, k, 1, -1);
        CAPTURE(n, k, values);
        require_same(at, order);
        require_same(largest, take_along_axis(x, order, -1));
      }
}

TEST_CASE("positions that are not zero come in order, whatever the rank") {
  const Array x = reshape(mod(arange(2 * 3 * 5 * 7), 3), {2, 3, 5, 7});
  const std::vector<Array> found = nonzero(x);
  REQUIRE(found.size() == 4);
  const auto values = x.to_vector<double>();
  std::size_t at = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    std::size_t rest = i;
    for (const auto& [d, extent] : {std::pair<std::size_t, std::size_t>{3, 7}, {2, 5}, {1, 3}, {0, 2}}) {
      REQUIRE(found[d].to_vector<std::size_t>()[at] == rest % extent);
      rest /= extent;
    }
    ++at;
  }
  CHECK(static_cast<std::int64_t>(at) == found[0].size());
  CHECK(nonzero(zeros({3, 0}))[1].size() == 0);
  CHECK(nonzero(zeros({4, 2}))[0].size() == 0);
}

TEST_CASE("values are searched for in rows of every length") {
  for (const std::int64_t n : {0, 1, 2, 7, 64, 1000})
    for (const std::int64_t count : {1, 7, 8, 9, 100}) {
      const Array sorted = floor(arange(n) / 3.0),
                  x = mod(arange(count) * 7, std::max<std::int64_t>(1, n)) / 2.0;
      const auto all = sorted.to_vector<double>(), wanted = x.to_vector<double>();
      for (const bool right : {false, true}) {
        const auto got = searchsorted(sorted, x, right).to_vector<std::int64_t>();
        for (std::size_t i = 0; i < got.size(); ++i) {
          const auto at = right ? std::upper_bound(all.begin(), all.end(), wanted[i])
                                : std::lower_bound(all.begin(), all.end(), wanted[i]);
          CAPTURE(n, count, right, i);
          REQUIRE(got[i] == at - all.begin());
        }
      }
    }
}

TEST_CASE("small systems are solved to rounding") {
  for (std::int64_t n = 1; n <= 15; ++n)
    for (const DType dtype : {DType::float32, DType::float64}) {
      CAPTURE(n, name_of(dtype));
      const double close = dtype == DType::float32 ? 2e-4 : 1e-12;
      // No pivot is where it belongs.
      const Array a = flip(astype(agree::numbers({3, n, n}) + 3.0 * eye(n), dtype), 1),
                  b = astype(agree::numbers({3, n, 2}), dtype);
      require_same(matmul(a, linalg::solve(a, b)), b, close * 10);
      require_same(matmul(a, linalg::inv(a)), broadcast_to(eye(n, std::nullopt, 0, dtype), a.shape()),
                   close * 10);
      const auto [sign, log] = linalg::slogdet(a);
      const Array det = linalg::det(a), of_logs = sign * exp(log);
      CHECK(max(abs(det / of_logs - 1.0)).item<double>() < close);
      CHECK(linalg::det(zeros({n, n}, dtype)).item<double>() == 0);
    }
}
