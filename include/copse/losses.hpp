// Losses: stateless structs that are called with predictions and targets.
#pragma once

#include "copse/losses/arguments.hpp"
#include "copse/losses/cross_entropy.hpp"
#include "copse/losses/loss.hpp"
#include "copse/losses/reduction.hpp"
#include "copse/losses/regression.hpp"
#include "copse/losses/regularizers.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
