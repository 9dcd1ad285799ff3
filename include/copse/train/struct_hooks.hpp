// Hooks of a trained struct itself: methods that change it between the steps.
#pragma once

#include <concepts>
#include <cstdint>

#include "copse/train/epoch_logs.hpp"

namespace copse::train_detail {

enum class StructHook : std::uint8_t { train_begin, train_end, epoch_begin, epoch_end, test_begin, test_end };

// Whether a struct has a method of a name that is not one of ours, but of another library's or nearly right.
template <class T>
constexpr void refuse_other_hooks() {
  constexpr bool train = requires { &T::on_train_start; } || requires { &T::on_fit_start; } ||
                         requires { &T::on_fit_begin; } || requires { &T::on_training_begin; } ||
                         requires { &T::on_train_epoch_begin; } || requires { &T::on_train_epoch_start; } ||
                         requires { &T::on_epoch_start; };
  constexpr bool ends = requires { &T::on_train_finish; } || requires { &T::on_fit_end; } || requires {
    &T::on_training_end;
  } || requires { &T::on_train_epoch_end; } || requires { &T::on_epoch_finish; };
  constexpr bool test = requires { &T::on_test_start; } || requires { &T::on_validation_start; } ||
                        requires { &T::on_validation_begin; } || requires { &T::on_validation_end; } ||
                        requires { &T::on_evaluate_begin; } || requires { &T::on_evaluate_end; };
  static_assert(!train && !ends && !test,
                "copse: this struct has a hook of another name: those that are called are on_train_begin, "
                "on_train_end, on_epoch_begin, on_epoch_end, on_test_begin and on_test_end");
}

// Each hook: whether a struct has a method of its name, and a call of it with any arguments that it takes.
struct TrainBegin {
  template <class T>
  static constexpr bool named = requires { &T::on_train_begin; };
  template <class T, class... Args>
    requires requires(T& value, const Args&... args) { value.on_train_begin(args...); }
  void operator()(T& value, const Args&... args) const {
    value.on_train_begin(args...);
  }
};
struct TrainEnd {
  template <class T>
  static constexpr bool named = requires { &T::on_train_end; };
  template <class T, class... Args>
    requires requires(T& value, const Args&... args) { value.on_train_end(args...); }
  void operator()(T& value, const Args&... args) const {
    value.on_train_end(args...);
  }
};
struct EpochBegin {
  template <class T>
  static constexpr bool named = requires { &T::on_epoch_begin; };
  template <class T, class... Args>
    requires requires(T& value, const Args&... args) { value.on_epoch_begin(args...); }
  void operator()(T& value, const Args&... args) const {
    value.on_epoch_begin(args...);
  }
};
struct EpochEnd {
  template <class T>
  static constexpr bool named = requires { &T::on_epoch_end; };
  template <class T, class... Args>
    requires requires(T& value, const Args&... args) { value.on_epoch_end(args...); }
  void operator()(T& value, const Args&... args) const {
    value.on_epoch_end(args...);
  }
};
struct TestBegin {
  template <class T>
  static constexpr bool named = requires { &T::on_test_begin; };
  template <class T, class... Args>
    requires requires(T& value, const Args&... args) { value.on_test_begin(args...); }
  void operator()(T& value, const Args&... args) const {
    value.on_test_begin(args...);
  }
};
struct TestEnd {
  template <class T>
  static constexpr bool named = requires { &T::on_test_end; };
  template <class T, class... Args>
    requires requires(T& value, const Args&... args) { value.on_test_end(args...); }
  void operator()(T& value, const Args&... args) const {
    value.on_test_end(args...);
  }
};

template <class T, class Hook>
inline constexpr bool has_hook =
    Hook::template named<T> || std::invocable<Hook, T&> || std::invocable<Hook, T&, int> ||
    std::invocable<Hook, T&, EpochLogs> || std::invocable<Hook, T&, int, EpochLogs>;
template <class T>
inline constexpr bool has_struct_hooks =
    has_hook<T, TrainBegin> || has_hook<T, TrainEnd> || has_hook<T, EpochBegin> || has_hook<T, EpochEnd> ||
    has_hook<T, TestBegin> || has_hook<T, TestEnd>;

// Calls a method with the logs, or without them; whether there is one.
template <class Hook, class T, class... Args>
bool call_hook(T& value, const EpochLogs& logs, const Args&... args) {
  if constexpr (std::invocable<Hook, T&, Args..., EpochLogs>) {
    Hook()(value, args..., logs);
    return true;
  } else if constexpr (std::invocable<Hook, T&, Args...>) {
    Hook()(value, args...);
    return true;
  } else {
    static_assert(
        !has_hook<T, Hook>,
        "copse: a hook of a struct takes the epoch if it is one of epochs, and if it likes the logs: "
        "on_train_begin(), on_epoch_begin(int epoch), on_epoch_end(int epoch, const EpochLogs& logs)");
    return false;
  }
}

/// Calls a struct's method for a hook; false if it has none.
template <class T>
bool call_struct_hook(T& value, StructHook hook, int epoch, const EpochLogs& logs) {
  switch (hook) {
    case StructHook::train_begin:
      return call_hook<TrainBegin>(value, logs);
    case StructHook::train_end:
      return call_hook<TrainEnd>(value, logs);
    case StructHook::epoch_begin:
      return call_hook<EpochBegin>(value, logs, epoch);
    case StructHook::epoch_end:
      return call_hook<EpochEnd>(value, logs, epoch);
    case StructHook::test_begin:
      return call_hook<TestBegin>(value, logs);
    default:
      return call_hook<TestEnd>(value, logs);
  }
}

}  // namespace copse::train_detail
