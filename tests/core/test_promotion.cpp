// The types of results: JAX's table, from JAX 0.10 with 64-bit types enabled and 32-bit defaults.
#include "catch.hpp"
#include "copse/core/array.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"

using namespace copse;

namespace {

constexpr DType b1 = DType::bool_, u8 = DType::uint8, u32 = DType::uint32, i32 = DType::int32,
                i64 = DType::int64, bf = DType::bfloat16, f32 = DType::float32, f64 = DType::float64;
constexpr DType dtypes[dtype_count] = {b1, u8, u32, i32, i64, bf, f32, f64};

// Two arrays: rows and columns in the order above.
constexpr DType arrays[dtype_count][dtype_count] = {
    {b1, u8, u32, i32, i64, bf, f32, f64},    {u8, u8, u32, i32, i64, bf, f32, f64},
    {u32, u32, u32, i64, i64, bf, f32, f64},  {i32, i32, i64, i32, i64, bf, f32, f64},
    {i64, i64, i64, i64, i64, bf, f32, f64},  {bf, bf, bf, bf, bf, bf, f32, f64},
    {f32, f32, f32, f32, f32, f32, f32, f64}, {f64, f64, f64, f64, f64, f64, f64, f64},
};

// An array and a bare number: true, 1, 1.5.
constexpr PromotionType numbers[dtype_count][3] = {
    {{b1, false}, {i32, true}, {f32, true}},    {{u8, false}, {u8, false}, {f32, true}},
    {{u32, false}, {u32, false}, {f32, true}},  {{i32, false}, {i32, false}, {f32, true}},
    {{i64, false}, {i64, false}, {f32, true}},  {{bf, false}, {bf, false}, {bf, false}},
    {{f32, false}, {f32, false}, {f32, false}}, {{f64, false}, {f64, false}, {f64, false}},
};

// Two bare numbers.
constexpr PromotionType bare[3][3] = {
    {{b1, false}, {i32, true}, {f32, true}},
    {{i32, true}, {i32, true}, {f32, true}},
    {{f32, true}, {f32, true}, {f32, true}},
};

PromotionType type_of(const Array& x) { return x.type().type(); }

}  // namespace

TEST_CASE("types of arrays promote as JAX's") {
  for (int i = 0; i < dtype_count; ++i)
    for (int j = 0; j < dtype_count; ++j) {
      INFO(name_of(dtypes[i]) << " and " << name_of(dtypes[j]));
      CHECK(promote_types(dtypes[i], dtypes[j]) == arrays[i][j]);
      const Array x = zeros({2}, dtypes[i]), y = zeros({3, 1}, dtypes[j]);
      CHECK(type_of(add(x, y)) == PromotionType{arrays[i][j], false});
      CHECK(type_of(where(true, x, y)) == PromotionType{arrays[i][j], false});
    }
}

TEST_CASE("bare numbers give way to arrays as in JAX") {
  const Array scalars[] = {true, 1, 1.5};
  for (int i = 0; i < dtype_count; ++i)
    for (int j = 0; j < 3; ++j) {
      INFO(name_of(dtypes[i]) << " and number " << j);
      const Array x = zeros({2}, dtypes[i]);
      CHECK(promote({dtypes[i], false}, type_of(scalars[j])) == numbers[i][j]);
      CHECK(type_of(add(x, scalars[j])) == numbers[i][j]);
      CHECK(type_of(add(scalars[j], x)) == numbers[i][j]);
    }
}

TEST_CASE("two bare numbers stay weak") {
  const Array scalars[] = {true, 1, 1.5};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      INFO("numbers " << i << " and " << j);
      CHECK(promote(type_of(scalars[i]), type_of(scalars[j])) == bare[i][j]);
      CHECK(type_of(add(scalars[i], scalars[j])) == bare[i][j]);
    }
  // A number that needs 64 bits keeps them among its kind.
  CHECK(type_of(add(std::int64_t{1} << 40, 1)) == PromotionType{i64, true});
}

TEST_CASE("a result with the type of a number is a number to what follows") {
  const Array x = zeros({2}, b1) + 1;  // weak int32
  CHECK(type_of(x + zeros({2}, u8)) == PromotionType{u8, false});
  CHECK(type_of(zeros({2}, i32) + 1.5 + zeros({2}, bf)) == PromotionType{bf, false});
}
