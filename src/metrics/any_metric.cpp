// The untyped part of AnyMetric.
#include "copse/metrics/any_metric.hpp"

#include "copse/core/moved.hpp"

namespace copse::metrics {

AnyMetric::AnyMetric() : AnyMetric(Mean{}) {}
AnyMetric::AnyMetric(const AnyMetric&) = default;
AnyMetric::AnyMetric(AnyMetric&&) noexcept = default;
AnyMetric& AnyMetric::operator=(const AnyMetric&) = default;
AnyMetric& AnyMetric::operator=(AnyMetric&&) noexcept = default;
AnyMetric::~AnyMetric() = default;

const std::shared_ptr<const AnyMetric::Rule>& AnyMetric::rule() const {
  if (!rule_) copse::detail::throw_moved_from("AnyMetric");
  return rule_;
}

void AnyMetric::differs(std::string_view wanted) const {
  throw TreeError("AnyMetric: the metric '" + name_ + "' is a " + std::string(rule_->type()) + ", not a " +
                  std::string(wanted));
}

// The struct's methods may replace the rule, which must live on until they are done.
void AnyMetric::reset() {
  const auto own = rule();
  own->reset(*this);
}

void AnyMetric::aggregate() {
  const auto own = rule();
  own->aggregate(*this);
}

void AnyMetric::update(const Arguments& arguments) {
  const auto own = rule();
  own->update(*this, renamings_.empty() ? arguments : renamed(arguments, renamings_, name_));
}

void AnyMetric::merge(const AnyMetric& other) {
  const auto own = rule();
  own->merge(*this, other);
}

void AnyMetric::merge_all(const std::vector<AnyMetric>& others) {
  const auto own = rule();
  own->merge_all(*this, others);
}

Array AnyMetric::compute() const {
  Report report = compute_logs();
  if (report.size() != 1)
    throw ValueError("AnyMetric::compute: the metric '" + name_ + "' has " + std::to_string(report.size()) +
                     " values; compute_logs gives all of them");
  return report.values().front();
}

Report AnyMetric::compute_logs() const {
  Report report;
  rule()->compute(*this, report);
  return report;
}

bool AnyMetric::has_grown_from(const AnyMetric& start) const {
  const States &now = state_.get(), &then = start.state_.get();
  for (const auto& [path, array] : now) {
    const auto before = then.find(path);
    if (before == then.end()) continue;
    const Shape &a = array.shape(), &b = before->second.shape();
    if (a.rank() == b.rank() && a.rank() > 0 && a[0] != b[0]) return true;
  }
  return false;
}

AnyMetric AnyMetric::named(std::string name) const {
  AnyMetric out = *this;
  out.name_ = std::move(name);
  return out;
}

AnyMetric AnyMetric::on(std::string argument, ArgumentPath source) const {
  AnyMetric out = *this;
  std::erase_if(out.renamings_, [&](const Renaming& r) { return r.argument == argument; });
  out.renamings_.push_back({std::move(argument), std::move(source)});
  return out;
}

}  // namespace copse::metrics
