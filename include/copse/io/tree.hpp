// Trees in files: each leaf under its path.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/core/kinds.hpp"
#include "copse/io/leaf.hpp"
#include "copse/io/load_report.hpp"
#include "copse/io/safetensors.hpp"
#include "copse/ops/create.hpp"
#include "copse/tree/path.hpp"

namespace copse::io {

/// How exactly a file must fit a tree.
struct LoadOptions {
  bool allow_missing = false;  ///< leaves that are not in the file stay as they are
  /// Arrays in the file that the tree has no leaf for are passed over, unless that are all of them.
  bool allow_unknown = false;
};

/// A leaf of a tree that a file is to fill: its name, and what it is now (if it has a value).
struct Place {
  std::string name;
  bool has_value = false;
  ShapeDtype type;
  bool any_shape = false;  ///< whether only the dtype must be the same: a metric that has seen nothing grows
};

inline bool has_no_elements(const Shape& shape) {
  for (const std::int64_t extent : shape)
    if (extent == 0) return true;
  return false;
}

/// The arrays of a file that fit places, one for each place (without a value where none does), and what has
/// become of all of them.
struct Matched {
  std::vector<Array> arrays;
  LoadReport report;
};
[[nodiscard]] Matched compare(std::span<const Place> places, const NamedArrays& found);

/// Throws a TreeError with a line for each of these names of a report; `where` stands at its beginning,
/// `hint` at its end.
[[noreturn]] void refuse(const std::string& where, const LoadReport& report,
                         std::span<const std::string> names, const std::string& hint = {});

/// The arrays for the places, from the arrays of a file: without a value where there is none and none is
/// needed. Throws TreeError listing all differences in names, shapes and dtypes, and where there is no place
/// for any of the arrays; `where` stands at the beginning of the message.
[[nodiscard]] std::vector<Array> match(const std::string& where, std::span<const Place> places,
                                       const NamedArrays& found, const LoadOptions& options = {});

}  // namespace copse::io

namespace copse::io_detail {

// Leaves that are no arrays: numbers, and types for which StoredLeaf is specialised.
template <class L>
inline constexpr bool is_stored = std::is_same_v<L, Array> || std::is_arithmetic_v<L> || Element<L> ||
                                  requires(const L& leaf) { StoredLeaf<L>::to_array(leaf); };
template <class Leaves>
inline constexpr bool are_stored = false;
template <class... Ls>
inline constexpr bool are_stored<reflect::Types<Ls...>> = (is_stored<Ls> && ...);

// Throws TreeError for a leaf of a type that files have no form for. A trainer asks for a file only when it
// saves.
[[noreturn]] void not_stored(std::string_view type);

template <class L>
Array to_array(const L& leaf) {
  if constexpr (std::is_same_v<L, Array>) {
    return leaf;
  } else if constexpr (requires { StoredLeaf<L>::to_array(leaf); }) {
    return StoredLeaf<L>::to_array(leaf);
  } else if constexpr (Element<L>) {
    return array(std::span<const L>(&leaf, 1), Shape());
  } else if constexpr (std::is_floating_point_v<L>) {
    return to_array(static_cast<double>(leaf));
  } else if constexpr (std::is_arithmetic_v<L>) {
    return to_array(static_cast<std::int64_t>(leaf));
  } else {
    not_stored(reflect::type_name<L>());
  }
}

template <class L>
L from_array(const Array& value) {
  if constexpr (std::is_same_v<L, Array>) {
    return value;
  } else if constexpr (requires { StoredLeaf<L>::from_array(value); }) {
    return StoredLeaf<L>::from_array(value);
  } else if constexpr (Scalar<L>) {
    return value.item<L>();
  } else if constexpr (std::is_arithmetic_v<L> || Element<L>) {
    return static_cast<L>(value.item<double>());
  } else {
    not_stored(reflect::type_name<L>());
  }
}

inline std::string leaf_name(const std::string& prefix, const std::string& path) {
  return prefix + (path.empty() ? std::string("value") : path);
}

template <class T, class F>
void each_named(T& tree, const std::string& prefix, F f) {
  auto visit = [&](auto slot, const tree_detail::PathLink* at) {
    f(leaf_name(prefix, tree_detail::path_text(at)), slot);
  };
  tree_detail::visit_paths(tree, visit);
}

}  // namespace copse::io_detail

namespace copse::io {

/// The leaves of a tree by their paths, without those that are Nothing. A tree that is one leaf calls it
/// `value`.
template <class T>
[[nodiscard]] NamedArrays named_leaves(const T& tree, const std::string& prefix = {}) {
  NamedArrays out;
  io_detail::each_named(tree, prefix, [&](std::string name, auto slot) {
    if (!slot.is_nothing()) out.emplace_back(std::move(name), io_detail::to_array(slot.value()));
  });
  return out;
}

/// The places of a tree that arrays by name can fill.
template <class T>
[[nodiscard]] std::vector<Place> places(const T& tree, const std::string& prefix = {}) {
  std::vector<Place> out;
  io_detail::each_named(tree, prefix, [&](std::string name, auto slot) {
    Place place{std::move(name), !slot.is_nothing(), {}, false};
    if (place.has_value) place.type = io_detail::to_array(slot.value()).type();
    place.any_shape = slot.kind().template is<MetricStateKind>() && has_no_elements(place.type.shape);
    out.push_back(std::move(place));
  });
  return out;
}

/// A tree with the arrays that have a value in its places, in order.
template <class T>
[[nodiscard]] T put(T tree, std::span<const Array> arrays) {
  std::size_t place = 0;
  visit_slots(tree, [&](auto slot) {
    const Array& value = arrays[place++];
    if (value.has_value()) slot.set(io_detail::from_array<typename decltype(slot)::value_type>(value));
  });
  return tree;
}

/// Writes the leaves of a tree to a safetensors file, atomically.
template <class T>
void save(const std::filesystem::path& path, const T& tree,
          const std::map<std::string, std::string>& metadata = {}, const SaveOptions& options = {}) {
  static_assert(io_detail::are_stored<tree_detail::LeafTypes<T>>,
                "copse: there are leaves that cannot be saved: specialise StoredLeaf for them, or hold them "
                "in a Static");
  save_safetensors(path, named_leaves(tree), metadata, options);
}

/// A tree with its leaves from a file that `save` wrote. Those that are Nothing may be in the file or not;
/// the others must be there with the same shape and dtype. Throws TreeError listing all differences, and for
/// a tree that has no place for any of the file's arrays (one that is not initialised, say); IoError for a
/// file that is no safetensors file.
template <class T>
[[nodiscard]] T load(const std::filesystem::path& path, T tree, const LoadOptions& options = {}) {
  static_assert(io_detail::are_stored<tree_detail::LeafTypes<T>>,
                "copse: there are leaves that cannot be loaded: specialise StoredLeaf for them, or hold them "
                "in a Static");
  const SafeTensors file = load_safetensors(path);
  const std::vector<Array> arrays =
      match("load: '" + path.string() + "'", places(tree), file.arrays, options);
  return put(std::move(tree), arrays);
}

}  // namespace copse::io
