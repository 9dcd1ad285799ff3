// Fields: wrappers that read like their value and tell a tree what it is for.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/tree/kind.hpp"
#include "copse/tree/leaf.hpp"
#include "copse/tree/static.hpp"
#include "copse/tree/wrap.hpp"

namespace copse {

namespace tree_detail {

struct NoFlag {};
struct NoTrainableFlag {};
struct NothingFlag {
  bool on = false;
};
struct TrainableFlag {
  bool on = true;
};

struct FieldAccess;

template <class T>
bool trees_equal(const T& a, const T& b);

// Named in the signature of what is deleted, so that compilers print it.
struct TreesAreImmutable_UseReplaceOrMutable {};

}  // namespace tree_detail

/// A node of a kind: `Field<EmaKind, Array> average;`. It reads like its value. A leaf that cannot be Nothing
/// by itself gets a flag for it here, and a parameter one for being trainable.
template <class Kind, class T>
class Field {
  static_assert(!tree_detail::is_field<T>, "copse: a field inside of a field: a node has one kind");
  static_assert(!tree_detail::is_static_wrapper<T>,
                "copse: a Static inside of a field: it is either static or a node");
  static_assert(std::is_object_v<T> && !std::is_const_v<T> && !std::is_array_v<T>,
                "copse: a field holds a plain value: no reference, constant or C array");

 public:
  using kind_type = Kind;
  using value_type = T;
  /// Whether a flag tells that the field is Nothing.
  static constexpr bool has_nothing_flag = !(Leaf<T> && leaf_ops<T>::has_nothing);
  /// Whether the field tells apart trainable and frozen.
  static constexpr bool has_trainable_flag = std::derived_from<Kind, ParameterKind>;

  constexpr Field()
    requires std::default_initializable<T>
      : value_() {}

  template <class U>
    requires tree_detail::WrapsAs<U, Field, T>
  constexpr Field(U&& value) : value_(tree_detail::wrap<T>(std::forward<U>(value))) {}

  /// A field that has no value.
  template <std::same_as<Nothing> None>
  constexpr Field(None) : Field() {
    make_nothing();
  }

  /// Assigns the value only: a frozen parameter stays frozen.
  template <class U>
    requires tree_detail::WrapsAs<U, Field, T>
  constexpr Field& operator=(U&& value) {
    value_ = tree_detail::wrap<T>(std::forward<U>(value));
    if constexpr (has_nothing_flag) nothing_.on = false;
    return *this;
  }

  template <std::same_as<Nothing> None>
  constexpr Field& operator=(None) {
    make_nothing();
    return *this;
  }

  /// Fields in a tree are constant: write `tree.replace<&T::member>(value)` or
  /// `tree.mutable_(&T::method)(...)`.
  template <class U, class = tree_detail::TreesAreImmutable_UseReplaceOrMutable>
    requires tree_detail::WrapsAs<U, Field, T>
  void operator=(U&& value) const = delete;

  /// The value. Throws TreeError where a flag says that there is none.
  constexpr const T& get() const& {
    require_value();
    return value_;
  }
  constexpr T& get() & {
    require_value();
    return value_;
  }
  constexpr T&& get() && {
    require_value();
    return std::move(value_);
  }

  constexpr operator const T&() const { return get(); }
  constexpr const T& operator*() const { return get(); }
  constexpr T& operator*() { return get(); }
  constexpr const T* operator->() const { return &get(); }
  constexpr T* operator->() { return &get(); }

  /// Calls the value, where it can be called.
  template <class... Args>
  constexpr auto operator()(Args&&... args) const
      -> decltype(std::declval<const T&>()(std::forward<Args>(args)...)) {
    return get()(std::forward<Args>(args)...);
  }

