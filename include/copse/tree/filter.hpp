// Taking trees apart by kind or by predicate, and putting the parts together again.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/tree/difference.hpp"
#include "copse/tree/map.hpp"

namespace copse {

/// Filters by any of several kinds: `filter<AnyOf<Parameter, BatchStat>>(tree)`.
template <class... Kinds>
struct AnyOf {};
/// Filters by the absence of a kind: `filter<Not<Parameter>>(tree)`.
template <class Kind>
struct Not {};
/// Filters by being a trainable parameter.
struct Trainable {};

namespace tree_detail {

template <class Wanted>
struct KindTest {
  static bool passes(const LeafContext& leaf) { return leaf.kind.is<Wanted>(); }
};
template <class Kind, class T>
struct KindTest<Field<Kind, T>> : KindTest<Kind> {};
template <class... Kinds>
struct KindTest<AnyOf<Kinds...>> {
  static bool passes(const LeafContext& leaf) { return (KindTest<Kinds>::passes(leaf) || ...); }
};
template <class Kind>
struct KindTest<Not<Kind>> {
  static bool passes(const LeafContext& leaf) { return !KindTest<Kind>::passes(leaf); }
};
template <>
struct KindTest<Trainable> {
  static bool passes(const LeafContext& leaf) { return leaf.trainable; }
};

// A template such as State is asked for its kind with a type that stands for any value.
template <template <class> class FieldTemplate>
using kind_of_template = typename FieldTemplate<int>::kind_type;

template <class... Kinds>
struct AllKinds {
  template <class SlotType>
  bool operator()(const SlotType& slot) const {
    [[maybe_unused]] LeafContext context{slot.kind(), slot.trainable()};
    return (KindTest<Kinds>::passes(context) && ...);
  }
};

// Makes the leaf Nothing, or says where there is one that cannot be.
template <class SlotType>
void drop(const SlotType& slot, const PathLink* at) {
  if (slot.try_clear()) return;
  throw TreeError(
      "filter: " + (at == nullptr ? "the root" : tree_detail::in_quotes(path_text(at))) + " is a " +
      std::string(reflect::type_name<typename SlotType::value_type>()) +
      ", which cannot be Nothing: hold it in a Node or a field of a kind, or give its LeafTraits is_nothing "
      "and make_nothing");
}

template <class T, class Keep>
[[nodiscard]] T keep_slots(const T& tree, Keep keep) {
  T out = tree;
  bool dropped = true;
  visit_slots(out, [&](auto slot) {
    if (!slot.is_nothing() && !keep(slot)) dropped = slot.try_clear() && dropped;
  });
  if (!dropped) {  // again, to tell where
    auto visit = [&](auto slot, const PathLink* at) {
      if (!slot.is_nothing() && !keep(slot)) drop(slot, at);
    };
    out = tree;
    visit_paths(out, visit);
  }
  return out;
}

template <class T, class Keep>
[[nodiscard]] T keep_infos(T tree, Keep& keep) {
  auto visit = [&](auto slot, const PathLink* at) {
    if (!slot.is_nothing() && !keep(make_info(slot, at), std::as_const(slot.value()))) drop(slot, at);
  };
  visit_paths(tree, visit);
  return tree;
}

}  // namespace tree_detail

/// A predicate on what is known of a leaf. A handle is none: a module that can be called with anything is not
/// asked whether it takes a FieldInfo, for that need not compile.
template <class P>
concept LeafPredicate = !tree_detail::AnyHandle<P> && requires(P& predicate, const FieldInfo& info) {
  { predicate(info) } -> std::convertible_to<bool>;
};

namespace tree_detail {

template <class P, class Leaves>
inline constexpr bool takes_values = false;
template <class P, class... Leaves>
inline constexpr bool takes_values<P, reflect::Types<Leaves...>> =
    (std::is_invocable_r_v<bool, P&, const FieldInfo&, const Leaves&> && ...);

template <class P, class L>
bool passes(P& predicate, const FieldInfo& info, [[maybe_unused]] const L& leaf) {
  if constexpr (LeafPredicate<P>) {
    return static_cast<bool>(predicate(info));
  } else {
    return static_cast<bool>(predicate(info, leaf));
  }
}

}  // namespace tree_detail

/// A predicate for the leaves of a `T`: on what is known of a leaf, or on that and its value.
template <class P, class T>
concept LeafPredicateOf =
    LeafPredicate<P> || tree_detail::takes_values<P, tree_detail::LeafTypes<std::remove_cvref_t<T>>>;

/// A tree of the same type with Nothing in place of each leaf that is not of all these kinds:
/// `filter<Parameter>(tree)`, `filter<StateKind>(tree)`, `filter<State>(tree)`, `filter<AnyOf<Parameter,
/// BatchStat>>(tree)`. Derived kinds match.
template <class... Kinds, class T>
  requires(sizeof...(Kinds) > 0)
[[nodiscard]] auto filter(const T& tree) {
  return tree_detail::keep_slots(tree, tree_detail::AllKinds<Kinds...>{});
}

/// The same for templates of fields: `filter<State>(tree)`.
template <template <class> class FirstKind, template <class> class... Kinds, class T>
[[nodiscard]] auto filter(T&& tree) {
  return filter<tree_detail::kind_of_template<FirstKind>, tree_detail::kind_of_template<Kinds>...>(
      std::forward<T>(tree));
}

/// A tree of the same type with only the leaves that pass all predicates (and, if given, that are of all
/// kinds): `filter(tree, [](const FieldInfo& info) { return info.name == "bias"; })`, or with the value,
/// `filter(tree, [](const FieldInfo&, const Array& x) { return x.ndim() > 1; })`.
template <class... Kinds, class T, LeafPredicateOf<T>... Predicates>
  requires(sizeof...(Predicates) > 0)
[[nodiscard]] auto filter(T&& tree, Predicates... predicates) {
  using V = std::remove_cvref_t<T>;
  auto all = [&](const FieldInfo& info, const auto& leaf) {
    return (tree_detail::passes(predicates, info, leaf) && ...);
  };
  if constexpr (sizeof...(Kinds) == 0) {
    return tree_detail::keep_infos<V>(std::forward<T>(tree), all);
  } else {
    return tree_detail::keep_infos<V>(filter<Kinds...>(std::forward<T>(tree)), all);
  }
}

template <template <class> class FirstKind, class T, LeafPredicateOf<T>... Predicates>
  requires(sizeof...(Predicates) > 0)
[[nodiscard]] auto filter(T&& tree, Predicates... predicates) {
  return filter<tree_detail::kind_of_template<FirstKind>>(std::forward<T>(tree), predicates...);
}

/// `map` on the leaves of some kinds only; the others stay as they are: `map<Parameter>(f, tree)`.
template <class... Kinds, class F, class T>
  requires(sizeof...(Kinds) > 0)
[[nodiscard]] auto map(F&& f, T&& tree) {
  tree_detail::AllKinds<Kinds...> keep;
  return tree_detail::with_leaves<std::remove_cvref_t<T>>(std::forward<T>(tree), [&](auto slot, std::size_t) {
    if (keep(slot)) tree_detail::set_leaf(slot, std::invoke(f, std::as_const(slot.value())));
  });
}
template <template <class> class FirstKind, class F, class T>
[[nodiscard]] auto map(F&& f, T&& tree) {
  return map<tree_detail::kind_of_template<FirstKind>>(std::forward<F>(f), std::forward<T>(tree));
}

/// Two trees: what passes the predicate, and the rest. `merge` puts them together again.
template <class T, LeafPredicateOf<T> Predicate>
[[nodiscard]] auto partition(const T& tree, Predicate predicate) {
  auto rest = [&](const FieldInfo& info, const auto& leaf) {
    return !tree_detail::passes(predicate, info, leaf);
  };
  return std::pair{filter(tree, predicate), filter(tree, rest)};
}

/// The same by kinds.
template <class... Kinds, class T>
  requires(sizeof...(Kinds) > 0)
[[nodiscard]] auto partition(const T& tree) {
  tree_detail::AllKinds<Kinds...> keep;
  return std::pair{tree_detail::keep_slots(tree, keep),
                   tree_detail::keep_slots(tree, [&](const auto& slot) { return !keep(slot); })};
}

template <template <class> class FirstKind, class T>
[[nodiscard]] auto partition(const T& tree) {
  return partition<tree_detail::kind_of_template<FirstKind>>(tree);
}

/// What `merge` does with the static parts of the trees.
enum class Statics {
  must_match,  ///< They must be equal, else TreeError.
  from_first,  ///< The first tree's are kept, without a look at the others'.
  from_last    ///< The last tree's are kept.
};

namespace tree_detail {

template <class T>
void require_mergeable(const T& a, const T& b, bool statics) {
  AnyLeaves any;
  if (Comparison<AnyLeaves>{.leaf_equal = any, .statics = statics, .nothing = false, .identity = true}
          .compare(a, b)) {
    return;
  }
  if (auto at = find_difference(a, b, statics, false)) throw_difference("merge", *at);
}

// Fills the places of `into` with the leaves of `from` that are not Nothing, or only where `into` has none.
template <class T>
void overlay(T& into, const T& from, bool only_where_nothing) {
  std::vector<const void*> places;
  visit_slots(from, [&](auto slot) { places.push_back(slot.is_nothing() ? nullptr : &slot.value()); });
  std::size_t place = 0;
  visit_slots(into, [&](auto slot) {
    using L = typename decltype(slot)::value_type;
    const auto* leaf = static_cast<const L*>(places[place++]);
    if (leaf != nullptr && (!only_where_nothing || slot.is_nothing())) slot.set(*leaf);
  });
}

}  // namespace tree_detail

/// Puts trees of one type together: at each place the last leaf that is not Nothing. Their structures must be
/// equal but for what is Nothing, else TreeError names the first difference; see Statics for other ways.
template <Statics statics = Statics::must_match, class T, std::same_as<std::remove_cvref_t<T>>... Others>
[[nodiscard]] auto merge(T&& tree, const Others&... others) {
  using V = std::remove_cvref_t<T>;
  (tree_detail::require_mergeable(tree, others, statics == Statics::must_match), ...);
  if constexpr (statics == Statics::from_last && sizeof...(Others) > 0) {
    const V* all[] = {&tree, &others...};
    V out = *all[sizeof...(Others)];
    for (std::size_t i = sizeof...(Others); i-- > 0;) tree_detail::overlay(out, *all[i], true);
    return out;
  } else {
    V out = std::forward<T>(tree);
    (tree_detail::overlay(out, others, false), ...);
    return out;
  }
}

namespace tree_detail {

// What the flags of parameters become: a value for each leaf of a tree, in order (none: as it is).
struct TrainableFlags {
  std::vector<std::optional<bool>> flags;
  std::size_t place = 0;  // of the next leaf

