#include "copse/train/grown.hpp"

namespace copse::train_detail {
void GrownMetrics::take(metrics::Metrics& metrics) {
  for (const std::string& name : metrics.names()) {
    metrics::AnyMetric& metric = *metrics.find(name);
    if (!metric.merges_itself()) continue;
    auto start = starts_.find(name);
    if (start == starts_.end()) {
      start = starts_.emplace(name, metric).first;
      start->second.reset();
    }
    if (metric.has_grown_from(start->second)) parts_[name].push_back(std::exchange(metric, start->second));
  }
}

void GrownMetrics::put(metrics::Metrics& metrics) {
  for (auto& [name, parts] : parts_) {
    metrics::AnyMetric* metric = metrics.find(name);
    if (!metric) continue;
    parts.push_back(std::move(*metric));
    *metric = std::move(parts.front());
    parts.erase(parts.begin());
    metric->merge_all(parts);
  }
  parts_.clear();
}

}  // namespace copse::train_detail
