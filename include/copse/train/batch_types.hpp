// The types of batches: what a module was initialised with, so that another process can do the same.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/data/samples.hpp"
#include "copse/ops/create.hpp"
#include "copse/tree/path.hpp"

namespace copse::train_detail {

/// The arrays of a batch by their paths. A batch whose leaves are not all arrays has no such types.
struct BatchTypes {
  std::vector<std::pair<std::string, ShapeDtype>> arrays{};

  bool known() const { return !arrays.empty(); }
  /// The type of the array of that path, or null.
  const ShapeDtype* find(std::string_view path) const;
  /// The first steps of the paths below one: keys, or indices.
  std::set<std::string> steps_below(const std::string& path) const;
};

template <class B>
BatchTypes types_of(const B& batch) {
  BatchTypes out;
  if constexpr (data::is_arrays<B>) {
    visit_slots_with_path(batch, [&](const FieldInfo& info, auto slot) {
      if (!slot.is_nothing()) out.arrays.emplace_back(info.path, slot.value().type());
    });
  }
  return out;
}

/// The number that a step of a path is; 0 if it is none.
std::int64_t index_of(const std::string& step);

// Gives containers the elements that the types tell of.
struct BatchGrower {
  const BatchTypes& types;

  template <class V>
  void grow(V& value, const tree_detail::PathLink* here) const {
    using namespace tree_detail;
    if constexpr (is_node<V> && form<V> != Form::leaf && form<V> != Form::erased) {
      if constexpr (form<V> == Form::sequence && requires { value.resize(1); }) {
        std::int64_t count = 0;
        for (const std::string& step : types.steps_below(path_text(here)))
          count = std::max(count, index_of(step) + 1);
        value.resize(static_cast<std::size_t>(count));
      } else if constexpr (form<V> == Form::map || form<V> == Form::unordered) {
        using Key = typename V::key_type;
        for (const std::string& key : types.steps_below(path_text(here))) {
          if constexpr (std::constructible_from<Key, std::string>) {
            value[Key(key)];
          } else if constexpr (std::integral<Key>) {
            value[static_cast<Key>(index_of(key))];
          }
        }
      } else if constexpr (form<V> == Form::optional) {
        if constexpr (requires { value.emplace(); })
          if (!types.steps_below(path_text(here)).empty() || types.find(path_text(here))) value.emplace();
      }
      each_part(value, [&](auto& part, auto step) {
        if constexpr (is_node<std::remove_cvref_t<decltype(part)>>)
          with_link(step, here, member_names<V>(), [&](const PathLink* link) { grow(part, link); });
      });
    }
  }
};

/// A batch of zeros of these types, if a B can be one.
template <class B>
std::optional<B> zeros_of(const BatchTypes& types) {
  if constexpr (data::is_arrays<B> && std::default_initializable<B>) {
    B batch{};
    BatchGrower{types}.grow(batch, nullptr);
    std::size_t filled = 0;
    bool fits = true;
    visit_slots_with_path(batch, [&](const FieldInfo& info, auto slot) {
      if (const ShapeDtype* type = types.find(info.path)) {
        slot.set(zeros(type->shape, type->dtype));
        ++filled;
      } else {
        fits = fits && slot.is_nothing();
      }
    });
    if (fits && filled == types.arrays.size()) return batch;
  }
  return std::nullopt;
}

}  // namespace copse::train_detail
