// Optimizers: gradient transformations, schedules, and the tree that holds one with its state.
#pragma once

#include "copse/optim/optimizer.hpp"
#include "copse/optim/optimizers.hpp"
#include "copse/optim/schedules.hpp"
#include "copse/optim/transformation.hpp"
#include "copse/optim/transforms.hpp"
#include "copse/optim/wrappers.hpp"
