// What a trainer's step costs beside the compiled step that it runs: a network of a few microseconds.
#include "copse/copse.hpp"
#include "item.hpp"

namespace bench {
namespace {

using namespace copse;

struct Tiny {
  nn::Linear hidden{8};
  nn::Linear last{1};
  Array operator()(Scope& scope, const Array& x) { return last(scope, relu(hidden(scope, x))); }
};

TrainerOptions options() {
  return {.optimizer = optim::sgd(1e-3), .losses = {losses::MeanSquaredError{}}, .metrics = {}};
}
Batch batch() { return {uniform(1, {32, 4}), uniform(2, {32, 1}), {}}; }

double loss_after(const ElegyModule<Tiny>& module) {
  return module.train_step(batch()).first["loss"].item<double>();
}

// The compiled step alone, which takes the module and gives the next one.
Bench bare() {
  struct State {
    ElegyModule<Tiny> first{Tiny{}, options()}, module = first;
    Jit<train_detail::TrainStep> step{train_detail::TrainStep{}};
    Batch data = batch();
  };
  const auto state = std::make_shared<State>();
  state->first = state->first.init_step(random::key(1), state->data);
  return {[=] { state->module = state->first; },
          [=](int calls) {
            for (int i = 0; i < calls; ++i)
              state->module = state->step(std::move(state->module), state->data).second;
          },
          [=] { return std::vector<double>{loss_after(state->first)}; }};
}

// The same by `fit`; a call is a batch of one epoch.
Bench fit(bool with_callbacks) {
  struct State {
    Trainer<Tiny> trainer{Tiny{}, options()};
    std::vector<Batch> batches;
    std::FILE* nowhere = std::fopen("/dev/null", "w");
    ~State() { std::fclose(nowhere); }
  };
  const auto state = std::make_shared<State>();
  state->trainer.init(batch());
  const auto first = state->trainer.state();
  return {[=] { state->trainer.set_state(first); },
          [=](int calls) {
            state->batches.assign(static_cast<std::size_t>(calls), batch());
            FitOptions options{.shuffle = false, .verbose = 0};
            if (with_callbacks) {
              options.callbacks = {callbacks::ProgressBar{{.out = state->nowhere, .terminal = true}}};
              options.verbose = 1;
            }
            (void)state->trainer.fit(state->batches, options);
          },
          [=] { return std::vector<double>{loss_after(first)}; }};
}

}  // namespace

std::vector<Item> trainer_items() {
  return {{"trainer_step_bare", {0.4}, {1.0}, bare},
          {"trainer_step_fit", {0.4}, {1.0}, [] { return fit(false); }},
          {"trainer_step_callbacks", {0.4}, {1.0}, [] { return fit(true); }}};
}

}  // namespace bench
