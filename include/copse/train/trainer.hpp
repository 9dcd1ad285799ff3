// Trainer: holds a module and trains it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/io/tree.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/train/checkpoint.hpp"
#include "copse/train/elegy_module.hpp"
#include "copse/train/feed.hpp"
#include "copse/train/fit_options.hpp"
#include "copse/train/fit_sources.hpp"
#include "copse/train/grown.hpp"
#include "copse/train/loading.hpp"
#include "copse/train/loop.hpp"
#include "copse/train/repeats.hpp"
#include "copse/train/runner.hpp"

namespace copse {

/// Trains a struct: an ordinary object that holds an ElegyModule and replaces it step by step.
///
///     Trainer trainer{Classifier{}, {.optimizer = optim::adam(1e-3), .losses = {losses::CrossEntropy{}}}};
///     auto history = trainer.fit(x, y, {.epochs = 10, .validation_split = 0.1});
///     auto accuracy = trainer.evaluate(x_test, y_test)["accuracy"];
///
/// What can be trained on: arrays or trees of arrays (inputs, labels, sample weights), with samples along the
/// first axis; a `data::Dataset`; a `std::vector` of batches of any type; a function that returns a
/// `std::optional` batch; a `data::Source`, such as a dataset's batches or a `data::Loader`, or a
/// `std::shared_ptr` of one.
///
/// Processes that train together (`strategy::distributed`) make the same calls. Each takes its part of every
/// batch of arrays, of datasets and of lists of batches, which all have whole, so that the training is the
/// same for any number of processes; a function or a source gives each process its own part. All have the
/// whole state, and whole predictions.
///
/// The module is initialised with the first batch that it sees. The same seed gives the same training. A call
/// that fails on its arguments changes nothing.
template <class T>
class Trainer : public TrainerBase {
 public:
  explicit Trainer(T value, TrainerOptions options = {})
      : options_(std::move(options)),
        state_(std::move(value), options_),
        strategy_(options_.strategy),
        runner_(options_) {
    train_detail::refuse_other_hooks<T>();
  }
  /// Of a frozen value: parameters that it has are kept.
  template <tree_detail::AnyHandle H>
    requires std::same_as<typename H::value_type, T>
  explicit Trainer(const H& handle, TrainerOptions options = {}) : Trainer(*handle, std::move(options)) {}

  /// The module as it is now.
  const ElegyModule<T>& state() const {
    settle();
    return state_;
  }
  /// Goes on with another module.
  void set_state(ElegyModule<T> state) {
    grown_ = {};
    state_ = std::move(state);
  }
  const Strategy& strategy() const { return strategy_; }
  void set_strategy(const Strategy& strategy) { strategy_ = strategy; }
  /// How often train steps have been compiled.
  JitStats train_stats() const { return runner_.train_stats(); }

  /// Initialises the module for batches like this one, if it isn't yet.
  template <class B>
  void init(const B& batch) {
    train_detail::Initializers<T>::template know<B>();
    if (!batch_.known()) batch_ = train_detail::types_of(batch);
    if (state_.initialized()) return;
    state_ = state_.init_step(random::key(options_.seed), batch);
    // A look that initialises the module leaves it initialised.
    if (before_look_) before_look_ = state_;
    if (std::exchange(reset_waits_, false)) state_ = state_.reset_step();
  }

  /// Trains for epochs. Gives what they have reported, as `history()` does.
  template <class X>
  History fit(X&& x, const FitOptions& options = {}) {
    if constexpr (train_detail::has_source<std::remove_reference_t<X>>) {
      return fit_sources(train_detail::sources_of_batches<T>(x, options, shuffling()), options);
    } else if constexpr (train_detail::is_dataset<std::remove_cvref_t<X>>) {
      return fit_sources(train_detail::sources_of_dataset<T>(x, options, shuffling()), options);
    } else {
      return fit_arrays(train_detail::as_samples<T>(x), options);
    }
  }
  template <class X, class Y>
    requires(!std::same_as<Y, FitOptions>)
  History fit(const X& x, const Y& y, const FitOptions& options = {}) {
    return fit_arrays(BatchOf<X, Y>{x, y, {}}, options);
  }
  template <class X, class Y, class W>
    requires(!std::same_as<W, FitOptions>)
  History fit(const X& x, const Y& y, const W& sample_weight, const FitOptions& options = {}) {
    return fit_arrays(BatchOf<X, Y, W>{x, y, sample_weight}, options);
  }

