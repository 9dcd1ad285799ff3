// One line a case: the type as text, and the elements within a tolerance.
#pragma once

#include "agree.hpp"
#include "copse/trace/compile.hpp"

namespace agree {

inline void expect(const Array& got, const char* type, const std::vector<double>& wanted,
                   double tolerance = 2e-6) {
  CHECK(to_string(got.type()) == type);
  const auto values = got.to_vector<double>();
  REQUIRE(values.size() == wanted.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = values[i], y = wanted[i];
    INFO("element " << i << " of " << type << ": " << x << ", wanted " << y);
    CHECK((x == y || std::abs(x - y) <= tolerance * std::max(1.0, std::abs(y)) ||
           (std::isnan(x) && std::isnan(y))));
  }
}

/// Compiled, a function gives what it gives at once.
inline void require_compiled(const flat::Function& f, const Arrays& inputs) {
  std::vector<ShapeDtype> types;
  for (const Array& x : inputs) types.push_back(x.type());
  const auto program = flat::compile(flat::record(f, types).program);
  Arrays in = inputs;
  const Arrays got = program->run(in), wanted = f(inputs);
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    REQUIRE(to_string(got[i].shape()) == to_string(wanted[i].shape()));
    require_same(got[i], wanted[i], 1e-6);
  }
}

}  // namespace agree
