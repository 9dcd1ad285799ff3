// What the metrics' handle does to arrays.
#include "copse/metrics/metric.hpp"

#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::metrics_detail {

Array sum_of_replicas(const Array& x) {
  if (x.ndim() == 0)
    throw ShapeError("Metric::aggregate: a node is a scalar; the states to combine are stacked along axis 0");
  return astype(sum(x, 0), x.dtype());
}

Array stacked(const Array& a, const Array& b) { return stack({a, b}); }

Array added(const Array& a, const Array& b) {
  // A scalar is the state of a metric that has not learnt the number of classes yet.
  if (a.shape() != b.shape() && a.ndim() != 0 && b.ndim() != 0)
    throw ShapeError("Metric::merge: states of the types " + to_string(a.type()) + " and " +
                     to_string(b.type()));
  return astype(a + b, a.dtype());
}

void add_to(Report& report, const std::string& name, const Array& value) { report.add(name, value); }

void add_to(Report& report, const std::string& name, const Report& values) { report.add(values, name + "/"); }

}  // namespace copse::metrics_detail
