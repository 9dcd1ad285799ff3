// Equality and hash of what is static: part of a tree's structure, and so of the key of compiled programs.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/tree/children.hpp"

namespace copse {

/// Holds a static value that has no `==`, such as a `std::function` or a lambda with captures, and compares
/// by identity: copies are equal, two wrappers made separately are not. It reads like its value and can be
/// called like it.
template <class T>
class Hashable {
 public:
  using value_type = T;

  Hashable()
    requires std::default_initializable<T>
      : value_(std::make_shared<const T>()) {}
  template <class U>
    requires tree_detail::WrapsAs<U, Hashable, T>
  Hashable(U&& value) : value_(std::make_shared<const T>(std::forward<U>(value))) {}

  /// The value.
  const T& get() const {
    if (!value_) throw TreeError("Hashable: it was used after it had been moved from");
    return *value_;
  }
  operator const T&() const { return get(); }
  const T& operator*() const { return get(); }
  const T* operator->() const { return &get(); }

  /// Calls the value, where it can be called.
  template <class... Args>
  auto operator()(Args&&... args) const -> decltype(std::declval<const T&>()(std::forward<Args>(args)...)) {
    return get()(std::forward<Args>(args)...);
  }

  friend bool operator==(const Hashable& a, const Hashable& b) { return a.value_ == b.value_; }

 private:
  friend struct std::hash<Hashable>;

  std::shared_ptr<const T> value_;
};

template <class T>
Hashable(T) -> Hashable<T>;

namespace tree_detail {

/// Mixes a hash into another.
constexpr std::size_t mix(std::size_t seed, std::size_t value) {
  std::uint64_t x = std::uint64_t{seed} ^ (std::uint64_t{value} + 0x9e3779b97f4a7c15u);
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93u;
  x ^= x >> 32;
  return x;
}

template <class T>
inline constexpr std::size_t type_hash = [] {
  std::size_t hash = 0xcbf29ce484222325u;
  for (char c : reflect::full_type_name<T>()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}();

template <class T>
concept FloatingBits = std::same_as<T, float> || std::same_as<T, double>;

template <FloatingBits T>
constexpr auto bits(T value) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return value != value ? ~Bits{0} : std::bit_cast<Bits>(value);  // all NaN are one
}

// Text without an owner: compared by what is written there, since equal literals may stand in two places.
template <class T>
concept CString = std::same_as<T, const char*>;

// A static float is equal to another if they make the same program: NaN to NaN, but 0.0 not to -0.0. Structs
// without `==` are compared by their members, containers always by their elements; classes without state by
// their type.
template <class T>
bool value_equal(const T& a, const T& b) {
  constexpr Form kind = form<T>;
  if constexpr (FloatingBits<T>) {
    return bits(a) == bits(b);
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    return a == b;
  } else if constexpr (kind == Form::leaf) {
    return leaf_ops<T>::equal(a, b);
  } else if constexpr (CString<T>) {
    return a == b || (a != nullptr && b != nullptr && std::string_view(a) == b);
  } else if constexpr (std::is_empty_v<T>) {
    return true;
  } else if constexpr (kind == Form::erased) {
    return a == b;
  } else if constexpr (kind == Form::opaque || kind == Form::record) {
    if constexpr (std::equality_comparable<T>) {
      return a == b;
    } else if constexpr (kind == Form::record) {
      return all_parts(a, b,
                       [](const auto& left, const auto& right, auto) { return value_equal(left, right); });
    } else {
      static_assert(std::equality_comparable<T>,
                    "copse: a static member of a tree has no operator==: hold a std::function or a lambda "
                    "with captures "
                    "in a copse::Hashable, which compares by identity; let a class with constructors or "
                    "private members "
                    "list its members in a static fields(); give any other type an operator==");
      return false;
    }
  } else if constexpr (kind == Form::shared) {
    using Element = std::remove_const_t<typename T::element_type>;
    if (a == b) return true;
    if constexpr (form<Element> != Form::opaque || std::equality_comparable<Element>) {
      return all_parts(a, b,
                       [](const auto& left, const auto& right, auto) { return value_equal(left, right); });
    } else {
      return false;
    }
  } else {
    if constexpr (kind == Form::handle) {
      if (a.shared() == b.shared() && value_equal(a.extra(), b.extra())) return true;
    }
    return all_parts(a, b,
                     [](const auto& left, const auto& right, auto) { return value_equal(left, right); });
  }
}

template <class T>
concept StandardHash = requires(const T& value) {
  { std::hash<T>{}(value) } -> std::convertible_to<std::size_t>;
};

// Equal values have equal hashes; a type with `==` and no hash has one for all values.
template <class T>
std::size_t value_hash(const T& value) {
  constexpr Form kind = form<T>;
  if constexpr (FloatingBits<T>) {
    return mix(1, static_cast<std::size_t>(bits(value)));
  } else if constexpr (std::is_arithmetic_v<T>) {
    return std::hash<T>{}(value);
  } else if constexpr (kind == Form::leaf) {
    return leaf_ops<T>::hash(value);
  } else if constexpr (CString<T>) {
    return value == nullptr ? type_hash<T> : std::hash<std::string_view>{}(value);
  } else if constexpr (std::is_empty_v<T>) {
    return type_hash<T>;
  } else if constexpr (kind == Form::erased) {
    return value.hash();
  } else if constexpr (kind == Form::opaque && StandardHash<T>) {
    return std::hash<T>{}(value);
  } else if constexpr (kind == Form::opaque || kind == Form::shared ||
                       (kind == Form::record && std::equality_comparable<T>)) {
    if constexpr (kind == Form::record && StandardHash<T>) return std::hash<T>{}(value);
    return type_hash<T>;
  } else {
    std::size_t hash = type_hash<T>;
    each_part(value, [&](const auto& part, auto step) {
      if constexpr (requires { step.key; }) hash = mix(hash, value_hash(*step.key));
      hash = mix(hash, value_hash(part));
    });
    if constexpr (kind == Form::variant) hash = mix(hash, value.index());
    return hash;
  }
}

}  // namespace tree_detail
}  // namespace copse

/// The hash of the identity.
template <class T>
struct std::hash<copse::Hashable<T>> {
  std::size_t operator()(const copse::Hashable<T>& value) const noexcept {
    return std::hash<std::shared_ptr<const T>>{}(value.value_);
  }
};
