// Bare numbers that an integer dtype cannot hold: every operation that takes one refuses it, eager and in
// transforms.
#include <functional>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/math.hpp"
#include "copse/ops/positions.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/sets.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/random.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Matchers::Contains;

namespace {

// An operation on an array and a number.
struct Call {
  const char* name;
  std::function<Array(const Array&, const Array&)> f;
};

const std::vector<Call>& calls() {
  using A = const Array&;
  static const Axes first = 0;
  static const std::vector<Call> all = {
      {"add", [](A x, A n) { return x + n; }},
      {"add, the number first", [](A x, A n) { return n + x; }},
      {"subtract", [](A x, A n) { return x - n; }},
      {"multiply", [](A x, A n) { return x * n; }},
      {"mod", [](A x, A n) { return x % n; }},
      {"floor_divide", [](A x, A n) { return floor_divide(x, n); }},
      {"power", [](A x, A n) { return power(x, n); }},
      {"power, the number first", [](A x, A n) { return power(n, x); }},
      {"maximum", [](A x, A n) { return maximum(x, n); }},
      {"minimum", [](A x, A n) { return minimum(n, x); }},
      {"less", [](A x, A n) { return x < n; }},
      {"less_equal", [](A x, A n) { return x <= n; }},
      {"greater", [](A x, A n) { return n > x; }},
      {"greater_equal", [](A x, A n) { return x >= n; }},
      {"equal", [](A x, A n) { return x == n; }},
      {"not_equal", [](A x, A n) { return x != n; }},
      {"bitwise_and", [](A x, A n) { return bitwise_and(x, n); }},
      {"bitwise_or", [](A x, A n) { return bitwise_or(x, n); }},
      {"bitwise_xor", [](A x, A n) { return bitwise_xor(x, n); }},
      {"left_shift", [](A x, A n) { return left_shift(x, n); }},
      {"right_shift", [](A x, A n) { return right_shift(x, n); }},
      {"where", [](A x, A n) { return where(full(x.shape(), true), x, n); }},
      {"where, the number first", [](A x, A n) { return where(full(x.shape(), true), n, x); }},
      {"select", [](A x, A n) { return select({full(x.shape(), true)}, {x}, n); }},
      {"clip from below", [](A x, A n) { return clip(x, n, std::nullopt); }},
      {"clip from above", [](A x, A n) { return clip(x, std::nullopt, n); }},
      {"full_like", [](A x, A n) { return full_like(x, n); }},
      {"full", [](A x, A n) { return full({2}, n, x.dtype()); }},
      {"at.set", [](A x, A n) { return at(x, 0).set(n); }},
      {"at.set of places",
       [](A x, A n) {
         return at(x, array({0, 0})).set(n);
       }},
      {"at.add", [](A x, A n) { return at(x, 0).add(n); }},
      {"at.add to places",
       [](A x, A n) {
         return at(x, array({0, 0})).add(n);
       }},
      {"at.subtract", [](A x, A n) { return at(x, 0).subtract(n); }},
      {"at.multiply",
       [](A x, A n) {
         return at(x, Slice{0, 1}).multiply(n);
       }},
      {"at.min", [](A x, A n) { return at(x, 0).min(n); }},
      {"at.max", [](A x, A n) { return at(x, array({0})).max(n); }},
      {"scatter_add", [](A x, A n) { return scatter_add(x, array({0}), n); }},
      {"scatter_set", [](A x, A n) { return scatter_set(x, array({0}), n); }},
      {"put_along_axis", [](A x, A n) { return put_along_axis(x, array({0}), n, 0); }},
      {"dynamic_update_index_in_dim", [](A x, A n) { return dynamic_update_index_in_dim(x, n, 0); }},
      {"pad", [](A x, A n) { return pad(x, 1, n); }},
      {"concatenate",
       [](A x, A n) {
         return hstack({x, n});
       }},
      {"stack",
       [](A x, A n) {
         return stack({x[0], n});
       }},
      {"append", [](A x, A n) { return append(x, n); }},
      {"insert", [](A x, A n) { return insert(x, 0, n); }},
      {"dot", [](A x, A n) { return dot(x, n); }},
      {"inner", [](A x, A n) { return inner(n, x); }},
      {"outer", [](A x, A n) { return outer(x, n); }},
      {"kron", [](A x, A n) { return kron(x, n); }},
      {"einsum", [](A x, A n) { return einsum("i,->i", x, n); }},
      {"reduce::sum", [](A x, A n) { return reduce::sum(x, {.initial = n, .dtype = x.dtype()}); }},
      {"reduce::max", [](A x, A n) { return reduce::max(x, {.axes = first, .initial = n}); }},
      {"searchsorted", [](A x, A n) { return searchsorted(x, n); }},
  };
  return all;
}

struct Beyond {
  DType dtype;
  std::vector<double> numbers;  // all of them exact
};
const std::vector<Beyond> beyond = {{DType::uint8, {256, 300, -1, 3000000000.0}},
                                    {DType::uint32, {4294967296.0, -1, -3000000000.0}},
                                    {DType::int32, {2147483648.0, 3000000000.0, -2147483649.0}}};

Array whole(double number) { return Array(static_cast<std::int64_t>(number)); }

}  // namespace

