// A tree as a list of leaves and a structure, and back.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/tree/path.hpp"

namespace copse {

namespace tree_detail {

template <class Types>
struct LeafUnion;
template <>
struct LeafUnion<reflect::Types<>> {
  using type = Nothing;
};
template <class L>
struct LeafUnion<reflect::Types<L>> {
  using type = L;
};
template <class L, class M, class... Rest>
struct LeafUnion<reflect::Types<L, M, Rest...>> {
  using type = std::variant<L, M, Rest...>;
};

template <class L>
inline constexpr bool is_variant = false;
template <class... Ls>
inline constexpr bool is_variant<std::variant<Ls...>> = true;

// A leaf out of a list for a place of type L; `get` fails with a message where a variant holds another type.
template <class L, class From>
decltype(auto) leaf_as(From&& leaf) {
  if constexpr (std::same_as<std::remove_cvref_t<From>, L>) {
    return std::forward<From>(leaf);
  } else if constexpr (!is_variant<std::remove_cvref_t<From>>) {
    return static_cast<L>(leaf);  // what a std::vector<bool> has in place of a bool
  } else {
    if (!std::holds_alternative<L>(leaf)) {
      throw TreeError("unflatten: a leaf should be a " + std::string(reflect::type_name<L>()));
    }
    return std::get<L>(std::forward<From>(leaf));
  }
}

}  // namespace tree_detail

/// The type of a tree's leaves: a `std::variant` if there are several types of leaves in it.
template <class T>
using leaf_type_t = typename tree_detail::LeafUnion<tree_detail::LeafTypes<std::remove_cvref_t<T>>>::type;

/// Whether `T` has leaves and all of them have type `L`.
template <class T, class L>
concept TreeOf = std::same_as<leaf_type_t<T>, L>;

/// The leaves of a tree in order, without those that are Nothing.
template <class T>
[[nodiscard]] std::vector<leaf_type_t<T>> leaves(const T& tree) {
  std::vector<leaf_type_t<T>> out;
  out.reserve(count_leaves(tree));
  visit_leaves(tree, [&](const auto& leaf) { out.push_back(leaf); });
  return out;
}

/// The leaves of a tree in order with what is known of them, without those that are Nothing.
template <class T>
[[nodiscard]] std::vector<std::pair<FieldInfo, leaf_type_t<T>>> leaves_with_path(const T& tree) {
  std::vector<std::pair<FieldInfo, leaf_type_t<T>>> out;
  out.reserve(count_leaves(tree));
  auto visit = [&](auto slot, const tree_detail::PathLink* at) {
    if (!slot.is_nothing()) out.emplace_back(tree_detail::make_info(slot, at), slot.value());
  };
  tree_detail::visit_paths(tree, visit);
  return out;
}

/// Throws TreeError if two leaves have the same path, as where two keys of a map have the same text.
template <class T>
void require_unique_paths(const T& tree) {
  std::set<std::string> seen;
  auto visit = [&](auto, const tree_detail::PathLink* at) {
    auto [place, fresh] = seen.insert(tree_detail::path_text(at));
    if (!fresh) throw TreeError("tree: the path " + tree_detail::in_quotes(*place) + " is there twice");
  };
  tree_detail::visit_paths(tree, visit);
}

/// The structure of a tree: all of it but the values of its leaves. Compared and hashed as structure_equal
/// and structure_hash do. Copied in O(1). Using one that has been moved from throws TreeError.
template <class T>
class TreeDef {
 public:
  /// The tree with its leaves taken out.
  const T& skeleton() const { return parts().skeleton; }
  /// How many leaves it takes: those that were Nothing are not counted.
  std::size_t size() const { return parts().count; }

  friend bool operator==(const TreeDef& a, const TreeDef& b) {
    if (a.parts_ == b.parts_) return true;
    return a.parts_ && b.parts_ && a.parts_->count == b.parts_->count &&
           a.parts_->nothing == b.parts_->nothing && tree_detail::same_statics(a.skeleton(), b.skeleton());
  }

