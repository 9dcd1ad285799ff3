// The element types of arrays and how they promote.
#pragma once

#include "copse/core/config.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace copse {

/// Element type of an array.
enum class DType : std::uint8_t { bool_, uint8, uint32, int32, int64, bfloat16, float32, float64 };

inline constexpr int dtype_count = 8;

/// A 16-bit float with float32's exponent. A storage type: arithmetic happens in float32.
struct bfloat16 {
  std::uint16_t bits = 0;

  bfloat16() = default;
  /// Rounds to the nearest, ties to even; nan stays nan.
  explicit bfloat16(float value) noexcept {
    std::uint32_t word;
    std::memcpy(&word, &value, sizeof word);
    const bool nan = (word & 0x7fffffffu) > 0x7f800000u;
    word += 0x7fffu + ((word >> 16) & 1u);
    bits = nan ? std::uint16_t{0x7fc0} : static_cast<std::uint16_t>(word >> 16);
  }
  operator float() const noexcept {
    const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16;
    float value;
    std::memcpy(&value, &word, sizeof value);
    return value;
  }
};

/// Size of an element in bytes.
constexpr std::size_t size_of(DType dtype) noexcept {
  constexpr std::size_t sizes[dtype_count] = {1, 1, 4, 4, 8, 2, 4, 8};
  return sizes[static_cast<int>(dtype)];
}

/// The dtype's name as JAX spells it (`bool`, `float32`, ...).
constexpr std::string_view name_of(DType dtype) noexcept {
  constexpr std::string_view names[dtype_count] = {"bool",  "uint8",    "uint32",  "int32",
                                                   "int64", "bfloat16", "float32", "float64"};
  return names[static_cast<int>(dtype)];
}

/// The dtype of that name; throws DTypeError when there is none.
DType dtype_from_name(std::string_view name);

constexpr bool is_floating(DType dtype) noexcept { return dtype >= DType::bfloat16; }
constexpr bool is_integer(DType dtype) noexcept { return dtype >= DType::uint8 && dtype <= DType::int64; }
constexpr bool is_signed(DType dtype) noexcept { return dtype >= DType::int32; }

namespace detail {
template <class T>
struct DTypeOf;
template <DType D>
struct DTypeConstant {
  static constexpr DType value = D;
};
template <>
struct DTypeOf<bool> : DTypeConstant<DType::bool_> {};
template <>
struct DTypeOf<std::uint8_t> : DTypeConstant<DType::uint8> {};
template <>
struct DTypeOf<std::uint32_t> : DTypeConstant<DType::uint32> {};
template <>
struct DTypeOf<std::int32_t> : DTypeConstant<DType::int32> {};
template <>
struct DTypeOf<std::int64_t> : DTypeConstant<DType::int64> {};
template <>
struct DTypeOf<bfloat16> : DTypeConstant<DType::bfloat16> {};
template <>
struct DTypeOf<float> : DTypeConstant<DType::float32> {};
template <>
struct DTypeOf<double> : DTypeConstant<DType::float64> {};
}  // namespace detail

/// A C++ type that arrays store.
template <class T>
concept Element = requires { detail::DTypeOf<std::remove_cv_t<T>>::value; };

/// The dtype that stores a C++ type.
template <Element T>
inline constexpr DType dtype_of = detail::DTypeOf<std::remove_cv_t<T>>::value;

/// Calls `f.template operator()<T>()` with the C++ type of a dtype.
template <class F>
decltype(auto) dispatch(DType dtype, F&& f) {
  switch (dtype) {
    case DType::bool_:
      return f.template operator()<bool>();
    case DType::uint8:
      return f.template operator()<std::uint8_t>();
    case DType::uint32:
      return f.template operator()<std::uint32_t>();
    case DType::int32:
      return f.template operator()<std::int32_t>();
    case DType::int64:
      return f.template operator()<std::int64_t>();
    case DType::bfloat16:
      return f.template operator()<bfloat16>();
    case DType::float32:
      return f.template operator()<float>();
    default:
      return f.template operator()<double>();
  }
}

/// A dtype together with whether it came from a bare scalar, which then gives way to others.
struct PromotionType {
  DType dtype = DType::float32;
  bool weak = false;

  friend bool operator==(const PromotionType&, const PromotionType&) = default;
};

/// The common type of two operands, by JAX's promotion lattice with 64-bit types enabled.
PromotionType promote(PromotionType a, PromotionType b) noexcept;

/// Common dtype of two strongly typed operands.
inline DType promote_types(DType a, DType b) noexcept { return promote({a, false}, {b, false}).dtype; }

}  // namespace copse
