// Collections of metrics and losses.
#include "copse/metrics/collections.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "weighted.hpp"

namespace copse::metrics {
namespace {

// `name`, or `name_2`, `name_3`... where that is taken.
std::string free_name(const std::string& name, const std::vector<std::string>& taken) {
  std::string free = name;
  for (int i = 2; std::find(taken.begin(), taken.end(), free) != taken.end(); ++i)
    free = name + "_" + std::to_string(i);
  return free;
}

Array number(std::int64_t n) { return full({}, static_cast<double>(n), DType::float64); }

// A batch's value counts once for each sample.
void accumulate(Array& total, const Array& value, std::int64_t batch_size) {
  total = total + astype(value, DType::float64) * static_cast<double>(batch_size);
}

Array sum_of(const Report& report) {
  Array total;
  for (const auto& [name, value] : report) total = total.has_value() ? total + value : value;
  return total.has_value() ? total : zeros({});
}

}  // namespace

Metrics::Metrics() = default;
Metrics::Metrics(const Metrics&) = default;
Metrics::Metrics(Metrics&&) noexcept = default;
Metrics& Metrics::operator=(const Metrics&) = default;
Metrics& Metrics::operator=(Metrics&&) noexcept = default;
Metrics::~Metrics() = default;

Losses::Losses() = default;
Losses::Losses(const Losses&) = default;
Losses::Losses(Losses&&) noexcept = default;
Losses& Losses::operator=(const Losses&) = default;
Losses& Losses::operator=(Losses&&) noexcept = default;
Losses::~Losses() = default;

Metrics::Metrics(std::initializer_list<Entry> entries) {
  for (const Entry& e : entries) add(e.metric);
}

Metrics::Metrics(const std::vector<AnyMetric>& metrics) {
  for (const AnyMetric& m : metrics) add(m);
}

void Metrics::add(AnyMetric metric) {
  std::string name = free_name(metric.name(), names_);
  names_.push_back(name);
  metrics_.emplace(name, metric.named(name));
}

void Metrics::reset() {
  for (auto& [name, metric] : metrics_) metric.reset();
}

void Metrics::update(const Arguments& arguments) {
  for (const auto& name : names_) metrics_.at(name).update(arguments);
}

void Metrics::aggregate() {
  for (auto& [name, metric] : metrics_) metric.aggregate();
}

void Metrics::merge(const Metrics& other) {
  if (names_.empty()) {
    *this = other;
    return;
  }
  if (names_ != other.names_) throw TreeError("Metrics: collections of other names cannot be merged");
  for (auto& [name, metric] : metrics_) metric.merge(other.metrics_.at(name));
}

Report Metrics::compute() const {
  Report report;
  for (const auto& name : names_) report.add(metrics_.at(name).compute_logs());
  return report;
}

const AnyMetric& Metrics::operator[](const std::string& name) const {
  const auto it = metrics_.find(name);
  if (it == metrics_.end()) throw ValueError("Metrics: there is no metric '" + name + "'");
  return it->second;
}

std::optional<bool> Metrics::higher_is_better(const std::string& name) const {
  for (std::string whole = name;;) {
    if (const AnyMetric* metric = find(whole)) return metric->higher_is_better();
    const std::size_t end = whole.rfind('/');
    if (end == std::string::npos) return std::nullopt;
    whole.resize(end);
  }
}

const AnyMetric* Metrics::find(const std::string& name) const {
  const auto it = metrics_.find(name);
  return it == metrics_.end() ? nullptr : &it->second;
}

AnyMetric* Metrics::find(const std::string& name) {
  const auto it = metrics_.find(name);
  return it == metrics_.end() ? nullptr : &it->second;
}

AnyMetric& Metrics::insert(AnyMetric metric) {
  const std::string name = metric.name();
  const auto [at, added] = metrics_.emplace(name, std::move(metric));
  if (!added) throw ValueError("Metrics: there is already a metric '" + name + "'");
  names_.push_back(name);
  return at->second;
}

Metrics Metrics::on(const std::string& argument, const ArgumentPath& source) const {
  Metrics out = *this;
  for (auto& [name, metric] : out.metrics_) metric = metric.on(argument, source);
  return out;
}

Losses::Losses(std::initializer_list<Entry> entries) {
  for (const Entry& e : entries) add_loss(e.loss);
}

Losses::Losses(const std::vector<losses::Loss>& list) {
  for (const losses::Loss& l : list) add_loss(l);
}

void Losses::add_loss(losses::Loss loss) {
  std::string name = free_name(loss.name(), names());
  totals_.get().emplace(name, zero());
  losses_.push_back(loss.named(std::move(name)));
}

std::vector<std::string> Losses::names() const {
  std::vector<std::string> out;
  for (const auto& loss : losses_) out.push_back(loss.name());
  return out;
}

void Losses::reset() {
  for (auto& [name, total] : totals_.get()) total = zero();
  count_ = zero();
}

Report Losses::values(const Arguments& arguments) const {
  Report report;
  for (const auto& loss : losses_) {
    Array value = loss(arguments);
    if (value.ndim() != 0)
      throw ShapeError(
          fmt::format("Losses: '{}' gives the shape {}, wants a scalar: its reduction must not be none",
                      loss.name(), to_string(value.shape())));
    report.add(loss.name(), std::move(value));
  }
  return report;
}

void Losses::add(const Report& values, std::int64_t batch_size) {
  if (losses_.empty()) return;
  for (auto& [name, total] : totals_.get()) accumulate(total, values[name], batch_size);
  count_ = count_ + number(batch_size);
}

Report Losses::compute() const {
  Report report;
  for (const auto& loss : losses_) report.add(loss.name(), quotient(totals_.get().at(loss.name()), count_));
  return report;
}

Array Losses::total_loss() const { return sum_of(compute()); }

Array Losses::loss_and_update(const Arguments& arguments) {
  const Report batch = values(arguments);
  add(batch, arguments.batch_size());
  return sum_of(batch);
}

AuxValues::AuxValues(std::string argument, std::vector<std::string> names)
    : argument_(std::move(argument)), names_(std::move(names)) {
  for (const auto& name : names_)
    if (!totals_.get().emplace(name, zero()).second)
      throw ValueError(fmt::format("{}: '{}' is named twice", argument_, name));
}

void AuxValues::reset() {
  for (auto& [name, total] : totals_.get()) total = zero();
  count_ = zero();
}

Report AuxValues::values(const Arguments& arguments) const {
  Report report;
  const Argument* given = arguments.find(argument_);
  const Argument::Map none;
  const Argument::Map& values = given ? given->map() : none;
  for (const auto& name : names_)
    if (!values.count(name))
      throw ValueError(
          fmt::format("{}: there is no value for '{}'; got {} values", argument_, name, values.size()));
  if (!names_.empty() && values.size() != names_.size())
    for (const auto& [name, value] : values)
      if (!totals_.get().count(name))
        throw ValueError(
            fmt::format("{}: '{}' is not among the names that were given at first", argument_, name));
  const auto add = [&](const std::string& name, const Array& value) {
    report.add(name, value.ndim() == 0 ? value : mean(value));
  };
  if (names_.empty())
    for (const auto& [name, value] : values) add(name, value.array());
  else
    for (const auto& name : names_) add(name, values.at(name).array());
  return report;
}

void AuxValues::add(const Report& values, std::int64_t batch_size) {
  if (names_.empty()) {
    names_ = values.names();
    for (const auto& name : names_) totals_.get().emplace(name, zero());
  }
  if (names_.empty()) return;
  for (auto& [name, total] : totals_.get()) accumulate(total, values[name], batch_size);
  count_ = count_ + number(batch_size);
}

void AuxValues::update(const Arguments& arguments) { add(values(arguments), arguments.batch_size()); }

Report AuxValues::compute() const {
  Report report;
  for (const auto& name : names_) report.add(name, quotient(totals_.get().at(name), count_));
  return report;
}

Array AuxValues::total_loss() const { return sum_of(compute()); }

void LossesAndMetrics::reset() {
  losses.reset();
  metrics.reset();
  aux_losses.reset();
  aux_metrics.reset();
}

void LossesAndMetrics::aggregate() {
  metrics_detail::aggregate(losses);
  metrics.aggregate();
  metrics_detail::aggregate(aux_losses);
  metrics_detail::aggregate(aux_metrics);
}

void LossesAndMetrics::merge(const LossesAndMetrics& other) {
  metrics_detail::merge(losses, other.losses);
  metrics.merge(other.metrics);
  metrics_detail::merge(aux_losses, other.aux_losses);
  metrics_detail::merge(aux_metrics, other.aux_metrics);
}

Array LossesAndMetrics::loss_and_update(const Arguments& arguments) {
  const std::int64_t batch_size = arguments.batch_size();
  const Report own = losses.values(arguments), aux = aux_losses.values(arguments);
  losses.add(own, batch_size);
  aux_losses.add(aux, batch_size);
  aux_metrics.add(aux_metrics.values(arguments), batch_size);
  metrics.update(arguments);
  if (aux.empty()) return sum_of(own);
  return own.empty() ? sum_of(aux) : sum_of(own) + sum_of(aux);
}

Array LossesAndMetrics::total_loss() const {
  if (aux_losses.empty()) return losses.total_loss();
  return losses.empty() ? aux_losses.total_loss() : losses.total_loss() + aux_losses.total_loss();
}

Report LossesAndMetrics::compute() const {
  Report report;
  if (!losses.empty() || !aux_losses.empty()) report.add("loss", total_loss());
  report.add(losses.compute());
  report.add(metrics.compute());
  report.add(aux_losses.compute());
  report.add(aux_metrics.compute());
  return report;
}

}  // namespace copse::metrics
