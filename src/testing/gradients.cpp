#include "copse/testing/gradients.hpp"

#include <fmt/format.h>

#include <cmath>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/trace/flat.hpp"

namespace copse::testing {
namespace {

// Some direction in which everything moves, different for each element.
Array direction(const Array& like, int seed) {
  std::vector<double> data(static_cast<std::size_t>(like.size()));
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = std::sin(1.0 + static_cast<double>(i) * 1.7 + seed);
  return astype(array(std::span<const double>(data), like.shape()), like.dtype());
}

bool close(double a, double b, const GradientTolerance& t) {
  return std::abs(a - b) <= t.absolute + t.relative * std::max(std::abs(a), std::abs(b));
}

}  // namespace

std::string check_gradients(const std::function<Array(const std::vector<Array>&)>& f,
                            const std::vector<Array>& inputs, const GradientTolerance& tolerance) {
  const flat::Function function = [&](const flat::Arrays& in) { return flat::Arrays{f(in)}; };
  const flat::Vjp back = flat::vjp(function, inputs, std::vector<std::uint8_t>(inputs.size(), 1));
  const Array ct = direction(back.outputs[0], 0);
  const flat::Arrays gradients = back.pullback(std::span<const Array>(&ct, 1));
  const auto value = [&](const flat::Arrays& in) { return sum(f(in) * ct).item<double>(); };
  for (std::size_t n = 0; n < inputs.size(); ++n) {
    if (!is_floating(inputs[n].dtype())) continue;
    const std::vector<double> at = inputs[n].to_vector<double>();
    for (std::size_t i = 0; i < at.size(); ++i) {
      flat::Arrays low = inputs, high = inputs;
      const auto moved = [&](double by) {
        std::vector<double> data = at;
        data[i] += by;
        return astype(array(std::span<const double>(data), inputs[n].shape()), inputs[n].dtype());
      };
      low[n] = moved(-tolerance.step);
      high[n] = moved(tolerance.step);
      const double wanted = (value(high) - value(low)) / (2 * tolerance.step);
      const double got = gradients[n].has_value() ? gradients[n].to_vector<double>()[i] : 0.0;
      if (!close(got, wanted, tolerance))
        return fmt::format("the gradient of input {} at element {} is {}, finite differences give {}", n, i,
                           got, wanted);
    }
  }
  flat::Arrays tangents(inputs.size()), low = inputs, high = inputs;
  for (std::size_t n = 0; n < inputs.size(); ++n) {
    if (!is_floating(inputs[n].dtype())) continue;
    tangents[n] = direction(inputs[n], static_cast<int>(n) + 1);
    low[n] = inputs[n] - tolerance.step * tangents[n];
    high[n] = inputs[n] + tolerance.step * tangents[n];
  }
  const flat::Jvp forward = flat::jvp(function, inputs, tangents);
  const double wanted = (value(high) - value(low)) / (2 * tolerance.step);
  const double got = forward.tangents[0].has_value() ? sum(forward.tangents[0] * ct).item<double>() : 0.0;
  if (!close(got, wanted, tolerance))
    return fmt::format("the forward derivative is {}, finite differences give {}", got, wanted);
  return {};
}

}  // namespace copse::testing
