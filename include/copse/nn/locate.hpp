// Where an object stands in a tree, found by its address: how messages name a layer that does not know its
// own name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "copse/tree/path.hpp"
#include "copse/tree/value.hpp"

namespace copse::nn_detail {

/// An object in a module, for messages. An object and its first member share an address, so the type belongs
/// to it.
struct Object {
  const void* address = nullptr;
  const std::type_info* type = nullptr;
  std::string_view name = {};

  Object() = default;
  template <class T>
    requires(!std::same_as<T, Object>)
  Object(const T& object) : address(&object), type(&typeid(T)), name(reflect::type_name<T>()) {}

  bool known() const { return address != nullptr; }
};

/// What is looked for, and the path of it once found.
struct Search {
  Object wanted;
  std::string path = {};
};

// A static value such as an initializer, of which no part is a layer.
template <class T>
inline constexpr bool is_option = tree_detail::form<T> == tree_detail::Form::record &&
                                  !tree_detail::is_node<T> && tree_detail::StandardHash<T>;

// Goes through static parts too: a Dropout holds no array. Runs only when there is something to report.
template <class T>
[[gnu::cold, gnu::noinline]] bool locate(const T& value, Search& search, const tree_detail::PathLink* at) {
  using tree_detail::Form;
  constexpr Form kind = tree_detail::form<T>;
  if constexpr (kind == Form::record) {
    if (&value == search.wanted.address && typeid(T) == *search.wanted.type) {
      search.path = tree_detail::path_text(at);
      return true;
    }
  }
  if constexpr (kind == Form::handle) {
    if (value.empty()) return false;
  }
  if constexpr (kind == Form::leaf || kind == Form::opaque || tree_detail::is_leaf_field<T>) {
    return false;
  } else if constexpr (is_option<T>) {
    return false;
  } else {
    bool found = false;
    tree_detail::each_part(value, [&](const auto& part, auto step) {
      if (found) return;
      found = tree_detail::with_link(
          step, at, tree_detail::member_names<T>(),
          [&](const tree_detail::PathLink* link) { return locate(part, search, link); });
    });
    return found;
  }
}

/// `locate` for a root whose type is not known any more.
using Locate = bool (*)(const void* root, Search& search);

template <class T>
bool locate_in(const void* root, Search& search) {
  return locate(*static_cast<const T*>(root), search, nullptr);
}

}  // namespace copse::nn_detail
