#include "copse/train/grown.hpp"

namespace copse::train_detail {
namespace {

// Pairs of neighbours, and so on: each number is copied a few times, however many parts there are.
metrics::AnyMetric merged(std::vector<metrics::AnyMetric> parts) {
  while (parts.size() > 1) {
    std::vector<metrics::AnyMetric> next;
    for (std::size_t i = 0; i < parts.size(); i += 2) {
      next.push_back(std::move(parts[i]));
      if (i + 1 < parts.size()) next.back().merge(parts[i + 1]);
    }
    parts = std::move(next);
  }
  return std::move(parts.front());
}

}  // namespace

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
    *metric = merged(std::move(parts));
  }
  parts_.clear();
}

}  // namespace copse::train_detail
