// Helpers of the tests of losses.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "../message.hpp"
#include "catch.hpp"
#include "copse/losses.hpp"
#include "copse/trace/flat.hpp"

namespace test {

using testing_messages::message;

using copse::Array;

inline void close(const Array& got, const std::vector<double>& wanted, double tolerance = 1e-5) {
  REQUIRE(got.size() == static_cast<std::int64_t>(wanted.size()));
  const auto values = got.to_vector<double>();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    INFO("element " << i << ": got " << values[i] << ", wanted " << wanted[i]);
    CHECK(std::abs(values[i] - wanted[i]) <= tolerance);
  }
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The gradient of a scalar function by the engine, and by central differences.
inline Array gradient(const std::function<Array(const Array&)>& f, const Array& x) {
  const auto vjp = copse::flat::vjp([&](const std::vector<Array>& in) { return std::vector{f(in[0])}; }, {x},
                                    std::vector<std::uint8_t>{1});
  return vjp.pullback(std::vector{copse::ones_like(vjp.outputs[0])})[0];
}
inline std::vector<double> differences(const std::function<Array(const Array&)>& f, const Array& x,
                                       double h = 1e-6) {
  std::vector<double> out;
  const auto values = x.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto up = values, down = values;
    up[i] += h, down[i] -= h;
    const auto at = [&](const std::vector<double>& v) {
      return copse::sum(f(copse::array(std::span<const double>(v), x.shape()))).item<double>();
    };
    out.push_back((at(up) - at(down)) / (2 * h));
  }
  return out;
}

}  // namespace test
