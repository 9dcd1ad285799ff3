// Runs the steps of a module as a strategy says.
#pragma once

#include <exception>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/threads.hpp"
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
[[noreturn]] void cannot_replicate(const std::string& module);

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

/// What a replica has computed of its share of a batch.
struct Replica {
  Logs logs{};
  metrics::Metrics metrics{};
  metrics::Metrics added{};
  std::vector<Array> states{};  ///< all leaves of the struct but its parameters
  optim::Arrays gradients{};
};

// The leaves that training changes without an optimizer.
template <class T, class F>
void each_state(T& value, F f) {
  visit_slots(value, [&](auto slot) {
    if (!slot.is_nothing() && !slot.kind().template is<ParameterKind>()) f(slot);
  });
}

// The part of a step that each replica does on its share of the batch, with a key of its own.
struct ReplicaStep {
  template <class M, class B>
  Replica operator()(const M& module, const B& batch, const Array& replica, const StepInfo& info = {}) const {
    require_ready(module);
    const ManagedExtra& extra = module.extra();
    if (!extra.optimizer) no_optimizer(type_text<M>());
    metrics::Metrics metrics = extra.metrics, added = extra.added;
    metrics.reset();
    added.reset();
    auto [forward, gradients] =
        differentiate(module, random::fold_in(train_key(extra), replica), batch, info, metrics, added);
    Replica out{std::move(forward.logs),
                std::move(forward.metrics),
                std::move(forward.added),
                {},
                std::move(gradients)};
    each_state(std::as_const(forward.value), [&](auto slot) { out.states.push_back(slot.value()); });
    return out;
  }
};

/// What replicas have computed, as if one had: numbers, arrays and gradients by mean, metrics merged into
/// those of `extra`. The weights are each one's share of the samples.
Replica combine(const std::vector<Replica>& replicas, const std::vector<Array>& weights,
                const ManagedExtra& extra);

// The part of a step that is done once: everything combined, and the update.
struct CombineStep {
  template <class M>
  std::pair<Logs, M> operator()(const M& module, const std::vector<Replica>& replicas,
                                const std::vector<Array>& weights) const {
    Replica all = combine(replicas, weights, module.extra());
    Forward<ValueOf<M>> forward{{}, *module, std::move(all.metrics), std::move(all.added)};
    std::size_t place = 0;
    each_state(forward.value, [&](auto slot) { slot.set(all.states[place++]); });
    return {std::move(all.logs), update(module, std::move(forward), all.gradients)};
  }
};

/// Steps by a strategy. What has been compiled is kept.
template <class T>
class Runner {
 public:
  using M = ElegyModule<T>;

  explicit Runner(const TrainerOptions& options)
      : train_(TrainStep{}, {.name = "train_step", .compile = {.check_nan = options.detect_anomaly}}),
        replica_(ReplicaStep{}, {.name = "replica", .compile = {.check_nan = options.detect_anomaly}}) {}

  /// Replaces the module by the one after the step. If the step fails, the module is as it was.
  template <class B>
  Logs train(M& module, const B& batch, const Position& at, const Strategy& strategy) const {
    if (strategy.mode == Strategy::Mode::eager) return take(module, train_step(module, batch, at.info()));
    if constexpr (compiles<T, B>) {
      if (strategy.mode == Strategy::Mode::data_parallel)
        return train_replicas(module, batch, at, strategy.replicas);
      if (strategy.mode == Strategy::Mode::jit_donate) return take(module, compiled_train(module, batch, at));
      // The module keeps its memory, so that nothing of the copy's is reused.
      M copy = module;
      return take(module, compiled_train(copy, batch, at));
    } else {
      cannot_compile(text<T>(), text<B>());
    }
  }

  template <class B>
  Logs test(M& module, const B& batch, const Position& at, const Strategy& strategy) const {
    if (strategy.mode == Strategy::Mode::eager) return take(module, test_step(module, batch, at.info()));
    if constexpr (compiles<T, B>) {
      if constexpr (test_asks_info<T, B>)
        return take(module, test_(module, batch, at.info()));
      else
        return take(module, test_(module, batch));
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
        return take(module, pred_(module, inputs, at.info()));
      else
        return take(module, pred_(module, inputs));
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
      return train_.profile(std::move(module), batch, at.info());
    else
      return train_.profile(std::move(module), batch);
  }

  /// How often train steps have been compiled.
  JitStats train_stats() const { return train_.stats(); }

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

  // A step that gives the module's memory to its results; if it fails, the module is as it was.
  template <class B>
  std::pair<Logs, M> compiled_train(M& module, const B& batch, [[maybe_unused]] const Position& at) const {
    if constexpr (train_asks_info<T, B>)
      return train_(std::move(module), batch, at.info());
    else
      return train_(std::move(module), batch);
  }

  template <class B>
  Replica compiled_replica(const M& module, const B& share, std::int64_t replica,
                           [[maybe_unused]] const Position& at) const {
    if constexpr (train_asks_info<T, B>)
      return replica_(module, share, Array(replica), at.info());
    else
      return replica_(module, share, Array(replica));
  }

  template <class B>
  Logs train_replicas(M& module, const B& batch, const Position& at, int wanted) const {
    if constexpr (M::is_core) {
      cannot_replicate(text<T>());
    } else {
      const std::int64_t samples = data::sample_count(batch, "data_parallel");
      const std::int64_t count = std::max<std::int64_t>(1, std::min<std::int64_t>(wanted, samples));
      std::vector<Replica> replicas(static_cast<std::size_t>(count));
      std::vector<std::exception_ptr> errors(replicas.size());
      // One thread a replica: what runs inside of this loop stays on its thread.
      parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          const auto place = static_cast<std::size_t>(r);
          try {
            const B share = data::slice_samples(batch, samples * r / count, samples * (r + 1) / count);
            replicas[place] = compiled_replica(module, share, r, at);
          } catch (...) {
            errors[place] = std::current_exception();
          }
        }
      });
      for (const auto& error : errors) {
        if (error) std::rethrow_exception(error);
      }
      std::vector<Array> weights;
      for (std::int64_t r = 0; r < count; ++r) {
        const std::int64_t share = samples * (r + 1) / count - samples * r / count;
        weights.push_back(Array(static_cast<double>(share) / static_cast<double>(samples)));
      }
      return take(module, combine_(module, std::move(replicas), weights));
    }
  }

  Jit<TrainStep> train_;
  Jit<TestStep> test_{TestStep{}};
  Jit<PredStep> pred_{PredStep{}};
  Jit<ReplicaStep> replica_;
  Jit<CombineStep> combine_{CombineStep{}};
};

}  // namespace copse::train_detail

extern template struct copse::tree_detail::TreeCode<copse::train_detail::Replica>;
extern template class std::vector<copse::train_detail::Replica>;
extern template struct copse::lift::TreeOpsOf<copse::Array>;
extern template struct copse::lift::TreeOpsOf<std::vector<copse::Array>>;
extern template struct copse::lift::TreeOpsOf<copse::BatchOf<copse::Array, copse::Array, copse::Array>>;
extern template struct copse::lift::TreeOpsOf<copse::train_detail::Replica>;
extern template struct copse::lift::TreeOpsOf<std::vector<copse::train_detail::Replica>>;
