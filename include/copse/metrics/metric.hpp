// Metric: the handle that makes a struct with `reset`, `update` and `compute` a value.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/losses/arguments.hpp"
#include "copse/losses/call.hpp"
#include "copse/metrics/report.hpp"
#include "copse/tree/handle.hpp"
#include "copse/tree/map.hpp"
#include "copse/tree/mutable.hpp"
#include "copse/tree/replace.hpp"

namespace copse {

namespace metrics_detail {

/// Sum over axis 0; throws ShapeError for a scalar, which has no such axis.
Array sum_of_replicas(const Array& x);
/// Arrays stacked along a new axis 0.
Array stacked(const Array& a, const Array& b);
/// a + b in a's dtype.
Array added(const Array& a, const Array& b);
/// The value in a report, by its name, or its parts.
void add_to(Report& report, const std::string& name, const Array& value);
void add_to(Report& report, const std::string& name, const Report& values);

// A metric's update as a function object. No lambda: clang 16 crashes on one that names what it captures in
// its type.
template <class T>
struct Updater {
  T& metric;
  template <class... Args>
  auto operator()(const Args&... arguments) const -> decltype(std::declval<T&>().update(arguments...)) {
    return metric.update(arguments...);
  }
};

template <class T>
concept TakesArguments = requires(T& metric, const Arguments& arguments) { metric.update(arguments); };
template <class T>
concept MergesItself = requires(T& metric, const T& other) { metric.merge(other); };
template <class T>
concept AggregatesItself = requires(T& metric) { metric.aggregate(); };

// Calls update with arguments found by name.
template <class T>
void update_named(T& metric, const Arguments& arguments, std::string_view name) {
  if constexpr (TakesArguments<T>) {
    metric.update(arguments);
  } else {
    using Update = Updater<T>;
    static_assert(detail::arity<Update, detail::NamedType<Update>>().least > 0,
                  "copse: a metric needs a method update(const Array&...)");
    detail::call_named<T>(Update{metric}, arguments, name, "values");
  }
}

// State with a replica axis in front becomes state without one.
template <class T>
void aggregate(T& metric) {
  if constexpr (AggregatesItself<T>)
    metric.aggregate();
  else
    metric = map([](const Array& x) { return sum_of_replicas(x); }, std::move(metric));
}

// Takes in what another metric has accumulated.
template <class T>
void merge(T& metric, const T& other) {
  if constexpr (MergesItself<T>) {
    metric.merge(other);
  } else if constexpr (AggregatesItself<T>) {
    metric = map([](const Array& a, const Array& b) { return stacked(a, b); }, metric, other);
    metric.aggregate();
  } else {
    metric = map([](const Array& a, const Array& b) { return added(a, b); }, metric, other);
  }
}

}  // namespace metrics_detail

/// A metric as an immutable value: `Metric accuracy{metrics::Accuracy{}}`.
///
/// The struct has non-const `reset()` and `update(...)`, and const `compute()`; it may have `aggregate()`
/// (default: the sum over axis 0 of every node) and `merge(const T&)` (default: both stacked, and
/// aggregated). Here each gives a new metric.
template <class T>
class Metric : public Handle<Metric<T>, T> {
 public:
  using Handle<Metric<T>, T>::Handle;

  /// Nothing accumulated.
  [[nodiscard]] Metric reset() const {
    return with([](T& metric) { metric.reset(); });
  }
  /// With a batch added.
  template <class... Args>
    requires(requires(T& metric, const Args&... args) { metric.update(args...); })
  [[nodiscard]] Metric update(const Args&... args) const {
    return with([&](T& metric) { metric.update(args...); });
  }
  /// The same with named arguments; those that `update` does not take are passed over. Throws ValueError
  /// naming one that is missing.
  [[nodiscard]] Metric update(const Arguments& arguments) const {
    return with([&](T& metric) { metrics_detail::update_named(metric, arguments, name()); });
  }
  /// The value of what has been accumulated.
  [[nodiscard]] auto compute() const { return (**this).compute(); }

  /// One metric of several, stacked along axis 0 of every node: how devices and processes are combined.
  [[nodiscard]] Metric aggregate() const {
    return with([](T& metric) { metrics_detail::aggregate(metric); });
  }
  /// What both have accumulated. Throws TreeError if they differ in structure.
  [[nodiscard]] Metric merge(const Metric& other) const {
    return with([&](T& metric) { metrics_detail::merge(metric, *other); });
  }

  /// A metric of this batch alone.
  template <class... Args>
    requires(requires(T& metric, const Args&... args) { metric.update(args...); })
  [[nodiscard]] Metric batch_updates(const Args&... args) const {
    return with([&](T& metric) {
      metric.reset();
      metric.update(args...);
    });
  }
  [[nodiscard]] Metric batch_updates(const Arguments& arguments) const {
    return with([&](T& metric) {
      metric.reset();
      metrics_detail::update_named(metric, arguments, name());
    });
  }

  /// The value of this batch alone, and the metric with the batch added.
  template <class... Args>
    requires(requires(T& metric, const Args&... args) { metric.update(args...); })
  [[nodiscard]] auto operator()(const Args&... args) const {
    Metric batch = batch_updates(args...);
    return std::pair{batch.compute(), merge(batch)};
  }
  [[nodiscard]] auto operator()(const Arguments& arguments) const {
    Metric batch = batch_updates(arguments);
    return std::pair{batch.compute(), merge(batch)};
  }

  /// The value under the metric's name; all values, if there are several.
  [[nodiscard]] Report compute_logs() const {
    if constexpr (requires(const T& metric) { metric.compute_logs(); }) {
      return (**this).compute_logs();
    } else if constexpr (std::same_as<std::remove_cvref_t<decltype((**this).compute())>, Report>) {
      return compute();
    } else {
      Report report;
      metrics_detail::add_to(report, name(), compute());
      return report;
    }
  }
  /// snake_case of the struct's name.
  static const std::string& name() {
    static const std::string& name = *new std::string(snake_case(reflect::type_name<T>()));  // for good
    return name;
  }

 private:
  template <class F>
  Metric with(F f) const {
    T value = **this;
    f(value);
    return this->with_value(std::move(value));
  }
};

template <class T>
  requires(!tree_detail::AnyHandle<T>)
Metric(T) -> Metric<T>;

}  // namespace copse
