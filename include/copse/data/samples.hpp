// Trees of samples: arrays that have the samples along their first axis.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/tree/path.hpp"

namespace copse::data {

/// An array and where it stands in a tree.
using NamedColumn = std::pair<std::string, Array>;

/// How many samples arrays have that have all as many. Throws ShapeError naming two that differ, or one
/// without an axis.
std::int64_t common_length(const char* function, std::span<const NamedColumn> columns);

/// The samples at these positions.
Array gather(const Array& column, std::span<const std::int64_t> positions);
/// The samples from begin to end.
Array rows(const Array& column, std::int64_t begin, std::int64_t end);

/// The order of n samples in an epoch: by seed and epoch alone if shuffled, else as they are.
std::vector<std::int64_t> epoch_order(std::int64_t n, bool shuffle, std::int64_t seed, std::int64_t epoch);

/// A tree whose leaves are arrays.
template <class B>
inline constexpr bool is_arrays = [] {
  if constexpr (!tree_detail::is_node<B>) {
    return false;
  } else {
    return std::is_same_v<tree_detail::LeafTypes<B>, reflect::Types<Array>>;
  }
}();

/// How many samples a tree of arrays has. Throws ShapeError if they differ in that.
template <class B>
std::int64_t sample_count(const B& samples, const char* function) {
  std::vector<NamedColumn> columns;
  visit_slots_with_path(samples, [&](const FieldInfo& info, auto slot) {
    if (!slot.is_nothing()) columns.emplace_back(info.path.empty() ? "inputs" : info.path, slot.value());
  });
  return common_length(function, columns);
}

/// How many samples a batch of any type has: the first dimension of its first leaf, or 1.
template <class B>
std::int64_t batch_length(const B& batch) {
  std::int64_t length = -1;
  visit_slots(batch, [&](auto slot) {
    using L = typename decltype(slot)::value_type;
    if (length >= 0 || slot.is_nothing()) return;
    if constexpr (std::is_same_v<L, Array>) {
      if (slot.value().ndim() > 0) length = slot.value().shape(0);
    } else {
      const std::string shape = leaf_ops<L>::shape(slot.value());  // "(32, 3)"
      if (shape.size() > 2) length = std::strtoll(shape.c_str() + 1, nullptr, 10);
    }
  });
  return length < 0 ? 1 : length;
}

/// A tree of samples with `f` applied to all its arrays.
template <class B, class F>
B map_columns(B samples, F f) {
  visit_slots(samples, [&](auto slot) {
    if (!slot.is_nothing()) slot.set(f(std::as_const(slot.value())));
  });
  return samples;
}

/// The samples from begin to end.
template <class B>
B slice_samples(const B& samples, std::int64_t begin, std::int64_t end) {
  return map_columns(samples, [&](const Array& column) { return rows(column, begin, end); });
}

/// The samples at these positions.
template <class B>
B gather_samples(const B& samples, std::span<const std::int64_t> positions) {
  return map_columns(samples, [&](const Array& column) { return gather(column, positions); });
}

/// How many of n samples the first part has.
std::int64_t split_position(const char* function, std::int64_t n, double fraction);

/// Two parts of samples: the last `fraction` of them (rounded up) is the second. Throws ValueError unless
/// both have samples.
template <class B>
std::pair<B, B> split_samples(const B& samples, double fraction, const char* function = "split_samples") {
  const std::int64_t n = sample_count(samples, function);
  const std::int64_t first = split_position(function, n, fraction);
  return {slice_samples(samples, 0, first), slice_samples(samples, first, n)};
}

/// Arrays joined along the first axis. Throws ShapeError for one without an axis.
Array join(const char* function, std::span<const Array> parts);

/// Trees of one structure as one: each array is what `f(arrays)` makes of those in its place.
template <class B, class F>
B combine_columns(const std::vector<B>& parts, F&& f) {
  std::vector<std::vector<Array>> columns;
  for (const B& part : parts) {
    std::size_t place = 0;
    visit_slots(part, [&](auto slot) {
      if (place == columns.size()) columns.emplace_back();
      if (!slot.is_nothing()) columns[place].push_back(slot.value());
      ++place;
    });
  }
  B out = parts.at(0);
  std::size_t place = 0;
  visit_slots(out, [&](auto slot) {
    if (!slot.is_nothing()) slot.set(f(columns[place]));
    ++place;
  });
  return out;
}

/// Trees of samples, joined. Throws TreeError if they differ in structure.
template <class B>
B join_samples(const std::vector<B>& parts, const char* function = "join_samples") {
  if (parts.size() == 1) return parts.front();
  return combine_columns(parts, [&](const std::vector<Array>& columns) { return join(function, columns); });
}

}  // namespace copse::data
