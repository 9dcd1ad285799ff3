#include "fits.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "copse/core/error.hpp"

namespace copse::elementwise {
namespace {

// The integer part of a floating-point number that is to become an integer.
template <class T>
bool holds(double number) {
  // Both bounds are exact: powers of two.
  const double low = static_cast<double>(std::numeric_limits<T>::min());
  const double beyond = std::ldexp(1.0, std::numeric_limits<T>::digits);
  const double whole = std::trunc(number);
  return whole >= low && whole < beyond;  // false for a nan
}

template <class N>
bool fits(N number, DType dtype) {
  return dispatch(dtype, [&]<class T>() {
    if constexpr (!std::is_integral_v<T> || std::is_same_v<T, bool>)
      return true;
    else if constexpr (std::is_floating_point_v<N>)
      return holds<T>(number);
    else
      return std::in_range<T>(number);
  });
}

template <class N>
void require_fits(N number, DType dtype, std::string_view function) {
  if (fits(number, dtype)) return;
  throw ValueError(fmt::format(
      "{}{}{} cannot hold the number {}; give a number that fits, or convert the array with astype", function,
      function.empty() ? "" : ": ", name_of(dtype), number));
}

}  // namespace

void require_fits(const Array& x, DType dtype, std::string_view function) {
  const bool floating = is_floating(x.dtype());
  if (x.is_abstract()) {
    if (!floating && x.dtype() == DType::int64)
      throw ValueError(
          fmt::format("{}{}{} cannot hold a number that is int64; give a number that fits, or convert the "
                      "array with astype",
                      function, function.empty() ? "" : ": ", name_of(dtype)));
  } else if (x.ndim() == 0) {
    if (floating)
      require_fits(detail::exact_scalar(x), dtype, function);
    else
      require_fits(x.item<std::int64_t>(), dtype, function);
  } else if (floating) {
    for (const double number : x.to_vector<double>()) require_fits(number, dtype, function);
  } else {
    for (const std::int64_t number : x.to_vector<std::int64_t>()) require_fits(number, dtype, function);
  }
}

}  // namespace copse::elementwise