  /// What test steps report over all batches.
  template <class X>
  EpochLogs evaluate(X&& x, const EvaluateOptions& options = {}) {
    if constexpr (train_detail::has_source<std::remove_reference_t<X>>) {
      return evaluate_source(train_detail::as_source(x, {.part = part()}, "evaluate"), options);
    } else if constexpr (train_detail::is_dataset<std::remove_cvref_t<X>>) {
      return evaluate_source(
          train_detail::dataset_source(x, looking(options), "evaluate",
                                       [](const auto& batch) { return train_detail::as_samples<T>(batch); }),
          options);
    } else {
      return evaluate_arrays(train_detail::as_samples<T>(x), options);
    }
  }
  template <class X, class Y>
    requires(!std::same_as<Y, EvaluateOptions>)
  EpochLogs evaluate(const X& x, const Y& y, const EvaluateOptions& options = {}) {
    return evaluate_arrays(BatchOf<X, Y>{x, y, {}}, options);
  }
  template <class X, class Y, class W>
    requires(!std::same_as<W, EvaluateOptions>)
  EpochLogs evaluate(const X& x, const Y& y, const W& sample_weight, const EvaluateOptions& options = {}) {
    return evaluate_arrays(BatchOf<X, Y, W>{x, y, sample_weight}, options);
  }

  /// Predictions for all samples, in order: batches joined along the first axis. Predictions that are no
  /// trees of arrays come as a vector, one for each batch.
  template <class X>
  auto predict(X&& x, const PredictOptions& options = {}) {
    if constexpr (train_detail::has_source<std::remove_reference_t<X>>) {
      return predict_source(train_detail::as_source(x, {.part = part()}, "predict"), options);
    } else if constexpr (train_detail::is_dataset<std::remove_cvref_t<X>>) {
      return predict_source(train_detail::dataset_source(x, looking(options), "predict", std::identity{}),
                            options);
    } else {
      using B = std::remove_cvref_t<X>;
      return predict_source<B>(std::make_shared<data::ArrayBatches<B>>(x, looking(options), "predict"),
                               options);
    }
  }

  /// One step, without callbacks: what it reports of this batch, and what metrics have accumulated so far;
  /// they go on from there.
  template <class X>
  EpochLogs train_on_batch(const X& x) {
    return reported(train_batch(train_detail::as_samples<T>(x)));
  }
  template <class X, class Y, class W = Array>
  EpochLogs train_on_batch(const X& x, const Y& y, const W& sample_weight = {}) {
    return reported(train_batch(BatchOf<X, Y, W>{x, y, sample_weight}));
  }
  /// Where the time of a train step on this batch goes: a row for each instruction, with its layer's path, as
  /// `profile` of a compiled function gives it. The trainer is as before, though its step may have been
  /// compiled. Throws ValueError where the strategy compiles no step as a whole.
  template <class X>
  [[nodiscard]] Profile profile(const X& x) const {
    return profile_batch(train_detail::as_samples<T>(x));
  }
  template <class X, class Y, class W = Array>
  [[nodiscard]] Profile profile(const X& x, const Y& y, const W& sample_weight = {}) const {
    return profile_batch(BatchOf<X, Y, W>{x, y, sample_weight});
  }
  template <class X>
  EpochLogs test_on_batch(const X& x) {
    return tested(train_detail::as_samples<T>(x));
  }
  template <class X, class Y, class W = Array>
  EpochLogs test_on_batch(const X& x, const Y& y, const W& sample_weight = {}) {
    return tested(BatchOf<X, Y, W>{x, y, sample_weight});
  }
  /// A prediction of one batch, with a key of its own.
  template <class X>
  auto predict_on_batch(const X& x) {
    const Look look(*this, Run::predict);
    return predict_batch(x);
  }
  /// Empties what metrics have accumulated.
  void reset_metrics() override {
    grown_ = {};
    reset_waits_ = !state_.initialized();
    if (!reset_waits_) state_ = state_.reset_step();
  }
  Logs metric_values() const override { return train_detail::metric_values(state()); }
  int rank() const override { return train_detail::process_rank(strategy_); }
  int ranks() const override { return train_detail::process_count(strategy_); }
  bool finite() const override { return train_detail::all_finite(train_detail::kept_arrays(*state_)); }

