// Static: what would be a node is not.
#pragma once

#include <concepts>
#include <utility>

#include "copse/tree/wrap.hpp"

namespace copse {

/// Makes static what would be a node: part of the structure, not seen by transforms. It reads like its value.
template <class T>
class Static {
  static_assert(!tree_detail::is_field<T>,
                "copse: a field inside of a Static: it is either static or a node");

 public:
  using value_type = T;

  constexpr Static()
    requires std::default_initializable<T>
      : value_() {}

  template <class U>
    requires tree_detail::WrapsAs<U, Static, T>
  constexpr Static(U&& value) : value_(tree_detail::wrap<T>(std::forward<U>(value))) {}

  template <class U>
    requires tree_detail::WrapsAs<U, Static, T>
  constexpr Static& operator=(U&& value) {
    value_ = tree_detail::wrap<T>(std::forward<U>(value));
    return *this;
  }

  /// The value.
  constexpr const T& get() const { return value_; }
  constexpr T& get() { return value_; }

  constexpr operator const T&() const { return value_; }
  constexpr const T& operator*() const { return value_; }
  constexpr T& operator*() { return value_; }
  constexpr const T* operator->() const { return &value_; }
  constexpr T* operator->() { return &value_; }

  /// Calls the value, where it can be called.
  template <class... Args>
  constexpr auto operator()(Args&&... args) const
      -> decltype(std::declval<const T&>()(std::forward<Args>(args)...)) {
    return value_(std::forward<Args>(args)...);
  }

 private:
  T value_;
};

template <class T>
Static(T) -> Static<T>;

/// Two statics are equal if their values are.
template <class T>
bool operator==(const Static<T>& a, const Static<T>& b) {
  return tree_detail::value_equal(a.get(), b.get());
}

}  // namespace copse
