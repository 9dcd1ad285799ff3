// Optimizers and schedules from options.
#pragma once

#include "case.hpp"
#include "copse/optim/schedules.hpp"
#include "copse/optim/transformation.hpp"

namespace reference {

copse::optim::Schedule schedule(const std::string& name, const Options& options);
copse::optim::GradientTransformation transformation(const std::string& name, const Options& options);

}  // namespace reference