  /// A table of the module's parts, with the shapes for inputs like these; without inputs, or where the
  /// struct has no call operator for them, all of its leaves.
  template <class X>
  [[nodiscard]] std::string summary(const X& x, const TableOptions& options = {}) const {
    if constexpr (!std::same_as<X, TableOptions> && train_detail::takes_inputs<T, X>) {
      return state_.tabulate(options, x);
    } else {
      return to_string(Tree<T>(state_.shared()));
    }
  }
  [[nodiscard]] std::string summary() const { return to_string(Tree<T>(state_.shared())); }

  /// Writes everything that the training needs to go on: parameters and states, the optimizer, the key, the
  /// epoch, the step and the seed of the data's order. The file is a safetensors file, and whole at any time.
  /// Throws ValueError before the module is initialised. Of processes that train together, the first one
  /// writes.
  void save(const std::filesystem::path& path) const override {
    write(path, train_detail::all_arrays(state()), run_state());
  }
  void save_weights(const std::filesystem::path& path) const override {
    const auto other = exported_parameters();
    write(path, io::named_leaves(other ? train_detail::with_parameters(*state(), *other) : *state()), {});
  }

  void resume_from(const std::filesystem::path& path) override { (void)load(path); }

  std::vector<Array> parameters() const override {
    return optim::detail::collect(*state_, optim::detail::chosen(*state_));
  }
  void set_parameters(const std::vector<Array>& parameters) override {
    settle();
    state_ = state_.with_value(train_detail::with_parameters(*state_, parameters));
  }
  void report_gradient_norms(const ReportedNorms& norms) override {
    if constexpr (ElegyModule<T>::is_core) {
      if (norms != ReportedNorms())
        train_detail::no_gradients(std::string(reflect::type_name<T>()), "reporting norms of gradients");
    } else {
      norms_ = tree_detail::HandleAccess::extra(state_).norms = norms;
    }
  }

  /// Goes on from a file that `save` wrote, and tells what has become of each array. A module that has seen
  /// no batch is initialised for batches like those that the saved one was initialised with. Throws IoError
  /// for a file that is none, TreeError listing all differences for one of another module (see
  /// CheckpointOptions for what may differ); then nothing has changed.
  LoadReport load(const std::filesystem::path& path, const CheckpointOptions& options = {}) {
    using namespace train_detail;
    const Checkpoint file = read_checkpoint(path, options);
    Loading<T> loading = plan_for_any(state_, file, options, options_.seed);
    set_state(loaded(loading));
    if (!batch_.known()) batch_ = file.header.batch;
    if (is_whole(options)) {
      progress_ = file.header.progress;
      options_.seed = file.header.seed;
      resuming_ = true;
      run_state_ = file.run;
    }
    return std::move(loading.plan.report);
  }

  double hyperparam(std::string_view name) const override {
    if constexpr (ElegyModule<T>::is_core)
      return train_detail::hyperparam_of(std::nullopt, name);
    else
      return train_detail::hyperparam_of(state_.extra().optimizer, name);
  }
  void set_hyperparam(std::string_view name, double value) override {
    if constexpr (ElegyModule<T>::is_core) {
      (void)train_detail::hyperparam_of(std::nullopt, name);
    } else {
      const auto set = [&](ElegyModule<T>& module) {
        auto& optimizer = tree_detail::HandleAccess::extra(module).optimizer;
        optimizer = train_detail::with_hyperparam(optimizer, name, value);
      };
      set(state_);
      if (before_look_) set(*before_look_);
      for (auto& [module, looks] : outer_looks_)
        if (module) set(*module);
    }
  }

  std::shared_ptr<const Snapshot> snapshot() const override {
    return std::make_shared<const train_detail::ModuleSnapshot<T>>(state());
  }
  void restore(const std::shared_ptr<const Snapshot>& snapshot) override {
    set_state(train_detail::restored(state_, *snapshot));
  }

 private:
  void write(const std::filesystem::path& path, io::NamedArrays arrays, const io::Store& run) const {
    std::string type(reflect::type_name<T>());
    if (!state_.initialized()) train_detail::nothing_to_save(type);
    if (rank() != 0) return;
    train_detail::write_checkpoint(path, {std::move(type), options_.seed, progress_, batch_},
                                   train_detail::describe(*state_), std::move(arrays), run);
  }

  void flush_gradients() override {
    if constexpr (ElegyModule<T>::is_core) {
      train_detail::no_gradients(std::string(reflect::type_name<T>()), "flush_gradients");
    } else {
      settle();
      if (!state_.extra().optimizer) return;
      auto [value, optimizer] = state_.extra().optimizer->flush(*state_);
      state_ = state_.with_value(std::move(value));
      tree_detail::HandleAccess::extra(state_).optimizer = std::move(optimizer);
    }
  }

