// Looking into functions that are transformed and compiled: printing values from inside of them.
#pragma once

#include <array>
#include <concepts>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "copse/core/array.hpp"

namespace copse::debug {

/// Takes the lines that are printed, without an end of line. Called by one thread at a time.
using Sink = std::function<void(std::string_view line)>;

/// Where `print` goes to from now on, in all threads: standard output if the sink is empty, as in the
/// beginning. Gives the one before. A sink must not print by `print` for another thread and wait for it.
Sink set_sink(Sink sink);

/// What `print` takes: an array, which also a bare number becomes, or a text.
class Printed {
 public:
  template <class T>
    requires(std::convertible_to<const T&, Array> || std::convertible_to<const T&, std::string_view>)
  Printed(const T& value) {
    if constexpr (std::convertible_to<const T&, std::string_view>)
      value_ = std::string(std::string_view(value));
    else
      value_ = static_cast<Array>(value);
  }
  const std::variant<Array, std::string>& value() const noexcept { return value_; }

 private:
  std::variant<Array, std::string> value_;
};

/// The same for a list of values.
void print_values(std::string_view format, std::span<const Printed> values);

/// Prints a line with each `{}` of the format replaced by one of the values, arrays as `to_string` writes
/// them; `{{` and `}}` are braces.
///
///     debug::print("loss {} at step {}", loss, step);
///
/// Inside a function that is compiled, in a loop or a branch, too, the line is printed by each run, with the
/// values of that run, in the order of the program: it is neither left out nor computed twice, and what a
/// derivative computes again prints nothing. `vmap` prints a line for each element if a value depends on it.
/// Otherwise, also under `grad` and `jvp`, it is printed at once.
///
/// Throws ValueError if there are more or fewer values than `{}`, or for another use of braces.
template <class... Values>
  requires(std::constructible_from<Printed, const Values&> && ...)
void print(std::string_view format, const Values&... values) {
  copse::detail::guard_memory("debug::print", [&] {
    const std::array<Printed, sizeof...(Values)> all{Printed(values)...};
    print_values(format, all);
  });
}

}  // namespace copse::debug
