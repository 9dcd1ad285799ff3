// Where an object stands in a tree, found by its address: how messages name an object that does not know its
// own name.
#pragma once

#include <string>
#include <typeinfo>

#include "copse/tree/path.hpp"
#include "copse/tree/value.hpp"

namespace copse::tree_detail {

/// What is looked for, and its path once found. An object and its first member share an address, so the type
/// belongs to it.
struct ObjectSearch {
  const void* address;
  const std::type_info* type;
  std::string path = {};
};

// A static value that is compared as a whole, such as an option: no object anybody would look for.
template <class T>
inline constexpr bool is_plain_value = form<T> == Form::record && !is_node<T> && StandardHash<T>;

/// Looks for an object, in static parts too. True if it was found.
template <class T>
bool locate(const T& value, ObjectSearch& search, const PathLink* at) {
  return TreeCode<T>::locate(value, search, at);
}

template <class T>
bool TreeCode<T>::locate(const T& value, ObjectSearch& search, const PathLink* at) {
  constexpr Form kind = form<T>;
  if constexpr (kind == Form::record) {
    if (static_cast<const void*>(&value) == search.address && typeid(T) == *search.type) {
      search.path = path_text(at);
      return true;
    }
  }
  if constexpr (kind == Form::handle) {
    if (value.empty()) return false;
  }
  if constexpr (kind == Form::erased) {
    return value.locate(search, at);
  } else if constexpr (kind == Form::leaf || kind == Form::opaque || is_leaf_field<T> || is_plain_value<T>) {
    return false;
  } else {
    bool found = false;
    each_part(value, [&](const auto& part, auto step) {
      if (found) return;
      found = with_link(step, at, member_names<T>(),
                        [&](const PathLink* link) { return tree_detail::locate(part, search, link); });
    });
    return found;
  }
}

}  // namespace copse::tree_detail
