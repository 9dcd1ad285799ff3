// Trees whose type is known when the program runs: a value in a container that is filled from a file or by a
// user.
#pragma once

#include <concepts>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "copse/tree/erased.hpp"
#include "copse/tree/flatten.hpp"
#include "copse/tree/print.hpp"

namespace copse {

/// What an AnyTree can do beyond being a tree: nothing. A layer's own has the same two parts:
///
///   struct Callable {
///     struct Interface { virtual ~Interface() = default; virtual Array call(const Array& x) = 0; };
///     template <class Base> struct Of : Base {        // Base has the value as `this->value`
///       using Base::Base;
///       Array call(const Array& x) override { return this->value(x); }
///     };
///   };
struct NoBehavior {
  struct Interface {
    virtual ~Interface() = default;
  };
  template <class Base>
  struct Of : Base {
    using Base::Base;
  };
};

namespace tree_detail {

// Structs, containers, handles, fields and leaves, without a look at what is in them: that might ask this
// question again.
template <class T>
concept IsTreeType = std::is_class_v<T> && !Erased<T> && form<T> != Form::opaque && form<T> != Form::wrapped;

// Whether all leaves in T are L.
template <class T, class L>
concept HasOnlyLeaves =
    std::same_as<LeafTypes<T>, reflect::Types<L>> || std::same_as<LeafTypes<T>, reflect::Types<>>;

}  // namespace tree_detail

/// A tree of any type whose leaves are `L`, or none. A value: copied in O(1), compared, hashed, printed, with
/// paths, as any other tree, and a node wherever it stands. Its type belongs to the structure. `Behavior`
/// adds functions that all its values have; they are called with `->`.
template <class L, class Behavior = NoBehavior>
class AnyTree {
  static_assert(std::has_virtual_destructor_v<typename Behavior::Interface>,
                "copse: the Interface of an AnyTree's behavior needs a virtual destructor");

  using Box = tree_detail::ErasedBox<L, Behavior>;

 public:
  using erased_leaf_type = L;
  using Interface = typename Behavior::Interface;

  /// No tree.
  AnyTree() = default;

  /// Any struct, container or handle.
  template <class T>
    requires(!std::derived_from<T, reflect::ProbeBase> && tree_detail::IsTreeType<T>)
  AnyTree(T value) : box_(new tree_detail::ErasedModel<T, L, Behavior>(std::move(value))) {
    static_assert(tree_detail::HasOnlyLeaves<T, L>,
                  "copse: a tree in an AnyTree has other leaves than the AnyTree allows");
  }

  bool empty() const { return !box_; }
  /// The name of the type of the value.
  std::string_view type_name() const { return box_ ? box_->name() : std::string_view("Nothing"); }

  /// Whether the value is a `T`.
  template <class T>
  bool is() const {
    return box_ && box_->type() == typeid(T);
  }
  /// The value; throws TreeError if it is no `T`.
  template <class T>
  const T& as() const {
    require<T>();
    return *static_cast<const T*>(box_->address());
  }
  /// The value, to be changed, where this itself may be: a copy of its own first, if it is shared.
  template <class T>
  T& get() {
    require<T>();
    own();
    return *const_cast<T*>(static_cast<const T*>(box_->address()));
  }

  /// The functions of the behavior. Throws TreeError if there is no tree.
  const Interface* operator->() const { return &required(); }
  Interface* operator->() {
    (void)required();
    own();
    return box_.get();
  }

  /// Equal types, structures and leaves.
  friend bool operator==(const AnyTree& a, const AnyTree& b) { return tree_detail::trees_equal(a, b); }
  std::size_t hash() const { return copse::hash(*this); }

  // What walks over trees do where they come to this one.

  void walk(const tree_detail::SlotVisitor& f, LeafContext context, const tree_detail::PathLink* at) {
    if (!box_) return;
    own();
    box_->walk(f, context, at);
  }
  void walk(const tree_detail::SlotVisitor& f, LeafContext context, const tree_detail::PathLink* at) const {
    if (box_) std::as_const(*box_.get()).walk(f, context, at);
  }
  template <class F>
  void walk_objects(F& f) {
    if (!box_) return;
    own();
    auto visit = [&f](void* object, const std::type_info& type) { f.erased(object, type); };
    box_->walk_objects(typename Box::VisitObject(visit));
  }
  template <class F>
  void walk_objects(F& f) const {
    if (!box_) return;
    auto visit = [&f](const void* object, const std::type_info& type) { f.erased(object, type); };
    std::as_const(*box_.get()).walk_objects(typename Box::ConstVisitObject(visit));
  }
  template <class LeafEqual>
  bool compare(const AnyTree& other, const tree_detail::Comparison<LeafEqual>& how) const {
    if (how.identity && box_ == other.box_) return true;
    if (!same_type(other)) return false;
    const typename Box::LeafEqual leaf_equal(how.leaf_equal);
    return !box_ || box_->compare(*other.box_.get(), {leaf_equal, how.statics, how.nothing, how.identity});
  }
  template <class LeafHash>
  std::size_t hash(LeafHash& leaf_hash) const {
    return box_ ? box_->hash(typename Box::LeafHash(leaf_hash)) : 0;
  }
  bool same(const AnyTree& other, const tree_detail::Differ& how, const tree_detail::PathLink* at) const {
    if (same_type(other)) return !box_ || box_->same(*other.box_.get(), how, at);
    how.report(at, std::string(type_name()), std::string(other.type_name()));
    return false;
  }
  void print(tree_detail::Printer& printer, std::string_view name, std::string_view comma, int level,
             LeafContext context) const {
    if (box_) box_->print(printer, name, comma, level, context);
  }
  DictValue dict(const tree_detail::DictMaker& maker, LeafContext context) const {
    return box_ ? box_->dict(maker, context) : DictValue();
  }
  std::string describe() const { return box_ ? box_->describe() : "Nothing"; }
  bool locate(tree_detail::ObjectSearch& search, const tree_detail::PathLink* at) const {
    return box_ && box_->locate(search, at);
  }
  template <class V>
  bool assign(tree_detail::NamedAssignment<V>& assignment, std::string_view rest,
              const tree_detail::PathLink* at) {
    if (!box_) return false;
    own();
    return box_->assign(assignment, rest, at);
  }
  void set_trainable(const tree_detail::TrainableSetter& setter) {
    if (!box_) return;
    own();
    box_->set_trainable(setter);
  }

 private:
  bool same_type(const AnyTree& other) const {
    return empty() == other.empty() && (empty() || box_->type() == other.box_->type());
  }
  Box& required() const {
    if (!box_) throw TreeError("AnyTree: there is no tree in it");
    return *box_.get();
  }
  template <class T>
  void require() const {
    if (!is<T>()) {
      throw TreeError("AnyTree: there is " + (box_ ? tree_detail::with_article(type_name()) : "no tree") +
                      " in it, not " + tree_detail::with_article(reflect::type_name<T>()));
    }
  }
  void own() {
    if (!box_.unique()) box_ = tree_detail::CountedPtr<Box>(box_->clone());
  }

  tree_detail::CountedPtr<Box> box_;
};

template <class L, class Behavior>
std::ostream& operator<<(std::ostream& out, const AnyTree<L, Behavior>& tree) {
  return out << to_string(tree);
}

}  // namespace copse