TEST_CASE("a number that an integer array cannot hold is a ValueError naming both") {
  for (const Beyond& b : beyond) {
    const Array x = astype(array({1, 2}), b.dtype);
    for (const double number : b.numbers) {
      const Array n = whole(number);
      const std::string dtype(name_of(b.dtype)), digits = std::to_string(static_cast<std::int64_t>(number));
      for (const Call& call : calls()) {
        INFO(call.name << " of " << dtype << " and " << digits);
        // An exponent is refused for being negative, whatever the dtype.
        const bool negative_power = std::string_view(call.name) == "power" && number < 0;
        const auto says = [&](const std::function<void()>& f) {
          CHECK_THROWS_AS(f(), ValueError);
          if (!negative_power) CHECK_THROWS_WITH(f(), Contains(dtype) && Contains(digits));
        };
        says([&] { (void)call.f(x, n); });
        says([&] { (void)jit([&](const Array& a) { return call.f(a, n); })(x); });
        says([&] { (void)vmap([&](const Array& a) { return call.f(a, n); })(stack({x, x})); });
        says([&] {
          (void)grad([&](const Array& w) { return sum(w * astype(call.f(x, n), DType::float32)); })(
              Array(1.0f));
        });
      }
    }
  }
}

TEST_CASE("numbers up to both ends of a dtype are as any others") {
  const std::vector<std::pair<DType, std::vector<std::int64_t>>> ends = {
      {DType::uint8, {0, 255}},
      {DType::uint32, {0, 4294967295}},
      {DType::int32, {-2147483648, 2147483647}},
      {DType::int64, {INT64_MIN, INT64_MAX, 3000000000}}};
  for (const auto& [dtype, numbers] : ends) {
    const Array x = zeros({2}, dtype);
    for (const std::int64_t n : numbers) {
      INFO(name_of(dtype) << " " << n);
      CHECK((x + n).dtype() == dtype);
      CHECK((x + n).item<std::int64_t>({0}) == n);
      CHECK(all(equal(x + n, n)).item<bool>());
      CHECK(full_like(x, n).item<std::int64_t>({1}) == n);
      CHECK(at(x, 0).set(n).item<std::int64_t>({0}) == n);
      CHECK(jit([n = n](const Array& a) { return a + n; })(x).item<std::int64_t>({0}) == n);
    }
  }
  // What goes to floating point, and what is converted by name, is as before.
  CHECK((array({1, 2}) / 4000000000).dtype() == DType::float32);
  CHECK((array({1.0f}) + 3000000000).item<float>() == 3e9f);
  CHECK(astype(Array(300), DType::uint8).item<int>() == 44);
  CHECK((array({true, false}) + 3000000000).dtype() == DType::int64);
  CHECK(array_equal(array({1, 2}) < array(std::vector<std::int64_t>{3000000000, 0}), array({true, false})));
}

