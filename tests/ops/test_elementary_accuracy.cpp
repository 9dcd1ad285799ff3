// How far elementary functions are from exact values, over all numbers.
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "catch.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/math.hpp"

using namespace copse;

namespace {

// A function with the most units in the last place that float32 and float64 may be off by.
struct Bounded {
  const char* name;
  Array (*f)(const Array&);
  long double (*exact)(long double);
  double bound32, bound64;
};

long double sigmoid_exactly(long double x) { return 1 / (1 + std::exp(-x)); }
long double softplus_exactly(long double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

#define STD(ours, theirs) \
  #ours, [](const Array& x) { return ours(x); }, [](long double x) { return std::theirs(x); }
const Bounded functions[] = {
    {STD(exp, exp), 3, 4},
    {STD(exp2, exp2), 4, 4},
    {STD(expm1, expm1), 3, 4},
    {STD(log, log), 4, 4},
    {STD(log1p, log1p), 4, 4},
    {STD(log2, log2), 4, 4},
    {STD(log10, log10), 4, 4},
    {STD(cbrt, cbrt), 4, 4},
    {STD(sin, sin), 1, 4},
    {STD(cos, cos), 1, 4},
    {STD(tan, tan), 4, 4},
    {STD(arcsin, asin), 4, 4},
    {STD(arccos, acos), 4, 4},
    {STD(arctan, atan), 4, 4},
    {STD(sinh, sinh), 4, 4},
    {STD(cosh, cosh), 4, 4},
    {STD(tanh, tanh), 8, 4},
    {STD(arcsinh, asinh), 4, 4},
    {STD(arccosh, acosh), 4, 4},
    {STD(arctanh, atanh), 4, 4},
    {STD(erf, erf), 8, 4},
    {STD(erfc, erfc), 4, 4},
    {"sigmoid", [](const Array& x) { return sigmoid(x); }, sigmoid_exactly, 4, 5},
    {"softplus", [](const Array& x) { return softplus(x); }, softplus_exactly, 5, 8},
};
#undef STD

// Numbers of all sizes and signs, ordinary ones, and the special ones.
template <class T>
std::vector<T> numbers_of_all_sizes(std::size_t count) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  using Limits = std::numeric_limits<T>;
  std::vector<T> all{T{0},
                     -T{0},
                     T{1},
                     -T{1},
                     Limits::infinity(),
                     -Limits::infinity(),
                     Limits::quiet_NaN(),
                     Limits::max(),
                     Limits::lowest(),
                     Limits::min(),
                     Limits::denorm_min(),
                     -Limits::denorm_min(),
                     T{2},
                     T{0.5},
                     T{3}};
  std::mt19937_64 engine(5);
  while (all.size() < count) {
    all.push_back(std::bit_cast<T>(static_cast<Bits>(engine())));
    const double unit = static_cast<double>(engine()) / 0x1p63 - 1;
    all.push_back(static_cast<T>(unit * (all.size() % 4 == 1 ? 1.5 : 40)));
  }
  return all;
}

template <class T>
double units_apart(T got, long double wanted) {
  const T nearest = static_cast<T>(wanted);
  if (std::isnan(nearest) || std::isnan(got)) return std::isnan(nearest) == std::isnan(got) ? 0 : 1e9;
  if (std::isinf(nearest) || std::isinf(got)) {
    const bool near = got == nearest || std::abs(wanted) > 0.999999L * std::numeric_limits<T>::max();
    return near ? 0 : 1e9;
  }
  // Some of the library's own functions of float32 lose the sign of a zero.
  if (wanted == 0)
    return got == 0 && (sizeof(T) == 4 || std::signbit(got) == std::signbit(nearest)) ? 0 : 1e9;
  const int exponent = std::max(std::ilogb(nearest == 0 ? std::numeric_limits<T>::denorm_min() : nearest),
                                std::numeric_limits<T>::min_exponent - 1);
  const long double unit = std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits + 1);
  return static_cast<double>(std::abs(static_cast<long double>(got) - wanted) / unit);
}

