#include "compare.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

namespace reference {
namespace {

using copse::Array;

template <class E>
std::string show(E x) {
  if constexpr (std::same_as<E, bool>)
    return x ? "true" : "false";
  else if constexpr (std::integral<E>)
    return std::to_string(x);
  else if constexpr (std::same_as<E, double>)
    return fmt::format("{:.17g}", x);
  else
    return fmt::format("{:.9g}", static_cast<float>(x));
}

template <class E>
bool passes(E got, E wanted, double rtol, double atol) {
  if constexpr (std::integral<E>) {
    return got == wanted;
  } else {
    const double a = static_cast<double>(got), b = static_cast<double>(wanted);
    if (std::isnan(b)) return std::isnan(a);
    if (std::isinf(b) || std::isinf(a)) return a == b;
    return std::abs(a - b) <= atol + rtol * std::abs(b);
  }
}

std::string index_text(std::int64_t flat, const copse::Shape& shape) {
  std::string out;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    out = std::to_string(flat % shape[d]) + (out.empty() ? "" : ", ") + out;
    flat /= shape[d];
  }
  return "[" + out + "]";
}

template <class E>
std::optional<std::string> compare_elements(const Array& got, const Array& wanted, double rtol, double atol) {
  const auto a = got.span<E>(), b = wanted.span<E>();
  std::size_t wrong = 0, first = 0;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double error = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (passes<E>(a[i], b[i], rtol, atol)) continue;
    if (wrong++ == 0) first = i;
    if (error > largest) largest = error;
  }
  if (wrong == 0) return std::nullopt;
  std::string text =
      fmt::format("at {}: got {}, wanted {}", index_text(static_cast<std::int64_t>(first), wanted.shape()),
                  show<E>(a[first]), show<E>(b[first]));
  text += fmt::format(" ({} of {} elements differ, by up to {:.3g}; rtol {:g}, atol {:g})", wrong, a.size(),
                      largest, rtol, atol);
  return text;
}

}  // namespace

std::optional<std::string> difference(const Array& got, const Array& wanted, double rtol, double atol) {
  if (!got.has_value()) return "has no value";
  if (got.dtype() != wanted.dtype() || got.shape() != wanted.shape())
    return fmt::format("got {}{}, wanted {}{}", name_of(got.dtype()), to_string(got.shape()),
                       name_of(wanted.dtype()), to_string(wanted.shape()));
  return copse::dispatch(wanted.dtype(),
                         [&]<class E>() { return compare_elements<E>(got, wanted, rtol, atol); });
}

}  // namespace reference
