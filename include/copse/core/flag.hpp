// Flag: an option that is on or off.
#pragma once

#include <cstddef>
#include <functional>
#include <type_traits>

#include "copse/core/config.hpp"

namespace copse {

/// A bool among options, which no number can be taken for: `Linear{64, 1}` does not compile, `Linear{64,
/// true}` does.
class Flag {
 public:
  /// Trees take it for the bool that it is.
  using stands_for = bool;

  constexpr Flag(bool value) noexcept : value_(value) {}
  template <class T>
    requires((std::is_arithmetic_v<T> || std::is_enum_v<T>) && !std::is_same_v<T, bool>)
  constexpr Flag(T) noexcept : value_(false) {
    static_assert(
        std::is_same_v<T, bool>,
        "copse: a number stands where an option takes true or false: name the options, as in "
        "Linear{.features = 64, .use_bias = true}; a layer's features are those of its output, and the "
        "input's are learned by init");
  }

  constexpr operator bool() const noexcept { return value_; }

 private:
  bool value_;
};

}  // namespace copse

template <>
struct std::hash<copse::Flag> {
  std::size_t operator()(copse::Flag flag) const noexcept { return std::hash<bool>{}(flag); }
};
