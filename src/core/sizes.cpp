#include "sizes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "copse/core/error.hpp"

namespace copse::detail {
namespace {

[[noreturn]] void refuse(const char* function, std::int64_t a, char sign, std::int64_t b) {
  throw ShapeError(fmt::format("{}: a size of the result would be {} {} {}, which 64 bits do not hold",
                               function, a, sign, b));
}

}  // namespace

std::int64_t add_sizes(std::int64_t a, std::int64_t b, const char* function) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) refuse(function, a, '+', b);
  return sum;
}

std::int64_t multiply_sizes(std::int64_t a, std::int64_t b, const char* function) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) refuse(function, a, '*', b);
  return product;
}

std::int64_t diagonal_within(std::int64_t n, std::int64_t m, std::int64_t k) noexcept {
  return std::clamp(k, -std::max<std::int64_t>(n, 0), std::max<std::int64_t>(m, 0));
}

}  // namespace copse::detail
