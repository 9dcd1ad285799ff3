#include "copse/train/fit_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "copse/core/error.hpp"

namespace copse::train_detail {

LoopOptions loop_options(const FitOptions& options) {
  LoopOptions out{.epochs = options.epochs,
                  .initial_epoch = options.initial_epoch,
                  .steps = options.steps_per_epoch,
                  .validation_steps = options.validation_steps,
                  .validation_freq = options.validation_freq,
                  .verbose = options.verbose,
                  .handle_interrupt = options.handle_interrupt,
                  .min_epochs = options.min_epochs,
                  .max_steps = options.max_steps,
                  .max_time = options.max_time,
                  .validation_interval = options.validation_interval,
                  .flush_gradients = options.flush_gradients,
                  .same_batches = same_batches(options),
                  .dev_run = options.fast_dev_run};
  if (options.min_epochs < 0 || options.min_epochs > std::max(0, options.epochs)) {
    throw ValueError(fmt::format("fit: min_epochs is {}, wanted 0 or more and at most epochs, which is {}",
                                 options.min_epochs, options.epochs));
  }
  if (options.overfit_batches) {
    if (*options.overfit_batches < 1)
      throw ValueError(fmt::format("fit: overfit_batches is {}, wanted 1 or more", *options.overfit_batches));
    out.steps = options.overfit_batches;
  }
  if (options.fast_dev_run) {
    out.epochs = options.initial_epoch + 1;
    out.min_epochs = 0;
    out.steps = out.validation_steps = 1;
    out.validation_freq = 1;
    out.validation_interval = out.max_steps = std::nullopt;
  }
  return out;
}

}  // namespace copse::train_detail