  void sum_over_ranks(std::span<std::int64_t> numbers) const override {
    train_detail::sum_over_processes(strategy_, numbers);
  }
  data::Part part() const { return {rank(), ranks()}; }
  train_detail::Shuffling shuffling() const { return {options_.seed, part()}; }
  template <class Options>
  data::BatchOptions looking(const Options& options) const {
    return {.batch_size = options.batch_size, .steps = options.steps, .part = part()};
  }

  template <class B>
  Logs train_batch(const B& batch) {
    train_detail::Initializers<T>::template know_step<B>();
    init(batch);
    take_grown();
    if constexpr (!ElegyModule<T>::is_core) {
      // A state that was set or came back may have been saved with others.
      if (state_.extra().norms != norms_) tree_detail::HandleAccess::extra(state_).norms = norms_;
    }
    const auto step = [&](ElegyModule<T>& module) {
      return runner_.train(module, batch, {progress_.epoch, progress_.batch}, strategy_);
    };
    if (options_.deterministic && !std::exchange(repeat_checked_, true))
      train_detail::require_repeatable(state_, step);
    return step(state_);
  }
  // On a copy of the module, which is initialised and without metrics that have grown, as a step's is.
  template <class B>
  Profile profile_batch(const B& batch) const {
    ElegyModule<T> module =
        state_.initialized() ? state_ : state_.init_step(random::key(options_.seed), batch);
    if constexpr (!ElegyModule<T>::is_core)
      train_detail::GrownModuleMetrics().take(tree_detail::HandleAccess::extra(module));
    return runner_.profile(module, batch, {progress_.epoch, progress_.batch}, strategy_);
  }
  template <class B>
  Logs test_batch(const B& batch) {
    init(batch);
    take_grown();
    return runner_.test(state_, batch, {progress_.epoch, looked_++}, strategy_);
  }
  // Metrics that grow with each batch are kept aside, so that compiled steps fit the next one, too.
  void take_grown() {
    if constexpr (!ElegyModule<T>::is_core) {
      if (strategy_.mode != Strategy::Mode::eager) grown_.take(tree_detail::HandleAccess::extra(state_));
    }
  }
  void settle() const {
    if constexpr (!ElegyModule<T>::is_core) {
      if (!grown_.empty()) grown_.put(tree_detail::HandleAccess::extra(state_));
    }
  }
  // What a step has reported, and the metrics as they are now; both are read when they are asked for.
  EpochLogs reported(Logs logs) {
    settle();
    if constexpr (ElegyModule<T>::is_core) {
      return train_detail::read_later(std::move(logs), {}, {});
    } else {
      return train_detail::read_later(std::move(logs), state_.extra().metrics, state_.extra().added);
    }
  }
  // Metrics go on; all else is as before.
  template <class B>
  EpochLogs tested(const B& batch) {
    init(batch);
    const ElegyModule<T> before = state();
    EpochLogs logs = reported(test_batch(batch));
    if constexpr (!ElegyModule<T>::is_core) state_ = train_detail::with_metrics_of(before, state_);
    return logs;
  }

  std::optional<bool> direction(const std::string& name) const override {
    if constexpr (ElegyModule<T>::is_core) {
      return std::nullopt;
    } else {
      return train_detail::direction(state_.extra(), name);
    }
  }
  void begin_look(Run run) override;
  void end_look() noexcept override;
  void tell_struct(train_detail::StructHook hook, int epoch, const EpochLogs& logs) override {
    if constexpr (train_detail::has_struct_hooks<T>) {
      T value = *state();
      if (train_detail::call_struct_hook(value, hook, epoch, logs))
        state_ = state_.with_value(std::move(value));
    }
  }
  template <class B>
  auto predict_batch(const B& batch) {
    if constexpr (train_detail::inits_with<T, B>) {
      init(batch);
    } else if constexpr (train_detail::inits_with<T, BatchOf<B>>) {
      init(BatchOf<B>{batch, {}, {}});
    } else if (!state_.initialized()) {
      train_detail::cannot_init(std::string(reflect::type_name<T>()), std::string(reflect::type_name<B>()));
    }
    return train_detail::with_pred_argument<T>(batch, [&](const auto& inputs) {
      return runner_.predict(state_, inputs, {progress_.epoch, looked_++}, strategy_);
    });
  }

