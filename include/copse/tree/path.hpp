// Paths: where a leaf stands, as text (`more.1.n`), and what is known of it.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/tree/structure.hpp"
#include "copse/tree/text.hpp"

namespace copse {

/// What is known of a leaf beside its value.
struct FieldInfo {
  std::string path;   ///< Where it stands: `encoder.layers.1.bias`. Empty for a tree that is a leaf itself.
  std::string name;   ///< The name of the struct member it belongs to; elements of a container share it.
  KindId kind;        ///< Its kind.
  std::string dtype;  ///< What its elements are.
  std::string shape;  ///< Like "(2, 3)".
  std::size_t bytes = 0;   ///< What it holds.
  bool trainable = false;  ///< Whether it is a trainable parameter.

  /// Whether its kind is `Kind` or derived from it: `info.is<StateKind>()`.
  template <class Kind>
  bool is() const {
    return kind.is<Kind>();
  }
};

namespace tree_detail {

// A step on the way from the root to where a walk is. Lives on the stack.
struct PathLink {
  enum class Sort { member, index, key, slashed };  // slashed: a whole name, with a slash before it

  const PathLink* up = nullptr;
  Sort sort = Sort::member;
  std::string_view name = {};
  std::size_t index = 0;
};

// Keys that would be taken for something else, or that need more than a line, are put in brackets and quotes.
inline bool is_plain_key(std::string_view key) {
  return !key.empty() && key.find_first_of(".[]\"\\") == std::string_view::npos &&
         std::none_of(key.begin(), key.end(), is_control);
}

inline void append_path(std::string& out, const PathLink* link) {
  if (link == nullptr) return;
  append_path(out, link->up);
  if (link->sort == PathLink::Sort::key && !is_plain_key(link->name)) {
    out += '[';
    out += in_quotes(link->name);
    out += ']';
    return;
  }
  if (!out.empty()) out += link->sort == PathLink::Sort::slashed ? '/' : '.';
  if (link->sort == PathLink::Sort::index) {
    out += std::to_string(link->index);
  } else {
    out += link->name;
  }
}

inline std::string path_text(const PathLink* link) {
  std::string out;
  append_path(out, link);
  return out;
}

inline std::string_view member_of(const PathLink* link) {
  while (link != nullptr && link->sort != PathLink::Sort::member) link = link->up;
  return link == nullptr ? std::string_view{} : link->name;
}

// The text of a key of a map; `storage` holds it where the key is no text itself.
template <class K>
std::string_view key_text(const K& key, std::string& storage) {
  if constexpr (std::convertible_to<const K&, std::string_view>) {
    return key;
  } else {
    if constexpr (std::is_enum_v<K>) {
      storage = std::to_string(static_cast<std::underlying_type_t<K>>(key));
    } else if constexpr (std::integral<K>) {
      storage = std::to_string(key);
    } else {
      storage = value_text(key);
    }
    return storage;
  }
}

// One character out of quotes; `at` is left on the last of what stands for it.
inline char unquoted(std::string_view text, std::size_t& at) {
  auto digit = [&](std::size_t i) {
    return i < text.size() ? std::string_view("0123456789abcdef").find(text[i]) : std::string_view::npos;
  };
  if (text[at] != '\\' || at + 1 >= text.size()) return text[at];
  char c = text[++at];
  if (c == 'n') return '\n';
  if (c != 'x' || digit(at + 1) == std::string_view::npos || digit(at + 2) == std::string_view::npos)
    return c;
  at += 2;
  return static_cast<char>(16 * digit(at - 1) + digit(at));
}

// The first step of a path, and the rest; false if the path is malformed.
inline bool split_path(std::string_view path, std::string& step, std::string_view& rest) {
  step.clear();
  if (path.starts_with("[\"")) {
    std::size_t i = 2;
    for (; i < path.size() && path[i] != '"'; ++i) step += unquoted(path, i);
    if (path.substr(i, 2) != "\"]") return false;
    rest = path.substr(i + 2);
    if (rest.starts_with('.')) rest.remove_prefix(1);
    return true;
  }
  auto end = path.find_first_of(".[");
  step = path.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : path.substr(path[end] == '.' ? end + 1 : end);
  return !step.empty() && !(end != std::string_view::npos && path[end] == '.' && rest.empty());
}

template <class V>
std::span<const std::string_view> member_names() {
  if constexpr (form<V> == Form::record) {
    return reflect::names<V>();
  } else {
    return {};
  }
}

// Calls `next(link)` with the link that leads to a part. `names` are those of the members of what the part is
// in, if that is a struct.
template <class Step, class Next>
decltype(auto) with_link(Step step, const PathLink* up, std::span<const std::string_view> names,
                         Next&& next) {
  if constexpr (std::same_as<Step, Through>) {
    return next(up);
  } else if constexpr (std::same_as<Step, std::size_t>) {
    PathLink link{up, names.empty() ? PathLink::Sort::index : PathLink::Sort::member,
                  names.empty() ? std::string_view{} : names[step], step};
    return next(&link);
  } else {
    std::string storage;
    PathLink link{up, PathLink::Sort::key, key_text(*step.key, storage)};
    return next(&link);
  }
}

struct PathWalker {
  const SlotVisitor& f;
  LeafContext context;
  const PathLink* at;
  std::span<const std::string_view> names;

