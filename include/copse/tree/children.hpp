// The one place that knows how to reach the parts of a value: of one tree, and of two trees side by side.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/tree/form.hpp"

namespace copse::tree_detail {

// How a part is reached. Members, elements and entries of tuples by a std::size_t; entries of maps by a key;
// what a handle, an optional and their like hold has the place of its holder.
struct Through {};
template <class K>
struct KeyStep {
  const K* key;
};

// Only a shared_ptr can lead back to where a walk came from; the pointers being followed are kept in a chain
// on the stack.
class CycleGuard {
 public:
  explicit CycleGuard(const void* target, std::string_view type) : outer_(innermost_) {
    std::size_t depth = 0;
    for (const CycleGuard* at = outer_; at != nullptr; at = at->outer_) {
      ++depth;
      if (at->target_ == target || depth > max_depth) {
        throw TreeError(at->target_ == target
                            ? "tree: a std::shared_ptr leads back to the " + std::string(type) +
                                  " that contains it: trees have no cycles"
                            : "tree: more than " + std::to_string(max_depth) + " std::shared_ptr to " +
                                  std::string(type) + " inside of each other");
      }
    }
    target_ = target;
    innermost_ = this;
  }
  CycleGuard(const CycleGuard&) = delete;
  CycleGuard& operator=(const CycleGuard&) = delete;
  ~CycleGuard() { innermost_ = outer_; }

 private:
  static constexpr std::size_t max_depth = 2000;
  static inline thread_local const CycleGuard* innermost_ = nullptr;

  const void* target_ = nullptr;
  const CycleGuard* outer_;
};

// The entries of an unordered map by sorted key.
template <class Map>
auto sorted_entries(Map& map) {
  using Key = typename Map::key_type;
  static_assert(
      requires(const Key& a, const Key& b) { a < b; },
      "copse: the keys of an unordered_map in a tree need operator< : leaves are visited by sorted key");
  std::vector<decltype(&*map.begin())> entries;
  entries.reserve(map.size());
  for (auto& entry : map) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(), [](auto* a, auto* b) { return a->first < b->first; });
  return entries;
}

// Calls `f(part, step)` for each part of a value, in order. If the value can be changed so can its parts:
// what is shared is copied first.
template <class T, class F>
void each_part(T& value, F&& f) {
  using V = std::remove_const_t<T>;
  constexpr Form kind = form<V>;
  constexpr bool constant = std::is_const_v<T>;
  if constexpr (kind == Form::record) {
    reflect::open(value, [&](auto&... member) {
      [[maybe_unused]] std::size_t i = 0;
      (f(member, i++), ...);
    });
  } else if constexpr (kind == Form::handle) {
    if constexpr (constant) {
      f(HandleAccess::read(value), Through{});
      f(value.extra(), Through{});
    } else {
      f(HandleAccess::edit(value), Through{});
      f(HandleAccess::extra(value), Through{});
    }
  } else if constexpr (kind == Form::field) {
    f(FieldAccess::value(value), Through{});
  } else if constexpr (kind == Form::wrapped) {
    f(value.get(), Through{});
  } else if constexpr (kind == Form::sequence) {
    std::size_t i = 0;
    for (auto& element : value) f(element, i++);
  } else if constexpr (kind == Form::map) {
    for (auto& [key, element] : value) f(element, KeyStep<typename V::key_type>{&key});
  } else if constexpr (kind == Form::unordered) {
    for (auto* entry : sorted_entries(value)) f(entry->second, KeyStep<typename V::key_type>{&entry->first});
  } else if constexpr (kind == Form::tuple) {
    std::apply(
        [&](auto&... element) {
          [[maybe_unused]] std::size_t i = 0;
          (f(element, i++), ...);
        },
        value);
  } else if constexpr (kind == Form::optional) {
    if (value) f(*value, Through{});
  } else if constexpr (kind == Form::variant) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((value.index() == I ? f(*std::get_if<I>(&value), Through{}) : void()), ...);
    }(std::make_index_sequence<std::variant_size_v<V>>{});
  } else if constexpr (kind == Form::shared) {
    if (value) {
      using Element = std::remove_const_t<typename V::element_type>;
      CycleGuard guard(value.get(), reflect::type_name<Element>());
      if constexpr (constant) {
        f(*value, Through{});
      } else {
        auto copy = std::make_shared<Element>(*value);
        f(*copy, Through{});
        value = std::move(copy);
      }
    }
  }
}

// Calls `f(part of a, part of b, step)` while that returns true. False if it did not, or if the parts do not
// correspond: other sizes, keys, alternatives.
template <class T, class F>
bool all_parts(const T& a, const T& b, F&& f) {
  constexpr Form kind = form<T>;
  if constexpr (kind == Form::record) {
    return reflect::open(a, [&](auto&... left) {
      return reflect::open(b, [&](auto&... right) {
        [[maybe_unused]] std::size_t i = 0;
        return (f(left, right, i++) && ...);
      });
    });
  } else if constexpr (kind == Form::handle) {
    if (a.empty() || b.empty()) return a.empty() == b.empty();
    return f(*a.shared(), *b.shared(), Through{}) && f(a.extra(), b.extra(), Through{});
  } else if constexpr (kind == Form::field) {
    return f(FieldAccess::value(a), FieldAccess::value(b), Through{});
  } else if constexpr (kind == Form::wrapped) {
    return f(a.get(), b.get(), Through{});
  } else if constexpr (kind == Form::sequence) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!f(a[i], b[i], i)) return false;
    }
    return true;
  } else if constexpr (kind == Form::map) {
    if (a.size() != b.size()) return false;
    for (auto left = a.begin(), right = b.begin(); left != a.end(); ++left, ++right) {
      if (!value_equal(left->first, right->first)) return false;
      if (!f(left->second, right->second, KeyStep<typename T::key_type>{&left->first})) return false;
    }
    return true;
  } else if constexpr (kind == Form::unordered) {
    if (a.size() != b.size()) return false;
    for (auto* left : sorted_entries(a)) {
      auto right = b.find(left->first);
      if (right == b.end() || !value_equal(left->first, right->first)) return false;
      if (!f(left->second, right->second, KeyStep<typename T::key_type>{&left->first})) return false;
    }
    return true;
  } else if constexpr (kind == Form::tuple) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (f(std::get<I>(a), std::get<I>(b), I) && ...);
    }(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (kind == Form::optional) {
    if (a.has_value() != b.has_value()) return false;
    return !a || f(*a, *b, Through{});
  } else if constexpr (kind == Form::variant) {
    if (a.index() != b.index()) return false;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((a.index() != I || f(*std::get_if<I>(&a), *std::get_if<I>(&b), Through{})) && ...);
    }(std::make_index_sequence<std::variant_size_v<T>>{});
  } else {
    static_assert(kind == Form::shared);
    if (!a || !b) return !a && !b;
    CycleGuard guard(a.get(), reflect::type_name<typename T::element_type>());
    return f(*a, *b, Through{});
  }
}

}  // namespace copse::tree_detail