  std::optional<bool> at(std::size_t leaf) const { return leaf < flags.size() ? flags[leaf] : std::nullopt; }
};

// Sets the flags of parameters, all to one value or each to its own.
class TrainableSetter {
 public:
  explicit TrainableSetter(bool trainable) : all_(trainable) {}
  explicit TrainableSetter(TrainableFlags& each) : each_(&each) {}

  template <class Part, class Step>
  void operator()(Part& part, Step) const {
    using V = std::remove_const_t<Part>;
    if constexpr (is_node<V>) {
      const std::size_t first = each_ == nullptr ? 0 : each_->place;
      if constexpr (form<V> == Form::erased) {
        part.set_trainable(*this);
      } else if constexpr (form<V> != Form::leaf && !is_leaf_field<V>) {
        each_part(part, *this);
      } else if (each_ != nullptr) {
        ++each_->place;
      }
      if constexpr (form<V> == Form::field) {
        if constexpr (V::has_trainable_flag) {
          if (each_ == nullptr) {
            FieldAccess::set_trainable(part, all_);
          } else if (each_->place > first) {
            if (const auto flag = each_->at(first)) FieldAccess::set_trainable(part, *flag);
          }
        }
      }
    }
  }

 private:
  bool all_ = true;
  TrainableFlags* each_ = nullptr;
};

}  // namespace tree_detail

/// A copy of a tree in which all parameters are trainable, or none is.
template <class T>
[[nodiscard]] auto with_trainable(T&& tree, bool trainable) {
  std::remove_cvref_t<T> out = std::forward<T>(tree);
  tree_detail::TrainableSetter{trainable}(out, tree_detail::Through{});
  return out;
}

}  // namespace copse
