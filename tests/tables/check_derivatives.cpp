#include <fmt/format.h>

#include <cmath>

#include "checks.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/testing/gradients.hpp"
#include "copse/trace/flat.hpp"
#include "transforms.hpp"

namespace tables {
namespace {

// Gradients go back to the dtype of what they belong to, whatever the operation computed in.
void check_types(const Row& row, DType dtype, Report& report) {
  if (!contains(row.types, dtype)) return;
  const Arrays inputs = make(row.inputs, dtype);
  const Arrays gradients = gradients_of(row.call, inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!gradients[i].has_value()) continue;
    if (gradients[i].dtype() != inputs[i].dtype() || gradients[i].shape() != inputs[i].shape())
      report.add("gradient of " + to_string(inputs[i].type()), "has type " + to_string(gradients[i].type()));
  }
}

// Both modes are the same linear function, and its transpose.
void check_transpose(const Call& f, const Arrays& inputs, Report& report) {
  Arrays tangents;
  double forward = 0, backward = 0;
  for (const Array& x : inputs) tangents.push_back(is_floating(x.dtype()) ? cos(x * 5) : Array());
  const flat::Jvp jvp = flat::jvp(f, inputs, tangents);
  const Arrays cotangents = cotangents_for(jvp.outputs), gradients = gradients_of(f, inputs);
  for (std::size_t i = 0; i < cotangents.size(); ++i)
    if (cotangents[i].has_value() && jvp.tangents[i].has_value())
      forward += sum(astype(cotangents[i], DType::float64) * jvp.tangents[i]).item<double>();
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (tangents[i].has_value()) backward += sum(tangents[i] * gradients[i]).item<double>();
  if (!(std::abs(forward - backward) <= 1e-2 * (1 + std::abs(forward))) || forward == 0)
    report.add("derivatives", fmt::format("are {} forward, {} backward", forward, backward));
}

}  // namespace

void check_derivatives(const Row& row, Report& report) {
  if (!has_floats(row)) return;
  const DType dtype = DType::float64;
  const Arrays inputs = make(row.inputs, dtype);
  if (row.gradient == Gradient::none) {
    try {
      (void)gradients_of(row.call, inputs);
      report.add("gradient", "worked, but the row says that there is none");
    } catch (const ValueError&) {
    }
    return;
  }
  check_types(row, DType::float32, report);
  check_types(row, DType::bfloat16, report);
  if (row.gradient == Gradient::zero) {
    for (const Array& g : gradients_of(row.call, inputs))
      report.add("gradient", difference(g, zeros_like(g), 0));
    return;
  }
  if (row.gradient == Gradient::rounded) return check_transpose(row.call, inputs, report);
  const std::size_t results = row.call(inputs).size();
  for (std::size_t r = 0; r < results; ++r) {
    const auto f = [&](const Arrays& in) { return row.call(in)[r]; };
    if (is_floating(f(inputs).dtype())) report.add("first derivatives", testing::check_gradients(f, inputs));
  }
  if (row.gradient != Gradient::smooth) return;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!is_floating(inputs[i].dtype())) continue;
    const auto g = [&](const Arrays& in) { return gradients_of(row.call, in)[i]; };
    report.add("second derivatives", testing::check_gradients(g, inputs));
  }
}

}  // namespace tables