  template <class Part, class Step>
  void operator()(Part& part, Step step) const {
    if constexpr (is_node<Part>) {
      with_link(step, at, names, [&](const PathLink* link) {
        TreeCode<std::remove_const_t<Part>>::walk_paths(part, f, context, link);
      });
    }
  }
};

template <class T>
void walk_paths(T& value, const SlotVisitor& f, LeafContext context, const PathLink* at) {
  using V = std::remove_const_t<T>;
  if constexpr (form<V> == Form::leaf) {
    f(Slot<T>(value, nullptr, context), at);
  } else if constexpr (is_leaf_field<V>) {
    f(field_slot(value), at);
  } else if constexpr (form<V> == Form::erased) {
    value.walk(f, context, at);
  } else if constexpr (form<V> == Form::field) {
    each_part(value, PathWalker{f, inside_field(value), at, {}});
  } else if constexpr (is_node<V>) {
    each_part(value, PathWalker{f, context, at, member_names<V>()});
  }
}

template <class T>
void TreeCode<T>::walk_paths(T& value, const SlotVisitor& f, LeafContext context, const PathLink* at) {
  tree_detail::walk_paths(value, f, context, at);
}
template <class T>
void TreeCode<T>::walk_paths(const T& value, const SlotVisitor& f, LeafContext context, const PathLink* at) {
  tree_detail::walk_paths(value, f, context, at);
}

// Calls f(slot, link) for each leaf of a tree in order, those that are Nothing included.
template <class T, class F>
void visit_paths(T& tree, F&& f) {
  TreeCode<std::remove_const_t<T>>::walk_paths(tree, SlotVisitor::of_paths<T>(f), LeafContext{}, nullptr);
}

template <class SlotType>
[[gnu::noinline]] FieldInfo make_info(const SlotType& slot, const PathLink* at) {
  using Ops = leaf_ops<typename SlotType::value_type>;
  FieldInfo info{path_text(at), std::string(member_of(at)), slot.kind(), {}, {}, 0, slot.trainable()};
  if (!slot.is_nothing()) {
    info.dtype = Ops::dtype(slot.value());
    info.shape = Ops::shape(slot.value());
    info.bytes = Ops::bytes(slot.value());
  }
  return info;
}

}  // namespace tree_detail

/// Calls `f(info, slot)` for every leaf of a tree in order, those that are Nothing included.
template <class T, class F>
void visit_slots_with_path(T& tree, F&& f) {
  tree_detail::visit_paths(
      tree, [&](auto slot, const tree_detail::PathLink* at) { f(tree_detail::make_info(slot, at), slot); });
}

}  // namespace copse
