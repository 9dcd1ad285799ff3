// Visiting the leaves of a tree, in order. Everything else about trees is built on this; it allocates nothing
// and builds no text.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "copse/tree/check.hpp"
#include "copse/tree/children.hpp"

namespace copse {

/// What the surroundings of a leaf say about it.
struct LeafContext {
  KindId kind;
  bool trainable = false;
};

/// A place for a leaf in a tree: the value, whether it is Nothing, and its kind. `L` is constant where the
/// tree is.
template <class L>
class Slot {
 public:
  using value_type = std::remove_const_t<L>;

  Slot(L& value, std::conditional_t<std::is_const_v<L>, const bool, bool>* nothing, LeafContext context)
      : value_(&value), nothing_(nothing), context_(context) {}

  /// The value. Meaningless if it is Nothing.
  L& value() const { return *value_; }
  KindId kind() const { return context_.kind; }
  /// Whether this is a trainable parameter.
  bool trainable() const { return context_.trainable; }

  bool is_nothing() const {
    return nothing_ != nullptr ? *nothing_ : leaf_ops<value_type>::is_nothing(*value_);
  }

  /// Puts a value here.
  template <class V>
  void set(V&& value) const {
    *value_ = std::forward<V>(value);
    if (nothing_ != nullptr) *nothing_ = false;
  }

  /// Makes the leaf Nothing; throws TreeError if its type cannot be.
  void clear() const {
    if (!try_clear()) {
      throw TreeError(
          "tree: a leaf of type " + std::string(reflect::type_name<value_type>()) +
          " cannot be Nothing: hold it in a Node or a field of a kind, or give its LeafTraits is_nothing and "
          "make_nothing");
    }
  }

  /// Makes the leaf Nothing if its type can be; else leaves a default value. Whether it is Nothing now.
  bool try_clear() const {
    if constexpr (leaf_ops<value_type>::has_nothing) {
      LeafTraits<value_type>::make_nothing(*value_);
      return true;
    } else {
      if constexpr (std::default_initializable<value_type> && std::is_move_assignable_v<value_type>) {
        *value_ = value_type();
      }
      if (nothing_ == nullptr) return false;
      *nothing_ = true;
      return true;
    }
  }

  /// The value, moved out: afterwards only `set` and `clear` make sense.
  value_type take() const { return std::move(*value_); }

 private:
  L* value_;
  std::conditional_t<std::is_const_v<L>, const bool, bool>* nothing_;
  LeafContext context_;
};

namespace tree_detail {

// The slot of a field that is one leaf.
template <class F>
auto field_slot(F& field) {
  using FieldType = std::remove_const_t<F>;
  using L = std::conditional_t<std::is_const_v<F>, const typename FieldType::value_type,
                               typename FieldType::value_type>;
  LeafContext context{KindId::of<typename FieldType::kind_type>(), FieldAccess::trainable(field)};
  if constexpr (FieldType::has_nothing_flag) {
    return Slot<L>(FieldAccess::value(field), FieldAccess::nothing_flag(field), context);
  } else {
    return Slot<L>(FieldAccess::value(field), nullptr, context);
  }
}

template <class T>
LeafContext inside_field(const T& field) {
  return {KindId::of<typename T::kind_type>(), FieldAccess::trainable(field)};
}

struct PathLink;

// A function of leaves, and of where they stand, for walks. Its type is always the same: so a walk over a
// type is compiled once, however many functions are called with its leaves.
class SlotVisitor {
 public:
  template <class L>
  void operator()(const Slot<L>& slot, const PathLink* at) const {
    const std::type_info& leaf = typeid(std::remove_const_t<L>);
    for (const Entry* entry = entries_; entry != end_; ++entry)
      if (entry->leaf == &leaf) return entry->call(f_, &slot, at);
    call_equal(leaf, &slot, at);
  }

  // Calls f(slot) for the leaves of a T, which may be constant.
  template <class T, class F>
  static SlotVisitor of_slots(F& f) {
    return make<T, F, false>(f, LeafTypes<std::remove_const_t<T>>{});
  }
  // Calls f(slot, link) for them.
  template <class T, class F>
  static SlotVisitor of_paths(F& f) {
    return make<T, F, true>(f, LeafTypes<std::remove_const_t<T>>{});
  }

 private:
  struct Entry {
    const std::type_info* leaf;  // what it is for
    void (*call)(void* f, const void* slot, const PathLink* at);
  };

  SlotVisitor(void* f, const Entry* entries, std::size_t count)
      : f_(f), entries_(entries), end_(entries + count) {}

  // Between shared libraries a type may have two addresses.
  [[gnu::cold, gnu::noinline]] void call_equal(const std::type_info& leaf, const void* slot,
                                               const PathLink* at) const {
    for (const Entry* entry = entries_; entry != end_; ++entry)
      if (*entry->leaf == leaf) return entry->call(f_, slot, at);
    throw TreeError(std::string("tree: a walk met a leaf that its tree does not list: ") + leaf.name());
  }

  template <class SlotType, class F, bool with_path>
  static void call(void* f, const void* slot, [[maybe_unused]] const PathLink* at) {
    if constexpr (with_path) {
      (*static_cast<F*>(f))(*static_cast<const SlotType*>(slot), at);
    } else {
      (*static_cast<F*>(f))(*static_cast<const SlotType*>(slot));
    }
  }

