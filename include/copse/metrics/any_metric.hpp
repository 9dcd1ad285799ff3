// AnyMetric: any metric as a value of one type; what lists of metrics consist of.
#pragma once

#include <concepts>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "copse/metrics/mean.hpp"
#include "copse/metrics/metric.hpp"
#include "copse/tree/flatten.hpp"

namespace copse::metrics {

class AnyMetric;

/// A struct that can be a metric.
template <class T>
concept MetricLike = !std::same_as<T, AnyMetric> && !std::derived_from<T, reflect::ProbeBase> &&
                     !tree_detail::AnyHandle<T> && requires(T& metric, const T& constant) {
                       metric.reset();
                       constant.compute();
                     };

/// A metric of any type, updated with named arguments. It is a tree: what the metric accumulates are its
/// nodes, under the paths that they have in the struct; all else is static. A metric itself, it can be held
/// in a `Metric`. Using one that has been moved from throws ValueError.
class AnyMetric {
 public:
  /// A mean.
  AnyMetric();
  template <MetricLike T>
  AnyMetric(T metric);
  template <class T>
  AnyMetric(const Metric<T>& metric) : AnyMetric(*metric) {}
  // Compiled once, and not in each program: copies of what a trainer keeps are much of its code.
  AnyMetric(const AnyMetric&);
  AnyMetric(AnyMetric&&) noexcept;
  AnyMetric& operator=(const AnyMetric&);
  AnyMetric& operator=(AnyMetric&&) noexcept;
  ~AnyMetric();

  void reset();
  /// Throws ValueError if an argument is missing.
  void update(const Arguments& arguments);
  void aggregate();
  /// Throws TreeError unless both hold the same struct.
  void merge(const AnyMetric& other);
  /// Takes in several, in order: at once if the struct has a `merge_all(const std::vector<T>&)`.
  void merge_all(const std::vector<AnyMetric>& others);
  /// The value. Throws ValueError for a metric that has several (see compute_logs).
  Array compute() const;
  /// The value under the metric's name, or several after it: `name/key`.
  Report compute_logs() const;

  /// Which way its values are better: the struct's `static constexpr bool higher_is_better`, if it has one.
  std::optional<bool> higher_is_better() const { return rule()->higher_is_better(); }
  /// Whether the struct has a `merge` of its own.
  bool merges_itself() const { return rule()->merges_itself(); }
  /// Whether an array of its state has another length than that of another one of the same rank: it keeps
  /// what it has seen.
  bool has_grown_from(const AnyMetric& start) const;
  /// snake_case of the struct's name, unless set.
  const std::string& name() const { return name_; }
  [[nodiscard]] AnyMetric named(std::string name) const;
  /// The same metric with an argument read from elsewhere: `on("values", "batch_loss")`, `on("preds", {"out",
  /// 0})`.
  [[nodiscard]] AnyMetric on(std::string argument, ArgumentPath source) const;

  /// The struct, if it is a T; else throws TreeError.
  template <class T>
  T as() const;

  static constexpr auto fields() {
    return std::tuple{std::pair{"state", &AnyMetric::state_}, std::pair{"rule", &AnyMetric::rule_},
                      std::pair{"name", &AnyMetric::name_}, std::pair{"renamings", &AnyMetric::renamings_}};
  }
  friend bool operator==(const AnyMetric& a, const AnyMetric& b) { return tree_detail::trees_equal(a, b); }

 private:
  using States = std::map<std::string, Array>;

  // The struct's methods and static members.
  class Rule {
   public:
    virtual ~Rule() = default;
    virtual void reset(AnyMetric& metric) const = 0;
    virtual void update(AnyMetric& metric, const Arguments& arguments) const = 0;
    virtual void aggregate(AnyMetric& metric) const = 0;
    virtual void merge(AnyMetric& metric, const AnyMetric& other) const = 0;
    virtual void compute(const AnyMetric& metric, Report& report) const = 0;
    virtual bool equal(const Rule& other) const = 0;
    virtual std::string_view type() const = 0;
    virtual std::optional<bool> higher_is_better() const = 0;
    virtual bool merges_itself() const = 0;
    virtual void merge_all(AnyMetric& metric, const std::vector<AnyMetric>& others) const = 0;
    friend bool operator==(const Rule& a, const Rule& b) { return &a == &b || a.equal(b); }
  };
  template <class T>
  class RuleOf;

