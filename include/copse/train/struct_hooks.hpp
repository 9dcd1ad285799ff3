// Hooks of a trained struct itself: methods that change it between the steps.
#pragma once

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

// Calls a method with the logs, or without them; whether there is one.
#define COPSE_STRUCT_HOOK(NAME)                                                                              \
  template <class T>                                                                                         \
  inline constexpr bool has_##NAME =                                                                         \
      requires { &T::NAME; } || requires(T& v) { v.NAME(); } || requires(T& v, int e) { v.NAME(e); } ||      \
      requires(T& v, const EpochLogs& l) { v.NAME(l); } ||                                                   \
      requires(T& v, int e, const EpochLogs& l) { v.NAME(e, l); };                                           \
  template <class T, class... Args>                                                                          \
  bool call_##NAME(T& value, const EpochLogs& logs, Args... args) {                                          \
    if constexpr (requires { value.NAME(args..., logs); }) {                                                 \
      value.NAME(args..., logs);                                                                             \
      return true;                                                                                           \
    } else if constexpr (requires { value.NAME(args...); }) {                                                \
      value.NAME(args...);                                                                                   \
      return true;                                                                                           \
    } else {                                                                                                 \
      static_assert(!has_##NAME<T>, "copse: " #NAME                                                          \
                                    " of a struct takes the epoch (hooks of epochs alone), and if it likes " \
                                    "the logs: on_train_begin(), on_epoch_begin(int epoch), "                \
                                    "on_epoch_end(int epoch, const EpochLogs& logs)");                       \
      return false;                                                                                          \
    }                                                                                                        \
  }
COPSE_STRUCT_HOOK(on_train_begin)
COPSE_STRUCT_HOOK(on_train_end)
COPSE_STRUCT_HOOK(on_epoch_begin)
COPSE_STRUCT_HOOK(on_epoch_end)
COPSE_STRUCT_HOOK(on_test_begin)
COPSE_STRUCT_HOOK(on_test_end)
#undef COPSE_STRUCT_HOOK

template <class T>
inline constexpr bool has_struct_hooks =
    has_on_train_begin<T> || has_on_train_end<T> || has_on_epoch_begin<T> || has_on_epoch_end<T> ||
    has_on_test_begin<T> || has_on_test_end<T>;

/// Calls a struct's method for a hook; false if it has none.
template <class T>
bool call_struct_hook(T& value, StructHook hook, int epoch, const EpochLogs& logs) {
  switch (hook) {
    case StructHook::train_begin:
      return call_on_train_begin(value, logs);
    case StructHook::train_end:
      return call_on_train_end(value, logs);
    case StructHook::epoch_begin:
      return call_on_epoch_begin(value, logs, epoch);
    case StructHook::epoch_end:
      return call_on_epoch_end(value, logs, epoch);
    case StructHook::test_begin:
      return call_on_test_begin(value, logs);
    default:
      return call_on_test_end(value, logs);
  }
}

}  // namespace copse::train_detail
