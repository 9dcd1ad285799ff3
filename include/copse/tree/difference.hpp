// Where two trees differ in structure, as a message for people.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/tree/path.hpp"

namespace copse {

/// The first place at which two trees differ in structure, and what each has there.
struct Difference {
  std::string path;
  std::string left;
  std::string right;
};

namespace tree_detail {

// What differs when the parts of two values do not correspond.
template <class T>
[[gnu::cold, gnu::noinline]] std::string outline(const T& value) {
  constexpr Form kind = form<T>;
  if constexpr (kind == Form::sequence) {
    return std::to_string(value.size()) + (value.size() == 1 ? " element" : " elements");
  } else if constexpr (kind == Form::map || kind == Form::unordered) {
    std::string out = "the keys {", separator;
    each_part(value,
              [&](const auto&, auto step) { out += std::exchange(separator, ", ") + value_text(*step.key); });
    return out + "}";
  } else if constexpr (kind == Form::variant) {
    return "alternative " + std::to_string(value.index());
  } else if constexpr (kind == Form::handle) {
    return value.empty() ? "an empty handle" : "a value";
  } else if constexpr (kind == Form::optional || kind == Form::shared) {
    return value ? "a value" : "none";
  } else {
    return std::string(reflect::type_name<T>());
  }
}

// The same of a value whose type is not known.
using TextOf = std::string (*)(const void* value);
template <class T>
std::string outline_at(const void* value) {
  return outline(*static_cast<const T*>(value));
}
template <class T>
std::string value_text_at(const void* value) {
  return value_text(*static_cast<const T*>(value));
}

struct Differ {
  std::optional<Difference>& found;
  bool statics;
  bool nothing;

  void report(const PathLink* at, std::string left, std::string right) const {
    if (!found) found = Difference{path_text(at), std::move(left), std::move(right)};
  }

  // Kept out of line, so that what is compiled for each type is short.
  [[gnu::cold, gnu::noinline]] bool report_values(const PathLink* at, TextOf text, const void* a,
                                                  const void* b) const {
    if (!found) report(at, text(a), text(b));
    return false;
  }
  [[gnu::cold, gnu::noinline]] bool report_trainable(const PathLink* at, bool left, bool right) const {
    report(at, left ? "trainable" : "frozen", right ? "trainable" : "frozen");
    return false;
  }

  template <class SlotType>
  bool leaves(const SlotType& a, const SlotType& b, const PathLink* at) const {
    using Ops = leaf_ops<typename SlotType::value_type>;
    if (!nothing || a.is_nothing() == b.is_nothing()) return true;
    report(at, a.is_nothing() ? "Nothing" : Ops::text(a.value()),
           b.is_nothing() ? "Nothing" : Ops::text(b.value()));
    return false;
  }

  // Whether nothing differs here.
  template <class T>
  bool same(const T& a, const T& b, const PathLink* at) const {
    return TreeCode<T>::same(a, b, *this, at);
  }
  template <class T>
  bool compare(const T& a, const T& b, const PathLink* at) const;

  template <class T>
  bool same_parts(const T& a, const T& b, const PathLink* at) const {
    return all_parts(a, b, [&](const auto& left, const auto& right, auto step) {
      return with_link(step, at, member_names<T>(),
                       [&](const PathLink* link) { return same(left, right, link); });
    });
  }
};

template <class T>
bool Differ::compare(const T& a, const T& b, const PathLink* at) const {
  if constexpr (!is_node<T>) {
    if (!statics || value_equal(a, b)) return true;
    if constexpr (form<T> != Form::opaque && form<T> != Form::leaf) same_parts(a, b, at);
    // Unless a part of it has been reported.
    return report_values(at, value_text_at<T>, std::addressof(a), std::addressof(b));
  } else if constexpr (form<T> == Form::leaf) {
    return leaves(Slot<const T>(a, nullptr, {}), Slot<const T>(b, nullptr, {}), at);
  } else {
    if constexpr (form<T> == Form::field) {
      bool left = FieldAccess::trainable(a), right = FieldAccess::trainable(b);
      if (statics && left != right) return report_trainable(at, left, right);
    }
    if constexpr (is_leaf_field<T>) {
      return leaves(field_slot(a), field_slot(b), at);
    } else if constexpr (form<T> == Form::erased) {
      return a.same(b, *this, at);
    } else {
      return same_parts(a, b, at) || report_values(at, outline_at<T>, std::addressof(a), std::addressof(b));
    }
  }
}

template <class T>
bool TreeCode<T>::same(const T& a, const T& b, const Differ& differ, const PathLink* at) {
  return differ.compare(a, b, at);
}

template <class T>
std::optional<Difference> find_difference(const T& a, const T& b, bool statics, bool nothing) {
  std::optional<Difference> found;
  Differ{found, statics, nothing}.same(a, b, nullptr);
  return found;
}

[[noreturn]] inline void throw_difference(std::string_view function, const Difference& at) {
  throw TreeError(std::string(function) + ": the trees differ in structure: " +
                  (at.path.empty() ? std::string("the root") : at.path) + ": " + at.left + " vs " + at.right);
}

template <class T>
void require_same_structure(std::string_view function, const T& a, const T& b) {
  if (structure_equal(a, b)) return;
  if (auto at = find_difference(a, b, true, true)) throw_difference(function, *at);
}

}  // namespace tree_detail

/// The first place at which the structures of two trees differ, if any.
template <class T>
[[nodiscard]] std::optional<Difference> first_difference(const T& a, const T& b) {
  return tree_detail::find_difference(a, b, true, true);
}

}  // namespace copse
