// The levels at which a struct can say how it is trained, found by the names of its steps.
#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

#include "copse/core/array.hpp"
#include "copse/data/batch.hpp"
#include "copse/nn/module.hpp"
#include "copse/nn/scope.hpp"
#include "copse/random/key.hpp"
#include "copse/train/logs.hpp"

namespace copse {

/// Where in a run a step is, for steps that take it as a last argument: int32 scalars, so that a step is
/// compiled once for all of them.
struct StepInfo {
  Array epoch = Array(0);  ///< counted from 0; in evaluation and prediction, of the training so far
  Array batch = Array(0);  ///< in the epoch, or in the run of evaluation or prediction
};

}  // namespace copse

namespace copse::train_detail {

// Whether a struct has a method of that name, of whatever arguments, overloaded or generic: beside another
// member of the same name, no one can say which is meant.
struct StepNames {
  int init_step, train_step, test_step, pred_step;
  int managed_init_step, managed_train_step, managed_test_step, managed_pred_step;
};
template <class T>
struct WithStepNames : T, StepNames {};
template <class T>
  requires std::is_final_v<T>
struct WithStepNames<T> : StepNames {};  // nothing can be beside it: its steps must not be generic

template <class T>
concept NamesInitStep = requires { &T::init_step; } || !requires { &WithStepNames<T>::init_step; };
template <class T>
concept NamesTrainStep = requires { &T::train_step; } || !requires { &WithStepNames<T>::train_step; };
template <class T>
concept NamesTestStep = requires { &T::test_step; } || !requires { &WithStepNames<T>::test_step; };
template <class T>
concept NamesPredStep = requires { &T::pred_step; } || !requires { &WithStepNames<T>::pred_step; };
template <class T>
concept NamesManagedInitStep =
    requires { &T::managed_init_step; } || !requires { &WithStepNames<T>::managed_init_step; };
template <class T>
concept NamesManagedTrainStep =
    requires { &T::managed_train_step; } || !requires { &WithStepNames<T>::managed_train_step; };
template <class T>
concept NamesManagedTestStep =
    requires { &T::managed_test_step; } || !requires { &WithStepNames<T>::managed_test_step; };
template <class T>
concept NamesManagedPredStep =
    requires { &T::managed_pred_step; } || !requires { &WithStepNames<T>::managed_pred_step; };

// Whether a struct has a step for these arguments, and whether it asks for the position, too.
template <class T, class B>
concept TrainStepWithInfo =
    requires(T& value, const B& batch, const StepInfo& info) { value.train_step(batch, info); };
template <class T, class B>
concept TakesTrainStep =
    TrainStepWithInfo<T, B> || requires(T& value, const B& batch) { value.train_step(batch); };
template <class T, class B>
concept ManagedTrainStepWithInfo = requires(T& value, Scope& scope, const B& batch, const StepInfo& info) {
  value.managed_train_step(scope, batch, info);
};
template <class T, class B>
concept TakesManagedTrainStep =
    ManagedTrainStepWithInfo<T, B> ||
    requires(T& value, Scope& scope, const B& batch) { value.managed_train_step(scope, batch); };

template <class T, class B>
concept TestStepWithInfo =
    requires(T& value, const B& batch, const StepInfo& info) { value.test_step(batch, info); };
template <class T, class B>
concept TakesTestStep =
    TestStepWithInfo<T, B> || requires(T& value, const B& batch) { value.test_step(batch); };
template <class T, class B>
concept ManagedTestStepWithInfo = requires(T& value, Scope& scope, const B& batch, const StepInfo& info) {
  value.managed_test_step(scope, batch, info);
};
template <class T, class B>
concept TakesManagedTestStep =
    ManagedTestStepWithInfo<T, B> ||
    requires(T& value, Scope& scope, const B& batch) { value.managed_test_step(scope, batch); };

template <class T, class B>
concept PredStepWithInfo =
    requires(T& value, const B& batch, const StepInfo& info) { value.pred_step(batch, info); };
template <class T, class B>
concept TakesPredStep =
    PredStepWithInfo<T, B> || requires(T& value, const B& batch) { value.pred_step(batch); };
template <class T, class B>
concept ManagedPredStepWithInfo = requires(T& value, Scope& scope, const B& batch, const StepInfo& info) {
  value.managed_pred_step(scope, batch, info);
};
template <class T, class B>
concept TakesManagedPredStep =
    ManagedPredStepWithInfo<T, B> ||
    requires(T& value, Scope& scope, const B& batch) { value.managed_pred_step(scope, batch); };

// Names that other libraries have for these steps, and likely slips.
template <class T>
concept NearlyTrainStep = requires { &T::training_step; } || requires { &T::trainstep; } || requires {
  &T::trainStep;
} || requires { &T::fit_step; } || requires { &T::managed_training_step; };
template <class T>
concept NearlyTestStep =
    requires { &T::testing_step; } || requires { &T::validation_step; } || requires { &T::val_step; } ||
    requires { &T::eval_step; } || requires { &T::teststep; } || requires { &T::testStep; } ||
    requires { &T::managed_validation_step; } || requires { &T::managed_eval_step; };
template <class T>
concept NearlyPredStep = requires { &T::predict_step; } || requires { &T::prediction_step; } || requires {
  &T::predictStep;
} || requires { &T::predstep; } || requires { &T::managed_predict_step; };
template <class T>
concept NearlyInitStep = requires { &T::initialize_step; } || requires { &T::initstep; } ||
                         requires { &T::initStep; } || requires { &T::managed_initialize_step; };

/// Refuses steps that would never be called.
template <class T>
consteval void check_names() {
  static_assert(!NearlyTrainStep<T>,
                "copse: a method of this struct is nearly a step: training is called train_step (which "
                "returns Logs) or managed_train_step(Scope&, batch) (which returns the loss)");
  static_assert(!NearlyTestStep<T>,
                "copse: a method of this struct is nearly a step: evaluation is called test_step or "
                "managed_test_step(Scope&, batch)");
  static_assert(!NearlyPredStep<T>,
                "copse: a method of this struct is nearly a step: prediction is called pred_step or "
                "managed_pred_step(Scope&, inputs)");
  static_assert(!NearlyInitStep<T>,
                "copse: a method of this struct is nearly a step: initialisation is called "
                "init_step(Key, batch) or managed_init_step(Scope&, batch)");
  static_assert(!(NamesTrainStep<T> && NamesManagedTrainStep<T>),
                "copse: a struct has train_step or managed_train_step, not both: with the first it does "
                "everything itself, "
                "with the second the trainer differentiates and updates");
}

/// Whether a struct does its whole steps itself.
template <class T>
inline constexpr bool is_core = NamesInitStep<T> || NamesTrainStep<T> || NamesTestStep<T> || NamesPredStep<T>;

/// Whether the steps that run on a batch ask for the position.
template <class T, class B>
inline constexpr bool train_asks_info = TrainStepWithInfo<T, B> || ManagedTrainStepWithInfo<T, B>;
template <class T, class B>
inline constexpr bool test_asks_info = TestStepWithInfo<T, B> || ManagedTestStepWithInfo<T, B> ||
                                       (!NamesManagedTestStep<T> && ManagedTrainStepWithInfo<T, B>);
template <class T, class Inputs>
inline constexpr bool pred_asks_info = PredStepWithInfo<T, Inputs> || ManagedPredStepWithInfo<T, Inputs>;

/// The loss that a managed step has returned. Refuses C++ numbers, which carry no gradient.
template <class L>
Array loss_array(L&& loss) {
  static_assert(
      !std::is_arithmetic_v<std::remove_cvref_t<L>>,
      "copse: a managed step must return its loss as an Array: a C++ number (from .item<float>(), say) has "
      "no gradient, so that nothing would be trained");
  static_assert(std::is_arithmetic_v<std::remove_cvref_t<L>> || std::is_convertible_v<L&&, Array>,
                "copse: a managed step must return its loss as an Array");
  return std::forward<L>(loss);
}

template <class T, class B>
Array call_managed_train_step(T& value, Scope& scope, const B& batch, [[maybe_unused]] const StepInfo& info) {
  if constexpr (ManagedTrainStepWithInfo<T, B>)
    return loss_array(value.managed_train_step(scope, batch, info));
  else
    return loss_array(value.managed_train_step(scope, batch));
}
template <class T, class B>
Array call_managed_test_step(T& value, Scope& scope, const B& batch, [[maybe_unused]] const StepInfo& info) {
  if constexpr (ManagedTestStepWithInfo<T, B>)
    return loss_array(value.managed_test_step(scope, batch, info));
  else
    return loss_array(value.managed_test_step(scope, batch));
}

// Inputs as the call operator takes them: a tuple or pair as several arguments, where it doesn't take it as
// one.
template <class T, class Inputs>
inline constexpr bool takes_inputs =
    std::is_invocable_v<T&, Scope&, const Inputs&> || std::is_invocable_v<T&, const Inputs&>;

template <class T, class Inputs>
decltype(auto) call_module(T& value, Scope& scope, const Inputs& inputs) {
  if constexpr (takes_inputs<T, Inputs>) {
    return nn_detail::invoke(nn_detail::CallOperator{}, value, scope, inputs);
  } else if constexpr (requires { std::tuple_size<Inputs>::value; }) {
    return std::apply(
        [&](const auto&... parts) -> decltype(auto) {
          return nn_detail::invoke(nn_detail::CallOperator{}, value, scope, parts...);
        },
        inputs);
  } else {
    return nn_detail::invoke(nn_detail::CallOperator{}, value, scope, inputs);
  }
}

// What prediction is given: the inputs of a batch, or the whole of it where that is what the step takes.
template <class T, class B, class F>
decltype(auto) with_pred_argument(const B& batch, F&& f) {
  if constexpr (is_batch<B>) {
    using Inputs = std::remove_cvref_t<decltype(batch.inputs)>;
    constexpr bool whole =
        (NamesPredStep<T> && TakesPredStep<T, B> && !TakesPredStep<T, Inputs>) ||
        (NamesManagedPredStep<T> && TakesManagedPredStep<T, B> && !TakesManagedPredStep<T, Inputs>);
    if constexpr (whole) {
      return f(batch);
    } else {
      return f(batch.inputs);
    }
  } else {
    return f(batch);
  }
}

/// Whether a struct can be initialised with a batch of this type.
template <class T, class B>
inline constexpr bool inits_with = [] {
  if constexpr (NamesInitStep<T>) {
    return requires(T& value, const Key& key, const B& batch) { value.init_step(key, batch); };
  } else if constexpr (NamesManagedInitStep<T>) {
    return requires(T& value, Scope& scope, const B& batch) { value.managed_init_step(scope, batch); };
  } else {
    return true;
  }
}();

// The inputs of a batch; the batch itself if it is no BatchOf.
template <class B>
decltype(auto) inputs_of(const B& batch) {
  if constexpr (is_batch<B>) {
    return (batch.inputs);
  } else {
    return (batch);
  }
}

}  // namespace copse::train_detail
