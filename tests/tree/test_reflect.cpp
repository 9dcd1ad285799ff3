// Reflection: fields are counted and named at compile time.
#include <any>
#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "copse/tree/reflect.hpp"

namespace reflect = copse::reflect;

namespace {

enum class Color { red, green };
struct Empty {};
struct One {
  int value;
};

// Each of these has tripped a way of counting fields.
struct ExplicitTemplate {
  ExplicitTemplate() = default;
  template <class T>
  explicit ExplicitTemplate(const T&) {}
};
struct Constrained {
  Constrained() = default;
  template <class T>
    requires std::is_arithmetic_v<T>
  Constrained(T) {}
};
struct FromFloat {
  FromFloat(float = 0) {}
};
struct NoDefault {
  explicit NoDefault(int x) : value(x) {}
  int value;
};

struct Explicit3 {
  ExplicitTemplate a, b, c;
};
struct Constrained3 {
  Constrained a, b, c;
};
struct FromFloat3 {
  FromFloat a, b, c;
};
struct WithNoDefault {
  int first = 1;
  NoDefault second{2};
  std::string third;
};
struct OnlyNoDefault {
  int first;
  NoDefault second;
  int third;
};
struct Standard {
  std::optional<One> a;
  std::vector<Standard> b;
  std::function<int(int)> c;
  std::unique_ptr<int> d;
  std::array<One, 3> e;
  std::variant<One, float> f;
  std::any g;
  std::pair<int, One> h;
  std::tuple<int, float> i;
  std::map<std::string, One> j;
  std::string_view k;
  std::shared_ptr<const Standard> l;
  std::chrono::seconds m;
  Color n;
  const char* o;
  Empty p;
  bool q;
};
struct Nested {
  Standard standard;
  Empty empty;
  struct Inner {
    int x, y;
  } inner;
  std::array<std::array<float, 2>, 2> matrix;
};

struct Greets {
  int greet() const { return 7; }
};
struct Counts {
  int count() const { return 8; }
};
struct WithEmptyBase : Greets {
  int a = 1;
  float b = 2;
};
struct WithTwoEmptyBases : Greets, Counts {
  int a = 1;
};
struct OnlyEmptyBase : Greets {};

template <class T>
struct Pairish {
  T first_one;
  T second_one;
};

template <char Tag>
struct Tagged {
  struct Inner {};
};

class Private {
 public:
  explicit Private(int secret) : secret_(secret) {}
  int secret() const { return secret_; }
  static constexpr auto fields() {
    return std::tuple{std::pair{"secret", &Private::secret_}, std::pair{"label", &Private::label_}};
  }

 private:
  int secret_;
  std::string label_ = "label";
};

class Derived : public One {
 public:
  explicit Derived(int v) : One{v} {}
  static constexpr auto fields() {
    return std::tuple{std::pair{"value", &Derived::value}, std::pair{"more", &Derived::more_}};
  }

