// Handles: immutable values that are copied in O(1). Tree is the plainest; modules and metrics build on the
// same base.
#pragma once

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/tree/ref.hpp"
#include "copse/tree/type_name.hpp"

namespace copse {

template <class T>
class Tree;

/// What a handle has beyond the value: nothing, unless a layer says otherwise.
struct NoExtra {};

namespace tree_detail {

struct HandleAccess;

template <class T>
concept AnyHandle = requires { typename std::remove_cvref_t<T>::handle_type; };

template <class T>
bool trees_equal(const T& a, const T& b);

template <auto... Path, class T, class V>
void assign_member(T& target, V&& value);
template <class T, class V>
void assign_named(T& target, std::string_view path, V value);
template <class Method, class HandleType>
class MutableCall;

}  // namespace tree_detail

/// Base of all handles (CRTP): a reference-counted pointer to a constant `T`, and whatever `Extra` adds to
/// it. `Extra` is part of the tree like a member of `T`: its nodes are seen by transforms, the rest belongs
/// to the structure.
///
/// A moved-from handle is empty; using its value throws TreeError.
template <class Derived, class T, class Extra = NoExtra>
class Handle {
 public:
  using handle_type = Handle;
  using value_type = T;
  using extra_type = Extra;

  /// A handle to a default-constructed value.
  Handle() : ref_(Ref<T>::make()) {}  // no constraint: T may contain this handle and not be complete yet
  /// Freezes a value.
  Handle(T value) : ref_(Ref<T>::make(std::move(value))) {}
  Handle(T value, Extra extra) : ref_(Ref<T>::make(std::move(value))), extra_(std::move(extra)) {}
  /// Shares a value that is frozen already.
  explicit Handle(Ref<T> ref, Extra extra = {}) : ref_(std::move(ref)), extra_(std::move(extra)) {}

  const T& operator*() const { return *pointer(); }
  const T* operator->() const { return pointer(); }

  /// Whether there is no value, because the handle has been moved from.
  bool empty() const { return !ref_; }
  /// Whether nobody else shares the value.
  bool unique() const { return ref_.unique(); }
  /// The shared value itself, to make another handle of it in O(1).
  const Ref<T>& shared() const { return ref_; }
  /// What the layer keeps beside the value.
  const Extra& extra() const { return extra_; }

  /// The value out of a handle that is no longer needed: moved if nobody shares it, else copied.
  [[nodiscard]] T take_value() && {
    (void)pointer();
    if (!ref_.unique()) return *std::exchange(ref_, {});
    T value = std::move(ref_.edit());
    ref_ = {};
    return value;
  }

  /// A handle of the same type to another value.
  [[nodiscard]] Derived with_value(T value) const {
    Derived out = self();
    out.ref_ = Ref<T>::make(std::move(value));
    return out;
  }
  /// The same value with another extra part.
  [[nodiscard]] Derived with_extra(Extra extra) const {
    Derived out = self();
    out.extra_ = std::move(extra);
    return out;
  }

  /// The same value as a plain tree.
  template <std::same_as<Tree<T>> Plain>
    requires(!std::same_as<Plain, Derived>)
  operator Plain() const {
    return Plain(ref_);
  }

  /// A new tree with one member changed: `tree.replace<&Net::encoder, &Linear::bias>(b)`. The path may lead
  /// through handles, fields, optionals and (by an integer) sequences; only what is on it is copied.
  template <auto First, auto... Rest, class V>
  [[nodiscard("a tree is immutable: replace returns a new one")]] Derived replace(V&& value) const& {
    return Derived(self()).template replace<First, Rest...>(std::forward<V>(value));
  }
  template <auto First, auto... Rest, class V>
  [[nodiscard("a tree is immutable: replace returns a new one")]] Derived replace(V&& value) && {
    tree_detail::assign_member<First, Rest...>(edit(), std::forward<V>(value));
    return std::move(self());
  }

  /// The same by name, checked at run time: `tree.replace("encoder.bias", b)`. Throws TreeError if there is
  /// no such path or the value does not fit.
  template <class V>
  [[nodiscard("a tree is immutable: replace returns a new one")]] Derived replace(std::string_view path,
                                                                                  V&& value) const& {
    return Derived(self()).replace(path, std::forward<V>(value));
  }
  template <class V>
  [[nodiscard("a tree is immutable: replace returns a new one")]] Derived replace(std::string_view path,
                                                                                  V&& value) && {
    tree_detail::assign_named(self(), path, std::forward<V>(value));
    return std::move(self());
  }

  /// Runs a method on a copy: `auto [result, next] = tree.mutable_(&Net::step)(args...)`; only the new tree
  /// if the method returns nothing. A lambda that takes `T&` first will do as well.
  template <class Method>
  [[nodiscard("a tree is immutable: mutable_ returns a new one")]] auto mutable_(Method method) const& {
    return tree_detail::MutableCall<Method, Derived>(std::move(method), self());
  }
  template <class Method>
  [[nodiscard("a tree is immutable: mutable_ returns a new one")]] auto mutable_(Method method) && {
    return tree_detail::MutableCall<Method, Derived>(std::move(method), std::move(self()));
  }

  /// Equal structures and equal leaves.
  friend bool operator==(const Derived& a, const Derived& b) { return tree_detail::trees_equal(a, b); }

 protected:
  /// The value, to be changed while a new handle is made: a copy unless nobody shares it.
  T& edit() {
    (void)pointer();
    return ref_.edit();
  }
  Derived& self() { return static_cast<Derived&>(*this); }
  const Derived& self() const { return static_cast<const Derived&>(*this); }

 private:
  friend struct tree_detail::HandleAccess;

  const T* pointer() const {
    if (!ref_) {
      throw TreeError(std::string(reflect::type_name<Derived>()) + "<" +
                      std::string(reflect::type_name<T>()) +
                      ">: the handle is empty: it has been moved from");
    }
    return ref_.get();
  }

  Ref<T> ref_;
  [[no_unique_address]] Extra extra_{};
};

/// An immutable tree: a plain struct, frozen.
template <class T>
class Tree : public Handle<Tree<T>, T> {
 public:
  using Handle<Tree<T>, T>::Handle;
};

template <class T>
  requires(!tree_detail::AnyHandle<T>)
Tree(T) -> Tree<T>;

template <tree_detail::AnyHandle H>
Tree(H) -> Tree<typename H::value_type>;

namespace tree_detail {

/// What walks over trees see of a handle.
struct HandleAccess {
  template <class D, class T, class Extra>
  static T& edit(Handle<D, T, Extra>& handle) {
    return handle.edit();
  }
  template <class D, class T, class Extra>
  static const T& read(const Handle<D, T, Extra>& handle) {
    return *handle.pointer();
  }
  template <class D, class T, class Extra>
  static Extra& extra(Handle<D, T, Extra>& handle) {
    return handle.extra_;
  }
};

}  // namespace tree_detail
}  // namespace copse
