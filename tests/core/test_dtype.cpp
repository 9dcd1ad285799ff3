#include <array>

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

TEST_CASE("the promotion table is JAX's") {
  // Rows and columns: b1 u8 u4 i4 i8 bf f4 f8 i* f*, from JAX 0.10 with 64-bit types enabled. i* and f* are
  // bare numbers.
  const std::array<PromotionType, 10> types{{{DType::bool_, false},
                                             {DType::uint8, false},
                                             {DType::uint32, false},
                                             {DType::int32, false},
                                             {DType::int64, false},
                                             {DType::bfloat16, false},
                                             {DType::float32, false},
                                             {DType::float64, false},
                                             {DType::int32, true},
                                             {DType::float32, true}}};
  const int table[10][10] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 1, 2, 3, 4, 5, 6, 7, 1, 9},
                             {2, 2, 2, 4, 4, 5, 6, 7, 2, 9}, {3, 3, 4, 3, 4, 5, 6, 7, 3, 9},
                             {4, 4, 4, 4, 4, 5, 6, 7, 4, 9}, {5, 5, 5, 5, 5, 5, 6, 7, 5, 5},
                             {6, 6, 6, 6, 6, 6, 6, 7, 6, 6}, {7, 7, 7, 7, 7, 7, 7, 7, 7, 7},
                             {8, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {9, 9, 9, 9, 9, 5, 6, 7, 9, 9}};
  for (std::size_t a = 0; a < 10; ++a)
    for (std::size_t b = 0; b < 10; ++b) {
      INFO("operands " << a << " and " << b);
      CHECK(promote(types[a], types[b]) == types[static_cast<std::size_t>(table[a][b])]);
    }
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
