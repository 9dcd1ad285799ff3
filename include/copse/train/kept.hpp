// What steps keep of what they change in a struct: by the kinds of its leaves, and by its metrics.
#pragma once

#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "copse/metrics/metric.hpp"
#include "copse/nn/module.hpp"
#include "copse/tree.hpp"
#include "copse/tree/contains.hpp"

namespace copse::train_detail {

template <class T>
struct IsMetric : std::false_type {};
template <class T>
struct IsMetric<Metric<T>> : std::true_type {};

// Whether there is a Metric somewhere in T; nothing else needs to be looked through for them.
template <class T>
consteval bool contains_metric() {
  return tree_detail::contains<IsMetric, T>();
}

// Calls f(metric) for every Metric in a tree, in order.
template <class T, class F>
void each_metric(T& value, const F& f) {
  using V = std::remove_const_t<T>;
  if constexpr (IsMetric<V>::value) {
    f(value);
  } else if constexpr (contains_metric<V>()) {
    tree_detail::each_part(value, [&](auto& part, auto) { each_metric(part, f); });
  }
}

/// Empties all metrics that are members.
template <class T>
void reset_members(T& value) {
  each_metric(value, [](auto& metric) { metric = metric.reset(); });
}

inline bool is_metric_state(KindId kind) { return kind.is<MetricStateKind>(); }
// Whether evaluation carries a leaf from batch to batch.
inline bool is_carried(KindId kind) { return kind.is<CacheKind>() || is_metric_state(kind); }

/// The struct before a step of evaluation or prediction, with what is carried to the next batch as after it:
/// caches (unless `keeps` says otherwise), and what metrics accumulate. All else that the step has changed is
/// dropped.
template <class T>
T carried(const T& before, const T& after, bool (*keeps)(KindId) = is_carried) {
  T next = before;
  if constexpr (contains_metric<T>()) {
    std::vector<std::pair<const std::type_info*, const void*>> metrics;
    each_metric(after, [&](const auto& m) { metrics.emplace_back(&typeid(m), &m); });
    std::size_t place = 0;
    each_metric(next, [&](auto& m) {
      if (place < metrics.size() && *metrics[place].first == typeid(m))
        m = *static_cast<const std::remove_reference_t<decltype(m)>*>(metrics[place].second);
      ++place;
    });
  }
  tree_detail::AnyLeaves any;
  if (!tree_detail::Comparison<tree_detail::AnyLeaves>{.leaf_equal = any, .statics = false, .nothing = false}
           .compare(next, after))
    return next;
  std::vector<const void*> values;
  visit_slots(after, [&](auto slot) {
    values.push_back(!slot.is_nothing() && keeps(slot.kind()) ? &slot.value() : nullptr);
  });
  std::size_t place = 0;
  visit_slots(next, [&](auto slot) {
    using L = typename decltype(slot)::value_type;
    if (const void* value = values[place++]) slot.set(*static_cast<const L*>(value));
  });
  return next;
}

}  // namespace copse::train_detail