 private:
  float more_ = 3;
};

struct RunTimeNames {
  int x = 1;
  static auto fields() {
    static const char* const name = std::rand() < 0 ? "" : "x_axis";  // no constant expression
    return std::tuple{std::pair{name, &RunTimeNames::x}};
  }
};

struct Sixteen {
  int m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15;
};
struct SixtyFour {
  int m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22,
      m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40, m41, m42, m43,
      m44, m45, m46, m47, m48, m49, m50, m51, m52, m53, m54, m55, m56, m57, m58, m59, m60, m61, m62, m63;
};

template <class T>
std::vector<std::string> names_of() {
  std::vector<std::string> out;
  for (auto name : reflect::names<T>()) out.emplace_back(name);
  return out;
}

using Strings = std::vector<std::string>;

static_assert(reflect::size<Empty> == 0 && reflect::size<One> == 1);
static_assert(reflect::size<Explicit3> == 3 && reflect::size<Constrained3> == 3 &&
              reflect::size<FromFloat3> == 3);
static_assert(reflect::size<WithNoDefault> == 3 && reflect::size<OnlyNoDefault> == 3);
static_assert(reflect::size<Standard> == 17 && reflect::size<Nested> == 4);
static_assert(reflect::size<WithEmptyBase> == 2 && reflect::size<WithTwoEmptyBases> == 1);
static_assert(reflect::size<OnlyEmptyBase> == 0 && reflect::size<Pairish<Standard>> == 2);
static_assert(reflect::size<Private> == 2 && reflect::size<Derived> == 2);
static_assert(reflect::size<Sixteen> == 16 && reflect::size<SixtyFour> == 64);
static_assert(std::is_same_v<reflect::Members<WithNoDefault>, reflect::Types<int, NoDefault, std::string>>);
static_assert(!reflect::Record<std::string> && !reflect::Record<int> && !reflect::Record<NoDefault>);
static_assert(reflect::Record<Private> && reflect::Record<Empty>);

// Everything about a struct but its run-time values is known at compile time.
constexpr bool opens_at_compile_time() {
  WithEmptyBase value{{}, 4, 5};
  return reflect::open(value, [](auto& a, auto& b) { return a == 4 && b == 5; });
}
static_assert(opens_at_compile_time());
static_assert(reflect::names<WithEmptyBase>()[1] == "b");
static_assert(reflect::member_name<&WithNoDefault::second>() == "second");

}  // namespace

TEST_CASE("members have their names", "[tree][reflect]") {
  CHECK(names_of<WithNoDefault>() == Strings{"first", "second", "third"});
  CHECK(names_of<Nested>() == Strings{"standard", "empty", "inner", "matrix"});
  CHECK(names_of<Pairish<Nested>>() == Strings{"first_one", "second_one"});
  CHECK(names_of<WithTwoEmptyBases>() == Strings{"a"});
  CHECK(names_of<Empty>().empty());
  CHECK(names_of<SixtyFour>().front() == "m0");
  CHECK(names_of<SixtyFour>().back() == "m63");
  struct Local {
    int here;
    std::string there_2;
  };
  CHECK(names_of<Local>() == Strings{"here", "there_2"});
  struct Greek {
    float α;
    float größe;
  };
  CHECK(names_of<Greek>() == Strings{"α", "größe"});
}

TEST_CASE("classes that are no aggregates list their members", "[tree][reflect]") {
  CHECK(names_of<Private>() == Strings{"secret", "label"});
  CHECK(names_of<Derived>() == Strings{"value", "more"});
  CHECK(names_of<RunTimeNames>() == Strings{"x_axis"});
  Private value(5);
  reflect::open(value, [](int& secret, std::string&) { secret = 9; });
  CHECK(value.secret() == 9);
  Derived derived(3);
  CHECK(reflect::open(std::as_const(derived),
                      [](const int& v, const float& m) { return v + static_cast<int>(m); }) == 6);
}

TEST_CASE("members are opened in order and in place", "[tree][reflect]") {
  Sixteen value{};
  int next = 0;
  reflect::open(value, [&](auto&... member) { ((member = next++), ...); });
  CHECK(value.m0 == 0);
  CHECK(value.m15 == 15);

  SixtyFour large{};
  next = 0;
  reflect::open(large, [&](auto&... member) { ((member = next++), ...); });
  CHECK(large.m31 == 31);
  CHECK(large.m63 == 63);
}

TEST_CASE("types have their names", "[tree][reflect]") {
  CHECK(reflect::type_name<WithNoDefault>() == "WithNoDefault");
  CHECK(reflect::type_name<Pairish<std::string>>() == "Pairish");
  CHECK(reflect::type_name<std::vector<int>>() == "vector");
  CHECK(reflect::type_name<Nested::Inner>() == "Inner");
  CHECK(reflect::type_name<Tagged<'>'>::Inner>() == "Inner");
  CHECK(reflect::type_name<Tagged<'('>>() == "Tagged");
  CHECK(reflect::type_name<Tagged<':'>::Inner>() == "Inner");
  CHECK(reflect::type_name<unsigned int>() == "unsigned int");
  CHECK(reflect::full_type_name<std::vector<int>>().starts_with("std::vector<int"));
}