template <class T>
void check_bound(const Bounded& one, double bound, std::size_t count) {
  const std::vector<T> x = numbers_of_all_sizes<T>(count);
  const std::vector<T> y = one.f(array(x)).template to_vector<T>();
  double worst = 0;
  T at = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    // Denormal results may be taken for 0.
    const long double wanted = one.exact(x[i]);
    const bool tiny = std::abs(wanted) < std::numeric_limits<T>::min() &&
                      std::abs(y[i]) < 2 * std::numeric_limits<T>::min();
    const double apart = tiny && wanted != 0 ? 0 : units_apart(y[i], wanted);
    if (apart > worst) {
      worst = apart;
      at = x[i];
    }
  }
  INFO(one.name << " of " << (sizeof(T) == 4 ? "float32" : "float64") << " is " << worst << " units off at "
                << at);
  CHECK(worst <= bound);
}

// What the functions of two operands give for pairs, one by one.
template <class T>
struct Pairs {
  std::vector<T> a, b;
  static Pairs make() {
    const std::vector<T> all = numbers_of_all_sizes<T>(3000);
    Pairs p;
    std::mt19937_64 engine(7);
    for (std::size_t i = 0; i < all.size(); ++i)
      for (int k = 0; k < 20; ++k) {
        p.a.push_back(all[i]);
        p.b.push_back(k < 15 ? all[static_cast<std::size_t>(k)] : all[engine() % all.size()]);
      }
    for (int k = 0; k < 20000; ++k) {  // whole quotients, and what is next to them
      const T divisor = static_cast<T>(static_cast<double>(engine() % 1000 + 1) / 8);
      p.b.push_back(k % 2 ? divisor : -divisor);
      const T whole = divisor * static_cast<T>(engine() % 100000);
      p.a.push_back(k % 3 == 0   ? whole
                    : k % 3 == 1 ? std::nextafter(whole, T{0})
                                 : -std::nextafter(whole, T{1e9}));
    }
    return p;
  }
};

template <class T>
bool same_number(T x, T y) {
  return (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
}

template <class T, class Exact>
void check_pairs(const char* name, Array (*f)(const Array&, const Array&), Exact exact) {
  const Pairs<T> p = Pairs<T>::make();
  const std::vector<T> got = f(array(p.a), array(p.b)).template to_vector<T>();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (same_number(got[i], exact(p.a[i], p.b[i]))) continue;
    INFO(name << " of " << p.a[i] << " and " << p.b[i] << " is " << got[i] << ", wanted "
              << exact(p.a[i], p.b[i]));
    if (++wrong < 5) CHECK(same_number(got[i], exact(p.a[i], p.b[i])));
  }
  CHECK(wrong == 0);
  // Beside a single element, in both places.
  for (std::size_t i = 0; i < 15; ++i) {
    const std::vector<T> left = f(array(p.a), full({}, p.b[i], dtype_of<T>)).template to_vector<T>(),
                         right = f(full({}, p.a[20 * i], dtype_of<T>), array(p.b)).template to_vector<T>();
    for (std::size_t k = 0; k < p.a.size(); k += 97) {
      INFO(name << " of " << p.a[k] << " and " << p.b[i] << ", " << p.a[20 * i] << " and " << p.b[k]);
      REQUIRE(same_number(left[k], exact(p.a[k], p.b[i])));
      REQUIRE(same_number(right[k], exact(p.a[20 * i], p.b[k])));
    }
  }
}

template <class T>
T mod_exactly(T a, T b) {
  const T r = std::fmod(a, b);
  return r != T{0} && (r < T{0}) != (b < T{0}) ? r + b : r;
}
template <class T>
T floor_divide_exactly(T a, T b) {
  const T r = std::fmod(a, b), q = (a - r) / b;
  return b == T{0} ? a / b : std::rint(r != T{0} && (r < T{0}) != (b < T{0}) ? q - T{1} : q);
}