TEST_CASE("floating-point numbers that become integers must fit, too") {
  const Array x = array({1, 2}), bytes = astype(x, DType::uint8);
  CHECK_THROWS_WITH(full({2}, 3e9, DType::int32), Contains("int32") && Contains("3000000000"));
  CHECK_THROWS_AS(full_like(x, std::numeric_limits<double>::quiet_NaN()), ValueError);
  CHECK_THROWS_AS(full_like(bytes, 256.0), ValueError);
  CHECK_THROWS_AS(at(x, 0).set(-2147483649.0), ValueError);
  CHECK_THROWS_AS(pad(bytes, 1, -1.0), ValueError);
  CHECK_THROWS_AS(full({1}, std::numeric_limits<float>::infinity(), DType::int64), ValueError);
  CHECK(full_like(bytes, 255.9).item<int>({0}) == 255);
  CHECK(full({1}, -0.5, DType::uint8).item<int>() == 0);
  CHECK(full({1}, -9223372036854775808.0, DType::int64).item<std::int64_t>() == INT64_MIN);
}

TEST_CASE("numbers beyond int64 are refused") {
  CHECK_THROWS_WITH(Array(std::uint64_t{1} << 63), Contains("9223372036854775808") && Contains("int64"));
  CHECK_THROWS_AS(array({1, 2}) + UINT64_MAX, ValueError);
  CHECK(Array(std::uint64_t{INT64_MAX}).item<std::int64_t>() == INT64_MAX);
}

TEST_CASE("arange and full take int64 where int32 does not hold their values") {
  const auto check = [](const Array& x, DType dtype, const std::vector<std::int64_t>& values) {
    CHECK(x.dtype() == dtype);
    CHECK(x.to_vector<std::int64_t>() == values);
  };
  check(arange(3000000000LL, 3000000003LL), DType::int64, {3000000000, 3000000001, 3000000002});
  check(arange(2147483646LL, 2147483648LL), DType::int32, {2147483646, 2147483647});
  check(arange(2147483647LL, 2147483649LL), DType::int64, {2147483647, 2147483648});
  check(arange(-2147483648LL, -2147483646LL), DType::int32, {-2147483648, -2147483647});
  check(arange(-2147483650LL, -2147483648LL), DType::int64, {-2147483650, -2147483649});
  check(arange(0, 5000000000LL, 2500000000LL), DType::int64, {0, 2500000000});
  check(arange(1, 0, -3000000000LL), DType::int32, {1});
  check(arange(INT64_MIN, INT64_MAX, INT64_MAX), DType::int64, {INT64_MIN, -1, INT64_MAX - 1});
  check(arange(3000000000LL, 3000000000LL), DType::int32, {});
  check(arange(250, 0, -50, DType::uint8), DType::uint8, {250, 200, 150, 100, 50});
  check(full({2}, 3000000000), DType::int64, {3000000000, 3000000000});
  check(full({1}, 3000000000) + array({1}), DType::int64, {3000000001});
  CHECK(arange(5).dtype() == DType::int32);
  CHECK_THROWS_WITH(arange(300, DType::uint8), Contains("arange: uint8 cannot hold the number 299"));
  CHECK_THROWS_AS(arange(3000000000LL, 3000000003LL, 1, DType::int32), ValueError);
  CHECK_THROWS_AS(arange(-1, 3, 1, DType::uint32), ValueError);
  CHECK_THROWS_AS(arange(0.0, 3e9, 1e9 + 0.5, DType::uint8), ValueError);
  CHECK_THROWS_AS(arange(INT64_MIN, INT64_MAX), ShapeError);
  CHECK_THROWS_AS(arange(INT64_MAX), ShapeError);
  CHECK_THROWS_AS(arange(0.0, std::numeric_limits<double>::infinity(), 1.0), ShapeError);
  CHECK_THROWS_AS(arange(std::numeric_limits<double>::quiet_NaN()), ValueError);
  CHECK_THROWS_AS(random::randint(random::key(0), {2}, 0, 3000000000), ValueError);
}
