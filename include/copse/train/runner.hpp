// Runs the steps of a module as a strategy says.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/data/samples.hpp"
#include "copse/train/elegy_module.hpp"
#include "copse/transform/jit.hpp"

namespace copse::train_detail {

/// Whether steps can be compiled: all leaves are arrays. Batches must have some: one that is all static would
/// be compiled for each of its values.
template <class T, class B>
inline constexpr bool compiles = data::is_arrays<B> && (data::is_arrays<T> || !tree_detail::is_node<T>);

[[noreturn]] void cannot_compile(const std::string& module, const std::string& batch);
[[noreturn]] void cannot_init(const std::string& module, const std::string& inputs);
[[noreturn]] void cannot_profile();

// The steps as functions to be compiled.
struct TrainStep {
  template <class M, class B>
  std::pair<Logs, M> operator()(const M& module, const B& batch, const StepInfo& info = {}) const {
    return train_step(module, batch, info);
  }
};
struct TestStep {
  template <class M, class B>
  std::pair<Logs, M> operator()(const M& module, const B& batch, const StepInfo& info = {}) const {
    return test_step(module, batch, info);
  }
};
struct PredStep {
  template <class M, class Inputs>
  auto operator()(const M& module, const Inputs& inputs, const StepInfo& info = {}) const {
    return pred_step(module, inputs, info);
  }
};

/// Where a step is, as numbers.
struct Position {
  std::int64_t epoch = 0, batch = 0;
  StepInfo info() const { return {full({}, epoch, DType::int32), full({}, batch, DType::int32)}; }
};

/// Steps compiled for one strategy. Batches are the second argument.
struct CompiledSteps {
  Strategy strategy;
  Jit<TrainStep> train;
  Jit<TestStep> test;
  Jit<PredStep> predict;
};

/// What has been compiled, by strategy. A trainer has few.
using StepsByStrategy = std::vector<std::shared_ptr<const CompiledSteps>>;

/// The steps of a strategy, made if need be. Strategies that divide nothing have the same. `check_nan` is for
/// train steps.
const CompiledSteps& steps_of(StepsByStrategy& compiled, const Strategy& strategy, bool check_nan);
/// How train steps of all strategies have been used.
JitStats sum_of_train_stats(const StepsByStrategy& compiled);

/// Steps by a strategy. What has been compiled is kept.
template <class T>
class Runner {
 public:
  using M = ElegyModule<T>;

  explicit Runner(const TrainerOptions& options) : check_nan_(options.detect_anomaly) {}

  /// Replaces the module by the one after the step. If the step fails, the module is as it was.
  template <class B>
  Logs train(M& module, const B& batch, const Position& at, const Strategy& strategy) const {
    if (strategy.mode == Strategy::Mode::eager) return take(module, train_step(module, batch, at.info()));
    if constexpr (compiles<T, B>) {
      const auto& step = steps(strategy).train;
      if (strategy.mode != Strategy::Mode::jit) return take(module, compiled_train(step, module, batch, at));
      // The module keeps its memory, so that nothing of the copy's is reused.
      M copy = module;
      return take(module, compiled_train(step, copy, batch, at));
    } else {
      cannot_compile(text<T>(), text<B>());
    }
  }

  template <class B>
  Logs test(M& module, const B& batch, const Position& at, const Strategy& strategy) const {
    if (strategy.mode == Strategy::Mode::eager) return take(module, test_step(module, batch, at.info()));
    if constexpr (compiles<T, B>) {
      if constexpr (test_asks_info<T, B>)
        return take(module, steps(strategy).test(module, batch, at.info()));
      else
        return take(module, steps(strategy).test(module, batch));
    } else {
      cannot_compile(text<T>(), text<B>());
    }
  }

  template <class Inputs>
  auto predict(M& module, const Inputs& inputs, const Position& at, const Strategy& strategy) const {
    using Out = typename decltype(pred_step(module, inputs, at.info()))::first_type;
    if (strategy.mode == Strategy::Mode::eager) return take(module, pred_step(module, inputs, at.info()));
    if constexpr (compiles<T, Inputs> && data::is_arrays<Out>) {
      if constexpr (pred_asks_info<T, Inputs>)
        return take(module, steps(strategy).predict(module, inputs, at.info()));
      else
        return take(module, steps(strategy).predict(module, inputs));
    } else {
      cannot_compile(text<T>(), text<Inputs>());
    }
  }

  /// Where the time of a train step goes. Nothing is taken from the module.
  template <class B>
  Profile profile(M& module, const B& batch, [[maybe_unused]] const Position& at,
                  const Strategy& strategy) const {
    if (strategy.mode != Strategy::Mode::jit && strategy.mode != Strategy::Mode::jit_donate) cannot_profile();
    if constexpr (!compiles<T, B>)
      cannot_compile(text<T>(), text<B>());
    else if constexpr (train_asks_info<T, B>)
      return steps(strategy).train.profile(std::move(module), batch, at.info());
    else
      return steps(strategy).train.profile(std::move(module), batch);
  }

  /// How often train steps have been compiled.
  JitStats train_stats() const { return sum_of_train_stats(compiled_); }

 private:
  template <class U>
  static std::string text() {
    return std::string(reflect::type_name<U>());
  }

  template <class Out>
  static Out take(M& module, std::pair<Out, M> result) {
    module = std::move(result.second);
    return std::move(result.first);
  }

  // The steps of a strategy; those that compile and divide nothing share theirs.
  const CompiledSteps& steps(const Strategy& strategy) const {
    return steps_of(compiled_, strategy, check_nan_);
  }

  // A step that gives the module's memory to its results; if it fails, the module is as it was.
  template <class B>
  std::pair<Logs, M> compiled_train(const Jit<TrainStep>& step, M& module, const B& batch,
                                    [[maybe_unused]] const Position& at) const {
    if constexpr (train_asks_info<T, B>)
      return step(std::move(module), batch, at.info());
    else
      return step(std::move(module), batch);
  }

  bool check_nan_;
  mutable StepsByStrategy compiled_;
};

}  // namespace copse::train_detail

extern template struct copse::lift::TreeOpsOf<copse::Array>;
extern template struct copse::lift::TreeOpsOf<std::vector<copse::Array>>;
extern template struct copse::lift::TreeOpsOf<copse::BatchOf<copse::Array, copse::Array, copse::Array>>;
