#include "copse/train/callbacks/averages.hpp"

#include <fmt/format.h>

#include <utility>

#include "../../core/lifetime.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/transform/jit.hpp"

namespace copse::callbacks {
namespace {

using Arrays = std::vector<Array>;

// One compiled step for all parameters.
Arrays averaged(Arrays averages, const Arrays& parameters, double decay) {
  static const auto& step =
      detail::never_destroyed(Jit([](const Arrays& a, const Arrays& p, const Array& kept) {
        Arrays out;
        for (std::size_t n = 0; n < a.size(); ++n)
          out.push_back(astype(kept * a[n] + (1.0 - kept) * p[n], a[n].dtype()));
        return out;
      }));
  return step(std::move(averages), parameters, Array(decay));
}

}  // namespace

EMA::EMA(EMAOptions options) : options_(options) {
  if (!(options_.decay >= 0 && options_.decay <= 1))
    throw ValueError(fmt::format("EMA: decay is {}, wanted between 0 and 1", options_.decay));
  if (options_.every < 1)
    throw ValueError(fmt::format("EMA: every is {}, wanted 1 or more steps", options_.every));
}

void EMA::on_train_begin(TrainerBase&) {
  training_ = true;
  tests_ = 0;
  averages_.clear();
}

void EMA::on_train_batch_end(TrainerBase& trainer, const BatchInfo&, const EpochLogs&) {
  const std::int64_t steps = trainer.progress().steps;
  if (steps <= options_.start || steps % options_.every != 0) return;
  if (averages_.empty())
    averages_ = trainer.parameters();
  else
    averages_ = averaged(std::move(averages_), trainer.parameters(), options_.decay);
}

void EMA::on_test_begin(TrainerBase& trainer) {
  if (!training_ || tests_++ > 0 || averages_.empty()) return;
  parameters_ = trainer.parameters();
  trainer.set_parameters(averages_);
}

void EMA::on_test_end(TrainerBase& trainer, const EpochLogs&) {
  if (!training_ || --tests_ > 0 || parameters_.empty()) return;
  trainer.set_parameters(parameters_);
  parameters_.clear();
}

void EMA::on_train_end(TrainerBase& trainer, const EpochLogs&) {
  training_ = false;
  if (options_.keep && !averages_.empty()) trainer.set_parameters(averages_);
}

std::optional<std::vector<Array>> EMA::exported_parameters() const {
  if (!training_ || averages_.empty()) return std::nullopt;
  return averages_;
}

void EMA::save(io::Store& store) const {
  store.set("count", averages_.size());
  for (std::size_t n = 0; n < averages_.size(); ++n) store.set(fmt::format("average_{}", n), averages_[n]);
}

void EMA::load(const io::Store& store) {
  averages_.clear();
  for (std::size_t n = 0; n < store.get<std::size_t>("count"); ++n)
    averages_.push_back(store.get<Array>(fmt::format("average_{}", n)));
}

}  // namespace copse::callbacks