  /// `field += other` is `field = *field + other`, and so on for - * /.
  template <class U>
    requires std::convertible_to<std::invoke_result_t<std::plus<>, const T&, const U&>, T>
  constexpr Field& operator+=(const U& other) {
    return *this = std::plus<>{}(std::as_const(*this).get(), other);
  }
  template <class U>
    requires std::convertible_to<std::invoke_result_t<std::minus<>, const T&, const U&>, T>
  constexpr Field& operator-=(const U& other) {
    return *this = std::minus<>{}(std::as_const(*this).get(), other);
  }
  template <class U>
    requires std::convertible_to<std::invoke_result_t<std::multiplies<>, const T&, const U&>, T>
  constexpr Field& operator*=(const U& other) {
    return *this = std::multiplies<>{}(std::as_const(*this).get(), other);
  }
  template <class U>
    requires std::convertible_to<std::invoke_result_t<std::divides<>, const T&, const U&>, T>
  constexpr Field& operator/=(const U& other) {
    return *this = std::divides<>{}(std::as_const(*this).get(), other);
  }

  /// Whether an optimizer may change this parameter: part of the structure of a tree.
  constexpr bool trainable() const
    requires has_trainable_flag
  {
    return trainable_.on;
  }
  /// A copy that is trainable or frozen.
  [[nodiscard]] constexpr Field with_trainable(bool trainable) const
    requires has_trainable_flag
  {
    Field copy = *this;
    copy.trainable_.on = trainable;
    return copy;
  }

 private:
  friend struct tree_detail::FieldAccess;

  constexpr void make_nothing() {
    if constexpr (has_nothing_flag) {
      nothing_.on = true;
      if constexpr (std::default_initializable<T>) value_ = T();
    } else {
      LeafTraits<T>::make_nothing(value_);
    }
  }

  constexpr void require_value() const {
    if constexpr (has_nothing_flag) {
      if (nothing_.on) {
        throw TreeError("Field: the " + std::string(reflect::type_name<T>()) +
                        " is Nothing: it has been filtered out of this tree; merge it with one that has it");
      }
    }
  }

  T value_;
  [[no_unique_address]] std::conditional_t<has_nothing_flag, tree_detail::NothingFlag, tree_detail::NoFlag>
      nothing_{};
  [[no_unique_address]] std::conditional_t<has_trainable_flag, tree_detail::TrainableFlag,
                                           tree_detail::NoTrainableFlag>
      trainable_{};
};

/// Makes a node of what would be static: `Node<float> rate = 0.1f;`. A leaf in it has no kind.
template <class T>
using Node = Field<NoKind, T>;
/// What a program changes as it runs.
template <class T>
using State = Field<StateKind, T>;
/// What a layer remembers from one call to the next.
template <class T>
using Cache = Field<CacheKind, T>;

/// Two fields are equal if their values are, as leaves or trees, and both or neither are Nothing and
/// trainable.
template <class Kind, class T>
bool operator==(const Field<Kind, T>& a, const Field<Kind, T>& b) {
  return tree_detail::trees_equal(a, b);
}

/// A field against a plain value: what the value's own comparison says.
template <class Kind, class T, class U>
  requires(!tree_detail::is_field<U> &&
           requires(const T& value, const U& other) {
             { value == other } -> std::same_as<bool>;
           })
bool operator==(const Field<Kind, T>& field, const U& other) {
  return field.get() == other;
}

namespace tree_detail {

/// What walks over trees see of a field beyond its value.
struct FieldAccess {
  template <class Kind, class T>
  static T& value(Field<Kind, T>& field) {
    return field.value_;
  }
  template <class Kind, class T>
  static const T& value(const Field<Kind, T>& field) {
    return field.value_;
  }
  template <class FieldType>
  static auto nothing_flag(FieldType& field) -> decltype(&field.nothing_.on) {
    return &field.nothing_.on;
  }
  template <class Kind, class T>
  static bool trainable(const Field<Kind, T>& field) {
    if constexpr (Field<Kind, T>::has_trainable_flag) {
      return field.trainable_.on;
    } else {
      return false;
    }
  }
  template <class Kind, class T>
  static void set_trainable(Field<Kind, T>& field, bool trainable) {
    field.trainable_.on = trainable;
  }
};

}  // namespace tree_detail
}  // namespace copse
