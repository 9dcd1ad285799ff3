#include "copse/transform/custom.hpp"

namespace copse::lift {

void check_gradient_count(std::size_t got, std::size_t wanted) {
  if (got == wanted) return;
  throw TreeError("custom_vjp: backward gave a gradient of " + std::to_string(got) +
                  " leaves for an argument of " + std::to_string(wanted));
}

void check_forward(const SlotTypes& got, const SlotTypes& wanted) {
  const auto same = [](const auto& a, const auto& b) { return a.has_value() == b.has_value(); };
  if (std::equal(got.begin(), got.end(), wanted.begin(), wanted.end(), same)) return;
  throw TreeError("custom_vjp: the result of forward has another structure than the function's: " +
                  std::to_string(got.size()) + " leaves, or another one that is Nothing, wanted " +
                  std::to_string(wanted.size()));
}

}  // namespace copse::lift
