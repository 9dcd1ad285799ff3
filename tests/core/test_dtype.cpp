#include "catch.hpp"
#include "copse/core/dtype.hpp"
#include "copse/core/error.hpp"

using namespace copse;

TEST_CASE("dtypes have sizes and names") {
  for (int i = 0; i < dtype_count; ++i) {
    const auto d = static_cast<DType>(i);
    CHECK(dtype_from_name(name_of(d)) == d);
    CHECK(size_of(d) == dispatch(d, []<class T>() { return sizeof(T); }));
    CHECK(dispatch(d, []<class T>() { return dtype_of<T>; }) == d);
  }
  CHECK_THROWS_WITH(dtype_from_name("float16"), Catch::Contains("float16") && Catch::Contains("bfloat16"));
}

TEST_CASE("bfloat16 rounds to the nearest, ties to even") {
  CHECK(float(bfloat16(1.0f)) == 1.0f);
  CHECK(float(bfloat16(1.00390625f)) == 1.0f);       // halfway, to even
  CHECK(float(bfloat16(1.01171875f)) == 1.015625f);  // halfway, to even
  CHECK(float(bfloat16(1.0045f)) == 1.0078125f);
  const float nan = float(bfloat16(__builtin_nanf("")));
  CHECK(nan != nan);
  CHECK(float(bfloat16(3.4e38f)) == __builtin_inff());
}