template <class T>
void check_integers() {
  std::vector<T> a, b;
  using Limits = std::numeric_limits<T>;
  std::mt19937_64 engine(3);
  const T ends[] = {Limits::min(), Limits::max(), T{0}, T{1}, static_cast<T>(-1), T{2}, T{7}};
  for (const T x : ends)
    for (const T y : ends) a.push_back(x), b.push_back(y);
  for (int i = 0; i < 5000; ++i) {
    a.push_back(static_cast<T>(engine()));
    b.push_back(static_cast<T>(engine() >> (engine() % 64)));
  }
  const auto quotient = floor_divide(array(a), array(b)).template to_vector<T>(),
             rest = mod(array(a), array(b)).template to_vector<T>(),
             truncated = fmod(array(a), array(b)).template to_vector<T>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO(name_of(dtype_of<T>) << " " << +a[i] << " and " << +b[i]);
    const bool special = b[i] == 0 || (std::is_signed_v<T> && b[i] == static_cast<T>(-1));
    if (special) {
      CHECK(rest[i] == 0);
      CHECK(truncated[i] == 0);
      if (b[i] != 0) CHECK(quotient[i] == static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a[i])));
      continue;
    }
    const T q = static_cast<T>(a[i] / b[i]), r = static_cast<T>(a[i] % b[i]);
    const bool down = r != 0 && (r < 0) != (b[i] < 0);
    CHECK(truncated[i] == r);
    CHECK(rest[i] == static_cast<T>(down ? r + b[i] : r));
    CHECK(quotient[i] == static_cast<T>(down ? q - 1 : q));
  }
}

}  // namespace

TEST_CASE("elementary functions are within their bounds for all numbers") {
  for (const Bounded& one : functions) {
    check_bound<float>(one, one.bound32, 200000);
    check_bound<double>(one, one.bound64, 100000);
  }
}

TEST_CASE("functions of two operands are within their bounds for all numbers") {
  const Pairs<double> p = Pairs<double>::make();
  const auto check = [&]<class T>(const char* name, Array (*f)(const Array&, const Array&),
                                  long double (*exact)(long double, long double), double bound, T) {
    std::vector<T> a(p.a.begin(), p.a.end()), b(p.b.begin(), p.b.end());
    const std::vector<T> got = f(array(a), array(b)).template to_vector<T>();
    double worst = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double apart = units_apart(got[i], exact(a[i], b[i]));
      if (apart > worst) worst = apart, at = i;
    }
    INFO(name << " is " << worst << " units off at " << a[at] << " and " << b[at]);
    CHECK(worst <= bound);
  };
  const auto angle = [](long double y, long double x) { return std::atan2(y, x); };
  const auto length = [](long double x, long double y) { return std::hypot(x, y); };
  const auto raised = [](long double x, long double y) { return std::pow(x, y); };
  check("arctan2", arctan2, angle, 4, 0.0f);
  check("arctan2", arctan2, angle, 4, 0.0);
  check("hypot", hypot, length, 4, 0.0f);
  check("hypot", hypot, length, 4, 0.0);
  check("power", power, raised, 4, 0.0f);
  check("power", power, raised, 4, 0.0);
}

TEST_CASE("rests of divisions are exact") {
  const auto each = []<class T>(T) {
    check_pairs<T>("fmod", fmod, [](T a, T b) { return std::fmod(a, b); });
    check_pairs<T>("mod", mod, mod_exactly<T>);
    check_pairs<T>("floor_divide", floor_divide, floor_divide_exactly<T>);
  };
  each(0.0f);
  each(0.0);
}

TEST_CASE("integers are divided exactly") {
  check_integers<std::int32_t>();
  check_integers<std::int64_t>();
  check_integers<std::uint8_t>();
  check_integers<std::uint32_t>();
}

TEST_CASE("a result does not depend on the place of its element") {
  for (const DType dtype : {DType::float32, DType::float64, DType::bfloat16}) {
    const Array x = astype(linspace(0.1, 0.9, 131), dtype);
    for (const Bounded& one : functions) {
      if (std::string_view(one.name) == "arccosh") continue;  // nan here
      const std::vector<double> all = one.f(x).to_vector<double>();
      for (const std::int64_t at : {0, 1, 15, 64, 127, 130}) {
        INFO(one.name << " of element " << at);
        const Array alone = full({3}, x.to_vector<double>()[static_cast<std::size_t>(at)], dtype);
        CHECK(one.f(alone).to_vector<double>()[1] == all[static_cast<std::size_t>(at)]);
      }
    }
  }
}
