// Helpers of the tests of metrics.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "../message.hpp"
#include "catch.hpp"
#include "copse/losses.hpp"
#include "copse/metrics.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/flat.hpp"
#include "copse/tree.hpp"

namespace test {

using testing_messages::message;

using copse::Array;

inline void close(const Array& got, const std::vector<double>& wanted, double tolerance = 1e-5) {
  REQUIRE(got.size() == static_cast<std::int64_t>(wanted.size()));
  const auto values = got.to_vector<double>();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    INFO("element " << i << ": got " << values[i] << ", wanted " << wanted[i]);
    CHECK((std::isnan(wanted[i]) ? std::isnan(values[i]) : std::abs(values[i] - wanted[i]) <= tolerance));
  }
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// metric.update(inputs...), recorded and compiled.
template <class M, class... Inputs>
M compiled_update(const M& metric, const Inputs&... inputs) {
  std::vector<Array> all = copse::leaves(metric);
  const std::size_t states = all.size();
  (all.push_back(inputs), ...);
  std::vector<copse::ShapeDtype> types;
  for (const Array& a : all) types.push_back(a.type());
  const auto fill = [&](const M& like, const std::vector<Array>& arrays) {
    std::size_t next = 0;
    return copse::map([&](const Array&) { return arrays[next++]; }, like);
  };
  M updated = metric;
  auto recorded = copse::flat::record(
      [&](const std::vector<Array>& in) {
        std::size_t next = states;
        const auto one = [&](const Array&) { return in[next++]; };
        const std::tuple arguments{one(inputs)...};
        updated = std::apply([&](const auto&... a) { return fill(metric, in).update(a...); }, arguments);
        return copse::leaves(updated);
      },
      types);
  return fill(updated, copse::flat::compile(std::move(recorded.program))->run(all));
}

}  // namespace test
