#include "copse/transform/custom.hpp"

namespace copse::lift {

void check_gradient_count(std::size_t got, std::size_t wanted) {
  if (got == wanted) return;
  throw TreeError("custom_vjp: backward gave a gradient of " + std::to_string(got) +
                  " leaves for an argument of " + std::to_string(wanted));
}

}  // namespace copse::lift
