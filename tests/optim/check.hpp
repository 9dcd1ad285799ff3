// Helpers of the tests of optimizers.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "../message.hpp"
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/optim.hpp"
#include "copse/transform/jit.hpp"
#include "copse/tree.hpp"

namespace test {

using testing_messages::message;

using copse::Array;
using copse::optim::Arrays;
using copse::optim::GradientTransformation;
using copse::optim::State;

inline void close(const Array& got, const std::vector<double>& wanted, double tolerance = 2e-6) {
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

// The parameters, and the gradients of three steps.
inline Arrays params() {
  using copse::array;
  return {array({1.0f, -2.0f, .5f}), array({{.5f, -.25f}, {1.0f, 2.0f}})};
}
inline std::vector<Arrays> gradients() {
  using copse::array;
  return {{array({.1f, -.2f, .3f}), array({{.4f, -.1f}, {.05f, .2f}})},
          {array({.2f, .1f, -.1f}), array({{-.3f, .2f}, {.1f, 0.0f}})},
          {array({-.1f, .3f, .2f}), array({{.1f, .1f}, {-.2f, .3f}})}};
}

// The first parameter after three steps, eagerly and compiled.
inline Array run(const GradientTransformation& t) {
  Arrays p = params();
  copse::optim::Optimizer optimizer = copse::optim::Optimizer(t).init(p);
  for (const Arrays& g : gradients()) std::tie(p, optimizer) = optimizer.step(g, p);
  const auto step = copse::jit(
      [](const Arrays& g, const Arrays& q, const copse::optim::Optimizer& o) { return o.step(g, q); });
  Arrays q = params();
  copse::optim::Optimizer compiled = copse::optim::Optimizer(t).init(q);
  for (const Arrays& g : gradients()) std::tie(q, compiled) = step(g, q, compiled);
  CHECK(step.stats().compiles == 1);
  for (std::size_t i = 0; i < p.size(); ++i) CHECK(copse::all_close(q[i], p[i], 1e-5, 1e-6));
  return p[0];
}

}  // namespace test
