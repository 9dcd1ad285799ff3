#include "copse/core/dtype.hpp"

#include <string>

#include "copse/core/error.hpp"

namespace copse {

DType dtype_from_name(std::string_view name) {
  for (int i = 0; i < dtype_count; ++i)
    if (name_of(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  throw DTypeError("dtype: there is no dtype named \"" + std::string(name) +
                   "\"; there are bool, uint8, uint32, int32, int64, bfloat16, float32, float64");
}

namespace {

// Positions in JAX's lattice that are not dtypes of their own: the weak scalars.
constexpr int weak_int = 100;
constexpr int weak_float = 101;

int node_of(PromotionType t) noexcept {
  if (!t.weak || t.dtype == DType::bool_) return static_cast<int>(t.dtype);
  return is_floating(t.dtype) ? weak_float : weak_int;
}

}  // namespace

PromotionType promote(PromotionType a, PromotionType b) noexcept {
  const int x = node_of(a), y = node_of(b);
  if (x == y) {
    // Two weak scalars of one kind stay weak, in the wider of their two types.
    return {a.dtype > b.dtype ? a.dtype : b.dtype, a.weak && b.weak};
  }
  if (a.dtype == DType::bool_) return b;
  if (b.dtype == DType::bool_) return a;
  if (x >= weak_int && y >= weak_int) return x == weak_float ? a : b;
  if (x >= weak_int || y >= weak_int) {
    const PromotionType weak = x >= weak_int ? a : b, strong = x >= weak_int ? b : a;
    if (node_of(weak) == weak_int || is_floating(strong.dtype)) return strong;
    // A float scalar takes an integer array to the default float.
    return weak;
  }
  const DType low = a.dtype < b.dtype ? a.dtype : b.dtype, high = a.dtype < b.dtype ? b.dtype : a.dtype;
  if (low == DType::uint32 && high == DType::int32) return {DType::int64, false};
  return {high, false};
}

}  // namespace copse