  const std::shared_ptr<const Rule>& rule() const;
  [[noreturn]] void differs(std::string_view wanted) const;

  Field<MetricStateKind, States> state_{};
  std::shared_ptr<const Rule> rule_;
  std::string name_;
  std::vector<Renaming> renamings_{};
};

template <class T>
class AnyMetric::RuleOf final : public Rule {
 public:
  explicit RuleOf(const T& metric) : skeleton_(skeleton(metric)) {
    visit_slots_with_path(metric, [&](const FieldInfo& info, auto slot) {
      static_assert(std::same_as<typename decltype(slot)::value_type, Array>,
                    "copse: a metric in a list accumulates arrays: hold other numbers in a Static");
      paths_.push_back(info.path);
    });
  }

  // The struct that a metric stands for.
  T thaw(const AnyMetric& metric) const {
    T out = skeleton_;
    std::size_t place = 0;
    visit_slots(out, [&](auto slot) {
      const auto it = metric.state_.get().find(paths_[place++]);
      if (it != metric.state_.get().end()) slot.set(it->second);
    });
    return out;
  }

  // What a metric is to hold of the struct; its rule changes only if static members, or the number of leaves,
  // did.
  void freeze(const T& value, AnyMetric& metric) const {
    if (!tree_detail::same_statics(skeleton_, value)) {
      metric.rule_ = std::make_shared<const RuleOf>(value);
      static_cast<const RuleOf&>(*metric.rule_).store(value, metric);
    } else {
      store(value, metric);
    }
  }
  void store(const T& value, AnyMetric& metric) const {
    States states;
    std::size_t place = 0;
    visit_slots(value, [&](auto slot) {
      if (!slot.is_nothing()) states.emplace(paths_[place], slot.value());
      ++place;
    });
    metric.state_ = std::move(states);
  }

  void reset(AnyMetric& metric) const override {
    T value = thaw(metric);
    value.reset();
    freeze(value, metric);
  }
  void update(AnyMetric& metric, const Arguments& arguments) const override {
    T value = thaw(metric);
    metrics_detail::update_named(value, arguments, metric.name_);
    freeze(value, metric);
  }
  void aggregate(AnyMetric& metric) const override {
    T value = thaw(metric);
    metrics_detail::aggregate(value);
    freeze(value, metric);
  }
  void merge(AnyMetric& metric, const AnyMetric& other) const override {
    T value = thaw(metric);
    metrics_detail::merge(value, other.as<T>());
    freeze(value, metric);
  }
  void compute(const AnyMetric& metric, Report& report) const override {
    metrics_detail::add_to(report, metric.name_, thaw(metric).compute());
  }
  bool equal(const Rule& other) const override {
    const auto* same = dynamic_cast<const RuleOf*>(&other);
    return same && tree_detail::same_statics(skeleton_, same->skeleton_);
  }
  std::string_view type() const override { return reflect::type_name<T>(); }
  void merge_all(AnyMetric& metric, const std::vector<AnyMetric>& others) const override {
    T value = thaw(metric);
    std::vector<T> all;
    for (const AnyMetric& other : others) all.push_back(other.as<T>());
    if constexpr (requires { value.merge_all(all); }) {
      value.merge_all(all);
    } else {
      for (const T& other : all) metrics_detail::merge(value, other);
    }
    freeze(value, metric);
  }
  bool merges_itself() const override { return metrics_detail::MergesItself<T>; }
  std::optional<bool> higher_is_better() const override {
    if constexpr (requires { static_cast<bool>(T::higher_is_better); })
      return T::higher_is_better;
    else
      return std::nullopt;
  }

 private:
  T skeleton_;
  std::vector<std::string> paths_;
};

template <MetricLike T>
AnyMetric::AnyMetric(T metric) : name_(snake_case(reflect::type_name<T>())) {
  auto rule = std::make_shared<const RuleOf<T>>(metric);
  rule->store(metric, *this);
  rule_ = std::move(rule);
}

template <class T>
T AnyMetric::as() const {
  const auto* own = dynamic_cast<const RuleOf<T>*>(rule().get());
  if (!own) differs(reflect::type_name<T>());
  return own->thaw(*this);
}

}  // namespace copse::metrics