  // By type of leaf.
  template <class F, bool with_path, class... L>
  static constexpr Entry entries_of[] = {{&typeid(std::remove_const_t<L>), call<Slot<L>, F, with_path>}...};

  template <class T, class F, bool with_path, class... L>
  static SlotVisitor make(F& f, reflect::Types<L...>) {
    void* const erased = const_cast<void*>(static_cast<const volatile void*>(std::addressof(f)));
    if constexpr (sizeof...(L) == 0) {
      return {erased, nullptr, 0};
    } else {
      return {erased, entries_of<F, with_path, std::conditional_t<std::is_const_v<T>, const L, L>...>,
              sizeof...(L)};
    }
  }

  void* f_;
  const Entry* entries_;
  const Entry* end_;
};

struct AnyLeaves;
template <class LeafEqual>
struct Comparison;
struct Differ;
struct ObjectSearch;

// The functions that go on from a value to its parts. They are out of line: inlined into each other, those of
// a large struct would become one huge function, and compiling it slow. A header may say `extern template
// struct TreeCode<T>;` of a type whose code a source of the library has; what is in it needs no mention.
template <class T>
struct TreeCode {
  [[gnu::noinline]] static void walk(T& value, const SlotVisitor& f, LeafContext context);
  [[gnu::noinline]] static void walk(const T& value, const SlotVisitor& f, LeafContext context);
  // Defined in path.hpp, structure.hpp, difference.hpp and locate.hpp.
  [[gnu::noinline]] static void walk_paths(T& value, const SlotVisitor& f, LeafContext context,
                                           const PathLink* at);
  [[gnu::noinline]] static void walk_paths(const T& value, const SlotVisitor& f, LeafContext context,
                                           const PathLink* at);
  [[gnu::noinline]] static bool equal(const T& a, const T& b, const Comparison<AnyLeaves>& how);
  [[gnu::cold, gnu::noinline]] static bool same(const T& a, const T& b, const Differ& differ,
                                                const PathLink* at);
  [[gnu::cold, gnu::noinline]] static bool locate(const T& value, ObjectSearch& search, const PathLink* at);
};

// Calls f(slot) for each leaf, Nothing or not.
template <class T>
void walk(T& value, const SlotVisitor& f, LeafContext context);

struct Walker {
  const SlotVisitor& f;
  LeafContext context;

  template <class Part, class Step>
  void operator()(Part& part, Step) const {
    if constexpr (is_node<Part>) {
      walk(part, f, context);
    } else {
      check_static<std::remove_const_t<Part>>();
    }
  }
};

template <class T>
void TreeCode<T>::walk(T& value, const SlotVisitor& f, LeafContext context) {
  each_part(value, Walker{f, context});
}
template <class T>
void TreeCode<T>::walk(const T& value, const SlotVisitor& f, LeafContext context) {
  each_part(value, Walker{f, context});
}

template <class T>
void walk(T& value, const SlotVisitor& f, LeafContext context) {
  using V = std::remove_const_t<T>;
  if constexpr (form<V> == Form::leaf) {
    f(Slot<T>(value, nullptr, context), nullptr);
  } else if constexpr (is_leaf_field<V>) {
    f(field_slot(value), nullptr);
  } else if constexpr (form<V> == Form::erased) {
    value.walk(f, context, nullptr);
  } else if constexpr (form<V> == Form::field) {
    TreeCode<V>::walk(value, f, inside_field(value));
  } else if constexpr (is_node<V>) {
    TreeCode<V>::walk(value, f, context);
  } else {
    check_static<V>();
  }
}

}  // namespace tree_detail

/// Calls `f(slot)` for every leaf of a tree in order, those that are Nothing included.
template <class T, class F>
void visit_slots(T& tree, F&& f) {
  tree_detail::walk(tree, tree_detail::SlotVisitor::of_slots<T>(f), LeafContext{});
}

/// Calls `f(leaf)` for every leaf of a tree in order, but for those that are Nothing. Leaves of a tree that
/// is not constant can be assigned; what is shared in it is copied first.
template <class T, class F>
void visit_leaves(T& tree, F&& f) {
  visit_slots(tree, [&](auto slot) {
    if (!slot.is_nothing()) f(slot.value());
  });
}

/// Calls `f(leaf)` for every leaf, those that are Nothing included.
template <class T, class F>
void visit_all_leaves(T& tree, F&& f) {
  visit_slots(tree, [&](auto slot) { f(slot.value()); });
}

/// How many leaves a tree has, without those that are Nothing.
template <class T>
std::size_t count_leaves(const T& tree) {
  std::size_t count = 0;
  visit_slots(tree, [&](auto slot) { count += slot.is_nothing() ? 0u : 1u; });
  return count;
}

/// Whether a field, or everything in it, is Nothing.
template <class Kind, class T>
bool is_nothing(const Field<Kind, T>& field) {
  bool nothing = true;
  visit_slots(field, [&](auto slot) { nothing = nothing && slot.is_nothing(); });
  return nothing;
}

}  // namespace copse