  template <class B>
  History fit_arrays(B samples, const FitOptions& options) {
    return fit_sources(train_detail::sources_of_arrays<T>(std::move(samples), options, shuffling()), options);
  }

  template <class B>
  History fit_sources(train_detail::FitSources<B> sources, const FitOptions& options) {
    train_detail::TypedFeed<B> feed(std::move(sources.train),
                                    [this](const B& batch) { return train_batch(batch); });
    std::optional<train_detail::TypedFeed<B>> tests;
    if (sources.validation)
      tests.emplace(std::move(sources.validation), [this](const B& batch) { return test_batch(batch); });
    TrainLoop loop(*this, options.callbacks, options.verbose, options.fast_dev_run);
    loop.fit(feed, tests ? &*tests : nullptr, train_detail::loop_options(options));
    return history_;
  }

  template <class B>
  EpochLogs evaluate_arrays(const B& samples, const EvaluateOptions& options) {
    return evaluate_source(std::shared_ptr<data::Source<B>>(std::make_shared<data::ArrayBatches<B>>(
                               samples, looking(options), "evaluate")),
                           options);
  }

  template <class B>
  EpochLogs evaluate_source(std::shared_ptr<data::Source<B>> source, const EvaluateOptions& options) {
    train_detail::TypedFeed<B> feed(std::move(source), [this](const B& batch) { return test_batch(batch); });
    return TrainLoop(*this, options.callbacks, options.verbose)
        .evaluate(feed, options.steps, options.verbose);
  }

  template <class B>
  auto predict_source(std::shared_ptr<data::Source<B>> source, const PredictOptions& options) {
    using Out = decltype(predict_batch(std::declval<const B&>()));
    std::vector<Out> outputs;
    train_detail::TypedFeed<B> feed(std::move(source), [&](const B& batch) {
      outputs.push_back(predict_batch(batch));
      return Logs();
    });
    TrainLoop(*this, options.callbacks, options.verbose).predict(feed, options.steps, options.verbose);
    if (outputs.empty()) throw ValueError("predict: there is no batch");
    if constexpr (data::is_arrays<Out>) {
      return data::join_samples(outputs, "predict");
    } else {
      return outputs;
    }
  }

  TrainerOptions options_;
  mutable ElegyModule<T> state_;
  mutable train_detail::GrownModuleMetrics grown_;  // what of it is kept aside
  Strategy strategy_;
  train_detail::BatchTypes batch_;  // what it was initialised with
  // While evaluating or predicting: the module as it was, and how many batches there have been.
  std::optional<ElegyModule<T>> before_look_;
  std::int64_t looked_ = 0;
  ReportedNorms norms_{};
  bool repeat_checked_ = false;  // whether the first step was run twice, see TrainerOptions::deterministic
  bool reset_waits_ = false;     // for the module to be initialised
  std::vector<std::pair<std::optional<ElegyModule<T>>, std::int64_t>> outer_looks_;
  train_detail::Runner<T> runner_;
};

template <class T>
void Trainer<T>::begin_look(Run run) {
  outer_looks_.emplace_back(std::exchange(before_look_, state()), std::exchange(looked_, 0));
  if (run == Run::test) reset_metrics();
  if constexpr (!ElegyModule<T>::is_core) {
    if (run == Run::predict) state_ = train_detail::in_next_run(state_);
  }
}

// A core struct keeps what its steps have changed; of all others only the count of runs goes on.
template <class T>
void Trainer<T>::end_look() noexcept {
  if constexpr (!ElegyModule<T>::is_core) {
    grown_.clear();
    if (before_look_->initialized()) state_ = train_detail::with_runs_of(*before_look_, state_);
  }
  std::tie(before_look_, looked_) = std::move(outer_looks_.back());
  outer_looks_.pop_back();
}

template <class T>
  requires(!tree_detail::AnyHandle<T>)
Trainer(T) -> Trainer<T>;
template <class T>
  requires(!tree_detail::AnyHandle<T>)
Trainer(T, TrainerOptions) -> Trainer<T>;
template <tree_detail::AnyHandle H>
Trainer(H) -> Trainer<typename H::value_type>;
template <tree_detail::AnyHandle H>
Trainer(H, TrainerOptions) -> Trainer<typename H::value_type>;

/// Keras's name for it.
template <class T>
using Model = Trainer<T>;

}  // namespace copse
