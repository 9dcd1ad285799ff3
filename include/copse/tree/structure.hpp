// Comparing trees: their structures, and their leaves.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "copse/tree/value.hpp"
#include "copse/tree/walk.hpp"

namespace copse {

namespace tree_detail {

// Compares what two trees have beside the values of their leaves, and leaves by `leaf_equal(slot, slot)`.
template <class LeafEqual>
struct Comparison {
  LeafEqual& leaf_equal;
  bool statics = true;    // whether static parts and trainable flags must be equal
  bool nothing = true;    // whether the same leaves must be Nothing
  bool identity = false;  // whether what is shared is equal to itself

  template <class T, class Step>
  bool operator()(const T& a, const T& b, Step) const {
    return compare(a, b);
  }

  template <class L>
  bool leaves(Slot<L> a, Slot<L> b) const {
    if (nothing && a.is_nothing() != b.is_nothing()) return false;
    return leaf_equal(a, b);
  }

  template <class T>
  bool compare(const T& a, const T& b) const {
    if constexpr (!is_node<T>) {
      return !statics || value_equal(a, b);
    } else if constexpr (form<T> == Form::leaf) {
      return leaves(Slot<const T>(a, nullptr, {}), Slot<const T>(b, nullptr, {}));
    } else {
      if constexpr (form<T> == Form::field) {
        if (statics && FieldAccess::trainable(a) != FieldAccess::trainable(b)) return false;
      }
      if constexpr (is_leaf_field<T>) {
        return leaves(field_slot(a), field_slot(b));
      } else if constexpr (form<T> == Form::erased) {
        return a.compare(b, *this);
      } else {
        if constexpr (form<T> == Form::handle) {
          if (identity && a.shared() == b.shared() && compare(a.extra(), b.extra())) return true;
        } else if constexpr (form<T> == Form::shared) {
          if (identity && a == b) return true;
        }
        if constexpr (std::is_same_v<LeafEqual, AnyLeaves>) {
          return TreeCode<T>::equal(a, b, *this);
        } else {
          return compare_parts(a, b);
        }
      }
    }
  }

  template <class T>
  [[gnu::noinline]] bool compare_parts(const T& a, const T& b) const {
    return all_parts(a, b, *this);
  }
};

struct AnyLeaves {
  template <class L>
  bool operator()(const Slot<L>&, const Slot<L>&) const {
    return true;
  }
};

template <class T>
bool TreeCode<T>::equal(const T& a, const T& b, const Comparison<AnyLeaves>& how) {
  return all_parts(a, b, how);
}

struct EqualLeaves {
  template <class L>
  bool operator()(const Slot<L>& a, const Slot<L>& b) const {
    return a.is_nothing() || leaf_ops<typename Slot<L>::value_type>::equal(a.value(), b.value());
  }
};

template <class T>
bool trees_equal(const T& a, const T& b) {
  EqualLeaves equal;
  return Comparison<EqualLeaves>{.leaf_equal = equal, .identity = true}.compare(a, b);
}

// Whether two trees are equal in everything but the values of their leaves and which of them are Nothing.
template <class T>
bool same_statics(const T& a, const T& b) {
  AnyLeaves any;
  return Comparison<AnyLeaves>{.leaf_equal = any, .nothing = false, .identity = true}.compare(a, b);
}

// Hashes the structure, and what `leaf_hash(slot)` gives for each leaf.
template <class LeafHash>
struct Hasher {
  LeafHash& leaf_hash;
  std::size_t& hash;

  template <class T, class Step>
  void operator()(const T& part, Step step) const {
    if constexpr (requires { step.key; }) hash = mix(hash, value_hash(*step.key));
    add(part);
  }

  template <class T>
  void add(const T& value) const {
    if constexpr (!is_node<T>) {
      hash = mix(hash, value_hash(value));
    } else if constexpr (form<T> == Form::leaf) {
      hash = mix(hash, leaf_hash(Slot<const T>(value, nullptr, {})));
    } else {
      if constexpr (form<T> == Form::field) hash = mix(hash, FieldAccess::trainable(value) ? 1 : 2);
      if constexpr (is_leaf_field<T>) {
        hash = mix(hash, leaf_hash(field_slot(value)));
      } else if constexpr (form<T> == Form::erased) {
        hash = mix(hash, value.hash(leaf_hash));
      } else {
        add_parts(value);
      }
    }
  }

  template <class T>
  [[gnu::noinline]] void add_parts(const T& value) const {
    std::size_t count = 0;
    each_part(value, [&](const auto& part, auto step) {
      ++count;
      (*this)(part, step);
    });
    if constexpr (form<T> == Form::variant) {
      hash = mix(hash, value.index());
    } else if constexpr (form<T> != Form::record && form<T> != Form::handle) {
      hash = mix(hash, count);
    }
  }
};

template <class T, class LeafHash>
std::size_t hash_tree(const T& tree, LeafHash leaf_hash) {
  std::size_t hash = type_hash<T>;
  Hasher<LeafHash>{leaf_hash, hash}.add(tree);
  return hash;
}

}  // namespace tree_detail

/// Whether two trees have the same structure: static parts, sizes and keys of containers, alternatives,
/// trainable flags, and which leaves are Nothing. Says nothing about the values of leaves. Allocates nothing
/// (but for the order of the keys of unordered maps).
template <class T>
bool structure_equal(const T& a, const T& b) {
  tree_detail::AnyLeaves any;
  return tree_detail::Comparison<tree_detail::AnyLeaves>{.leaf_equal = any, .identity = true}.compare(a, b);
}

/// A hash of what structure_equal compares.
template <class T>
std::size_t structure_hash(const T& tree) {
  return tree_detail::hash_tree(tree,
                                [](const auto& slot) -> std::size_t { return slot.is_nothing() ? 3 : 5; });
}

/// Whether two trees have the same structure and `equal(leaf, leaf)` holds for all pairs of leaves that are
/// not Nothing.
template <class T, class Equal>
bool tree_all_of(const T& a, const T& b, Equal equal) {
  auto leaves = [&](const auto& left, const auto& right) {
    return left.is_nothing() || equal(left.value(), right.value());
  };
  return tree_detail::Comparison<decltype(leaves)>{.leaf_equal = leaves}.compare(a, b);
}

/// A hash of a tree: equal trees have equal hashes.
template <class T>
std::size_t hash(const T& tree) {
  return tree_detail::hash_tree(tree, [](const auto& slot) -> std::size_t {
    using L = typename std::remove_cvref_t<decltype(slot)>::value_type;
    return slot.is_nothing() ? 3 : leaf_ops<L>::hash(slot.value());
  });
}

}  // namespace copse

/// The hash of a tree, so that handles can be keys.
template <copse::tree_detail::AnyHandle H>
struct std::hash<H> {
  std::size_t operator()(const H& tree) const { return copse::hash(tree); }
};
