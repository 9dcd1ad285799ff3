// What a model is validated with: data of one of several types.
#pragma once

#include <any>
#include <concepts>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "copse/data/source.hpp"
#include "copse/tree/type_name.hpp"

namespace copse {

/// A value of any type, with the type's name for messages. A source of batches is copied; one that cannot be,
/// such as a Loader, must live until the training is over, or be given as a `std::shared_ptr`.
class ValidationData {
 public:
  ValidationData() = default;
  template <class V>
    requires(!std::same_as<std::decay_t<V>, ValidationData> && std::copy_constructible<std::decay_t<V>>)
  ValidationData(V&& value)
      : value_(any_of(std::forward<V>(value))), type_(reflect::full_type_name<std::decay_t<V>>()) {}
  template <data::IsSource S>
    requires(!std::copy_constructible<S>)
  ValidationData(S& source)
      : value_(std::shared_ptr<data::Source<typename S::batch_type>>(std::shared_ptr<void>(), &source)),
        type_(reflect::full_type_name<S>()) {}

  bool has_value() const noexcept { return value_.has_value(); }
  /// The value if it is a V, else null. All sources are `std::shared_ptr<data::Source<B>>`.
  template <class V>
  const V* as() const noexcept {
    return std::any_cast<V>(&value_);
  }
  /// As the compiler spells it.
  std::string_view type() const noexcept { return type_; }

 private:
  template <class V>
  static std::any any_of(V&& value) {
    using T = std::decay_t<V>;
    if constexpr (data::IsSource<T>) {
      return std::shared_ptr<data::Source<typename T::batch_type>>(
          std::make_shared<T>(std::forward<V>(value)));
    } else if constexpr (requires { requires data::IsSource<typename T::element_type>; }) {
      using B = typename T::element_type::batch_type;
      if constexpr (std::convertible_to<V, std::shared_ptr<data::Source<B>>>) {
        return std::shared_ptr<data::Source<B>>(std::forward<V>(value));
      } else {
        return std::any(std::forward<V>(value));
      }
    } else {
      return std::any(std::forward<V>(value));
    }
  }

  std::any value_;
  std::string_view type_;
};

}  // namespace copse
