// Metrics whose states grow with each batch, in steps that are compiled once.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "copse/metrics/collections.hpp"

namespace copse::train_detail {

/// What metrics have accumulated that keep all that they have seen, such as AUROC. A compiled step would be
/// compiled anew for each size of such a state. So what has grown is taken out before each step, which then
/// gives that of its batch alone; when it is read, all of it is merged.
class GrownMetrics {
 public:
  /// Takes out what has grown: those metrics are then as after a reset. Metrics without a `merge` of their
  /// own are left as they are.
  void take(metrics::Metrics& metrics);
  /// Puts it back, merged with what there is.
  void put(metrics::Metrics& metrics);
  void clear() { parts_.clear(); }
  bool empty() const { return parts_.empty(); }

 private:
  std::map<std::string, metrics::AnyMetric> starts_;
  std::map<std::string, std::vector<metrics::AnyMetric>> parts_;
};

/// The same of all metrics that a module keeps: those of the trainer's options, and those that steps have
/// added.
class GrownModuleMetrics {
 public:
  template <class Extra>
  void take(Extra& extra) {
    given_.take(extra.metrics);
    added_.take(extra.added);
  }
  template <class Extra>
  void put(Extra& extra) {
    given_.put(extra.metrics);
    added_.put(extra.added);
  }
  void clear() {
    given_.clear();
    added_.clear();
  }
  bool empty() const { return given_.empty() && added_.empty(); }

 private:
  GrownMetrics given_, added_;
};

}  // namespace copse::train_detail
