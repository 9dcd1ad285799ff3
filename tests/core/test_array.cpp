#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"

using namespace copse;
using Catch::Contains;

TEST_CASE("shapes are small values") {
  Shape s{2, 3};
  CHECK(s.rank() == 2);
  CHECK(s.elements() == 6);
  CHECK(s[-1] == 3);
  s.insert(1, 7);
  CHECK(s == Shape{2, 7, 3});
  s.insert(-1, 4);
  CHECK(s == Shape{2, 7, 3, 4});
  s.erase(-1);
  s.erase(1);
  CHECK(s == Shape{2, 3});
  CHECK(to_string(Shape{4}) == "(4,)");
  CHECK(to_string(Shape{}) == "()");
  CHECK(Shape{}.elements() == 1);
  CHECK(Shape({0, std::int64_t{1} << 62, 8}).elements() == 0);
}

TEST_CASE("bad shapes say what is wrong") {
  CHECK_THROWS_WITH((Shape{2, -1}), Contains("-1"));
  CHECK_THROWS_AS(Shape({2, 3})[2], ShapeError);
  CHECK_THROWS_AS(Shape({2}).erase(3), ShapeError);
  CHECK_THROWS_AS(Shape::filled(13, 1), ShapeError);
  CHECK_THROWS_WITH(Shape({std::int64_t{1} << 62, 8}).elements(), Contains("too many"));
  CHECK_THROWS_WITH(broadcast_shapes({2, 3}, {4, 3}, "add"),
                    Contains("add") && Contains("(2, 3)") && Contains("(4, 3)"));
  CHECK(broadcast_shapes({2, 1, 3}, {4, 1}, "add") == Shape{2, 4, 3});
  CHECK_THROWS_WITH(normalize_axis(2, 2, "sum"), Contains("sum") && Contains("axis 2"));
}

TEST_CASE("bare numbers are weakly typed scalars") {
  CHECK(Array(1).dtype() == DType::int32);
  CHECK(Array(1).weak_type());
  CHECK(Array(2.5).dtype() == DType::float32);
  CHECK(Array(true).dtype() == DType::bool_);
  CHECK_FALSE(Array(true).weak_type());
  CHECK(Array(std::int64_t{1} << 40).dtype() == DType::int64);
  // A double keeps its digits until it meets a dtype.
  const Array x = full({1}, 1.0, DType::float64);
  CHECK((x * 0.1).item<double>() == 0.1);
}

TEST_CASE("elements are read as any number") {
  const Array a = array({{1.5f, 2.0f}, {3.0f, 4.0f}});
  CHECK(a.item<double>({1, 0}) == 3.0);
  CHECK(a.item<int>({-1, -1}) == 4);
  CHECK(a.to_vector<double>() == std::vector<double>{1.5, 2, 3, 4});
  CHECK(a.span<float>()[1] == 2.0f);
  CHECK_THROWS_WITH(a.item<float>(), Contains("(2, 2)"));
  CHECK_THROWS_WITH(a.item<float>({0, 2}), Contains("index 2"));
  CHECK_THROWS_WITH(a.item<float>({0}), Contains("1 indices"));
  CHECK_THROWS_WITH(a.span<double>(), Contains("float32") && Contains("astype"));
}

TEST_CASE("an array without a value is refused") {
  Array a = 1.0f;
  const Array b = std::move(a);
  CHECK_FALSE(a.has_value());
  CHECK_THROWS_WITH(a.shape(), Contains("moved from"));
  CHECK_THROWS_AS(a + b, ValueError);
}

TEST_CASE("copies share memory and nobody sees a change") {
  const Array a = full({1000}, 1.0f);
  const Array b = a;
  CHECK(a.raw() == b.raw());
  const Array c = a + 1.0f;
  CHECK(a.item<float>({0}) == 1.0f);
  CHECK(c.item<float>({0}) == 2.0f);
}

TEST_CASE("what cannot be allocated is an error, and the program goes on") {
  CHECK_THROWS_WITH(detail::allocate({Shape{1000000, 1000000}, DType::float32}), Contains("out of memory"));
  CHECK((Array(1) + Array(2)).item<int>() == 3);
}

TEST_CASE("borrowed memory lives as long as somebody uses it") {
  auto owner = std::make_shared<std::vector<float>>(3, 2.0f);
  const std::weak_ptr<std::vector<float>> watch = owner;
  Array a = detail::borrow(owner->data(), {Shape{3}, DType::float32}, owner);
  const float* data = owner->data();
  owner.reset();
  CHECK(a.data<float>() == data);
  CHECK_FALSE(watch.expired());
  a = Array();
  CHECK(watch.expired());
}

TEST_CASE("blocks of memory come back") {
  { const Array a = full({100000}, 1.0f); }
  const auto before = detail::memory_stats();
  for (int i = 0; i < 100; ++i) const Array a = detail::allocate({Shape{100000}, DType::float32});
  CHECK(detail::memory_stats().system_allocations == before.system_allocations);
  CHECK(detail::memory_stats().bytes_in_use == before.bytes_in_use);
}
