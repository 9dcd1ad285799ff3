#include "compare.hpp"

#include <fmt/format.h>

#include <cmath>

namespace tables {
namespace {

// The distance of 1 to the next number.
double epsilon(DType dtype) {
  return dtype == DType::bfloat16 ? 0x1p-7 : dtype == DType::float32 ? 0x1p-23 : 0x1p-52;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

std::string difference(const Array& got, const Array& wanted, double factor) {
  const auto name = [](const Array& x) {
    return fmt::format("{}{}", name_of(x.dtype()), to_string(x.shape()));
  };
  if (!got.has_value()) return "got no value, wanted " + name(wanted);
  if (name(got) != name(wanted)) return fmt::format("got {}, wanted {}", name(got), name(wanted));
  if (!is_floating(got.dtype())) {
    const auto a = got.to_vector<std::int64_t>(), b = wanted.to_vector<std::int64_t>();
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i] != b[i]) return fmt::format("element {} of {} is {}, wanted {}", i, name(got), a[i], b[i]);
    return {};
  }
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  const double room = factor * epsilon(got.dtype()) * (got.dtype() == DType::bfloat16 ? 2 : 16);
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same(a[i], b[i]) && !(std::abs(a[i] - b[i]) <= room * (1 + std::abs(b[i])) && std::isfinite(b[i])))
      return fmt::format("element {} of {} is {}, wanted {}", i, name(got), a[i], b[i]);
  return {};
}

std::string difference(const Arrays& got, const Arrays& wanted, double factor) {
  if (got.size() != wanted.size()) return fmt::format("got {} results, wanted {}", got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    if (const std::string text = difference(got[i], wanted[i], factor); !text.empty())
      return got.size() > 1 ? fmt::format("result {}: {}", i, text) : text;
  return {};
}

void Report::add(const std::string& where, const std::string& what) {
  if (!what.empty()) text_ += "\n  " + where + ": " + what;
}

}  // namespace tables
