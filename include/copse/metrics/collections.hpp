// Collections of metrics and losses.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "copse/losses/loss.hpp"
#include "copse/metrics/any_metric.hpp"

namespace copse::metrics {

/// Metrics under names, all updated with the same named arguments; each takes what it knows. Without a name,
/// a metric has its own; equal names get `_2`, `_3`. A collection is a metric, too, so they nest: `n/m`.
///
///     Metrics{{"acc", Accuracy{}}, {"loss", Mean{}.on("values", "batch_loss")}}, Metrics{Accuracy{}, Mean{}}
class Metrics {
 public:
  struct Entry {
    Entry(std::string name, const AnyMetric& m) : metric(m.named(std::move(name))) {}
    Entry(AnyMetric m) : metric(std::move(m)) {}
    template <MetricLike T>
    Entry(T m) : metric(std::move(m)) {}
    AnyMetric metric;
  };

  Metrics();
  Metrics(std::initializer_list<Entry> entries);
  explicit Metrics(const std::vector<AnyMetric>& metrics);
  // Compiled once, and not in each program: copies of what a trainer keeps are much of its code.
  Metrics(const Metrics&);
  Metrics(Metrics&&) noexcept;
  Metrics& operator=(const Metrics&);
  Metrics& operator=(Metrics&&) noexcept;
  ~Metrics();

  void reset();
  void update(const Arguments& arguments);
  void aggregate();
  /// Takes in what the metrics of the other collection have accumulated: an empty one takes all of them.
  /// Throws TreeError for others of other names.
  void merge(const Metrics& other);
  /// All values in the order of the metrics.
  Report compute() const;
  /// Which way a value of that name is better (`f1`, or `n/f1` in a nested collection), if its metric says
  /// so.
  std::optional<bool> higher_is_better(const std::string& name) const;

  const std::vector<std::string>& names() const { return names_; }
  std::size_t size() const { return names_.size(); }
  bool empty() const { return names_.empty(); }
  /// The metric of that name. Throws ValueError if there is none.
  const AnyMetric& operator[](const std::string& name) const;
  /// The metric of that name, or null.
  AnyMetric* find(const std::string& name);
  const AnyMetric* find(const std::string& name) const;
  /// Adds a metric, whose name must be free. Throws ValueError if it is not.
  AnyMetric& insert(AnyMetric metric);
  /// All members with an argument read from elsewhere: `on("preds", {"outputs", 0})`.
  [[nodiscard]] Metrics on(const std::string& argument, const ArgumentPath& source) const;

  static constexpr auto fields() {
    return std::tuple{std::pair{"names", &Metrics::names_}, std::pair{"metrics", &Metrics::metrics_}};
  }

 private:
  void add(AnyMetric metric);

  std::vector<std::string> names_;
  std::map<std::string, AnyMetric> metrics_;
};

/// The running means of losses: each batch counts as many times as it has samples.
class Losses {
 public:
  struct Entry {
    Entry(std::string name, const losses::Loss& l) : loss(l.named(std::move(name))) {}
    Entry(losses::Loss l) : loss(std::move(l)) {}
    template <losses::LossLike T>
    Entry(T l) : loss(std::move(l)) {}
    losses::Loss loss;
  };

  Losses();
  Losses(std::initializer_list<Entry> entries);
  explicit Losses(const std::vector<losses::Loss>& list);
  // Compiled once, and not in each program: copies of what a trainer keeps are much of its code.
  Losses(const Losses&);
  Losses(Losses&&) noexcept;
  Losses& operator=(const Losses&);
  Losses& operator=(Losses&&) noexcept;
  ~Losses();

  void reset();
  void update(const Arguments& arguments) { add(values(arguments), arguments.batch_size()); }
  /// The mean of each loss, in order.
  Report compute() const;
  /// The sum of all means.
  Array total_loss() const;

  /// The losses of one batch, in order; nothing is accumulated.
  Report values(const Arguments& arguments) const;
  /// Accumulates losses of a batch with so many samples.
  void add(const Report& values, std::int64_t batch_size);
  /// The sum of the losses of one batch, to be differentiated; they are accumulated as well.
  Array loss_and_update(const Arguments& arguments);

  std::vector<std::string> names() const;
  bool empty() const { return losses_.empty(); }

  static constexpr auto fields() {
    return std::tuple{std::pair{"losses", &Losses::losses_}, std::pair{"totals", &Losses::totals_},
                      std::pair{"count", &Losses::count_}};
  }

 private:
  void add_loss(losses::Loss loss);

  std::vector<losses::Loss> losses_;
  Field<MetricStateKind, std::map<std::string, Array>> totals_{};
  MetricState count_ = zero();
};

/// Running means of named numbers that a model reports.
class AuxValues {
 public:
  /// Numbers in the argument `argument`, a map. Names are those given, or those of the first update.
  explicit AuxValues(std::string argument, std::vector<std::string> names = {});

  void reset();
  /// Throws ValueError if names are missing or unknown.
  void update(const Arguments& arguments);
  Report compute() const;
  Array total_loss() const;
  /// The batch's numbers as scalars (those with dimensions averaged), in order.
  Report values(const Arguments& arguments) const;
  void add(const Report& values, std::int64_t batch_size);
  bool empty() const { return names_.empty(); }

  static constexpr auto fields() {
    return std::tuple{std::pair{"argument", &AuxValues::argument_}, std::pair{"names", &AuxValues::names_},
                      std::pair{"totals", &AuxValues::totals_}, std::pair{"count", &AuxValues::count_}};
  }

 private:
  std::string argument_;
  std::vector<std::string> names_;
  Field<MetricStateKind, std::map<std::string, Array>> totals_{};
  MetricState count_ = zero();
};

/// Losses that a model reports, in the argument `aux_losses`.
class AuxLosses : public AuxValues {
 public:
  AuxLosses() : AuxValues("aux_losses") {}
  AuxLosses(std::vector<std::string> names) : AuxValues("aux_losses", std::move(names)) {}
};

/// Numbers that a model reports, in the argument `aux_metrics`.
class AuxMetrics : public AuxValues {
 public:
  AuxMetrics() : AuxValues("aux_metrics") {}
  AuxMetrics(std::vector<std::string> names) : AuxValues("aux_metrics", std::move(names)) {}
};

/// All that is reported of a training: `loss`, the sum of all losses, and then each loss and metric. Equal
/// names get
/// `_2`, `_3`.
struct LossesAndMetrics {
  Losses losses{};
  Metrics metrics{};
  AuxLosses aux_losses{};
  AuxMetrics aux_metrics{};

  void reset();
  void update(const Arguments& arguments) { (void)loss_and_update(arguments); }
  void aggregate();
  void merge(const LossesAndMetrics& other);
  Report compute() const;
  /// The sum of the losses accumulated so far, as means.
  Array total_loss() const;
  /// The sum of the batch's losses, to be differentiated; everything is accumulated as well.
  Array loss_and_update(const Arguments& arguments);
};

}  // namespace copse::metrics
