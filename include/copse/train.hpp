// Training: modules with steps, strategies, the trainer, its callbacks, and what they work on.
#pragma once

#include "copse/data.hpp"
#include "copse/io.hpp"
#include "copse/losses.hpp"
#include "copse/metrics.hpp"
#include "copse/optim.hpp"
#include "copse/train/callbacks.hpp"
#include "copse/train/elegy_module.hpp"
#include "copse/train/history.hpp"
#include "copse/train/strategy.hpp"
#include "copse/train/trainer.hpp"
