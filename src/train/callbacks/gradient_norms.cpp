#include "copse/train/callbacks/gradient_norms.hpp"

namespace copse::callbacks {

void GradientNorms::on_train_begin(TrainerBase& trainer) {
  trainer.report_gradient_norms({.all = true, .each = options_.each});
}

void GradientNorms::on_train_end(TrainerBase& trainer, const EpochLogs&) {
  trainer.report_gradient_norms({});
}

}  // namespace copse::callbacks