  /// The structure's hash.
  std::size_t hash() const {
    if (!parts_) return 0;
    auto hash = tree_detail::hash_tree(parts_->skeleton, [](const auto&) -> std::size_t { return 7; });
    return tree_detail::mix(hash, std::hash<std::vector<bool>>{}(parts_->nothing));
  }
  friend std::size_t hash(const TreeDef& def) { return def.hash(); }

  /// A structure whose leaves have been taken out of `tree`, in order, by `take(slot)`.
  template <class Take>
  static TreeDef take_apart(T tree, Take take) {
    TreeDef def;
    std::vector<bool> nothing;
    std::size_t count = 0, place = 0;
    visit_slots(tree, [&](auto slot) {
      if (slot.is_nothing()) {
        nothing.resize(place, false);
        nothing.push_back(true);
      } else {
        take(slot);
        (void)slot.try_clear();
        ++count;
      }
      ++place;
    });
    def.parts_ = std::make_shared<const Parts>(Parts{std::move(tree), std::move(nothing), count});
    return def;
  }

  /// The tree again, with `next(slot)` called for each leaf that is to be filled.
  template <class Next>
  T put_together(Next next) const {
    T tree = parts().skeleton;
    std::size_t place = 0;
    const auto& nothing = parts().nothing;
    visit_slots(tree, [&](auto slot) {
      if (place >= nothing.size() || !nothing[place]) next(slot);
      ++place;
    });
    return tree;
  }

 private:
  TreeDef() = default;

  struct Parts {
    T skeleton;
    std::vector<bool> nothing;  // which places are Nothing; shorter if the last are not
    std::size_t count;
  };

  const Parts& parts() const {
    if (!parts_) throw TreeError("TreeDef: it was used after it had been moved from");
    return *parts_;
  }

  std::shared_ptr<const Parts> parts_;
};

/// A tree as a list of its leaves (without those that are Nothing) and its structure: `auto [leaves, def] =
/// flatten(tree)`.
template <class T>
[[nodiscard]] auto flatten(T&& tree) {
  using V = std::remove_cvref_t<T>;
  std::vector<leaf_type_t<V>> out;
  out.reserve(count_leaves(tree));
  auto def = TreeDef<V>::take_apart(std::forward<T>(tree), [&](auto slot) { out.push_back(slot.take()); });
  return std::pair{std::move(out), std::move(def)};
}

/// The tree of a structure with other leaves. Throws TreeError if there are too few or too many.
template <class T, class Leaves>
[[nodiscard]] T unflatten(const TreeDef<T>& def, Leaves&& leaves) {
  if (leaves.size() != def.size()) {
    throw TreeError("unflatten: got " + std::to_string(leaves.size()) + " leaves, the structure of " +
                    std::string(reflect::type_name<T>()) + " wants " + std::to_string(def.size()));
  }
  auto next = leaves.begin();
  return def.put_together([&](auto slot) {
    using L = typename decltype(slot)::value_type;
    if constexpr (std::is_rvalue_reference_v<Leaves&&>) {
      slot.set(tree_detail::leaf_as<L>(std::move(*next)));
    } else {
      slot.set(tree_detail::leaf_as<L>(*next));
    }
    ++next;
  });
}

/// A copy of a tree whose leaves are all Nothing (or, where their type cannot be, default values), to be
/// filled by `rebuild`.
template <class T>
[[nodiscard]] T skeleton(const T& tree) {
  T out = tree;
  visit_slots(out, [](auto slot) { (void)slot.try_clear(); });
  return out;
}

/// A copy of a tree in which `next(slot)` has been called for every place of a leaf.
template <class T, class Next>
[[nodiscard]] T rebuild(const T& tree, Next&& next) {
  T out = tree;
  visit_slots(out, next);
  return out;
}

}  // namespace copse

template <class T>
struct std::hash<copse::TreeDef<T>> {
  std::size_t operator()(const copse::TreeDef<T>& def) const noexcept { return def.hash(); }
};
