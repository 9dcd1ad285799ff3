// Objects in a module, and how their paths are found when there is something to report.
#pragma once

#include <concepts>
#include <string_view>
#include <typeinfo>

#include "copse/tree/locate.hpp"

namespace copse::nn_detail {

/// An object in a module, for messages.
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

/// `tree_detail::locate` for a root whose type is not known any more.
using Locate = bool (*)(const void* root, tree_detail::ObjectSearch& search);

template <class T>
bool locate_in(const void* root, tree_detail::ObjectSearch& search) {
  return tree_detail::locate(*static_cast<const T*>(root), search, nullptr);
}

}  // namespace copse::nn_detail
