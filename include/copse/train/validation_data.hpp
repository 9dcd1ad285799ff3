// What a model is validated with: data of one of several types.
#pragma once

#include <any>
#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

#include "copse/tree/type_name.hpp"

namespace copse {

/// A value of any type, with the type's name for messages.
class ValidationData {
 public:
  ValidationData() = default;
  template <class V>
    requires(!std::same_as<std::decay_t<V>, ValidationData> && std::copy_constructible<std::decay_t<V>>)
  ValidationData(V&& value)
      : value_(std::forward<V>(value)), type_(reflect::full_type_name<std::decay_t<V>>()) {}

  bool has_value() const noexcept { return value_.has_value(); }
  /// The value if it is a V, else null.
  template <class V>
  const V* as() const noexcept {
    return std::any_cast<V>(&value_);
  }
  /// As the compiler spells it.
  std::string_view type() const noexcept { return type_; }

 private:
  std::any value_;
  std::string_view type_;
};

}  // namespace copse
