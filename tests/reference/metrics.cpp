// Metrics: sequences of updates.
#include "copse/metrics.hpp"

#include "registry.hpp"

namespace reference {
namespace {

namespace metrics = copse::metrics;

Array find(const Arguments& a, const std::string& name, std::int64_t i) {
  const std::string full = name + "_" + std::to_string(i);
  return a.has(full) ? a[full] : Array();
}

// The metric with update i added.
template <class T>
copse::Metric<T> updated(const copse::Metric<T>& metric, const Arguments& a, std::int64_t i) {
  const Array weight = find(a, "sample_weight", i);
  if constexpr (
      requires(T m) { m.update(weight, weight); } && !requires(T m) { m.update(weight, weight, weight); } &&
      requires(T m) { m.update(weight); })
    return metric.update(a["values_" + std::to_string(i)], weight);
  else if constexpr (requires(T m) { m.update(weight, weight, weight); })
    return metric.update(find(a, "preds", i), find(a, "target", i), weight);
  else
    return metric.update(find(a, "preds", i), find(a, "target", i));
}

template <class T>
Results run(const T& value, const Arguments& a) {
  const std::int64_t updates = a.options.integer("updates"), merge_at = a.options.integer("merge_at", 0);
  const copse::Metric<T> fresh{value};
  Results out;
  copse::Metric<T> all = fresh, first = fresh, second = fresh;
  for (std::int64_t i = 0; i < updates; ++i) {
    all = updated(all, a, i);
    out.emplace_back("value_" + std::to_string(i), all.compute());
    (i < merge_at ? first : second) = updated(i < merge_at ? first : second, a, i);
  }
  out.emplace_back("batch_value", updated(all.reset(), a, updates - 1).compute());
  out.emplace_back("merged", first.merge(second).compute());
  return out;
}

template <class T>
T with_options(T metric, const Arguments& a) {
  if (a.options.has("num_classes")) metric.num_classes = a.options.integer("num_classes");
  metric.threshold = a.options.number("threshold", 0.5);
  const std::string average = a.options.text("average", "micro"), mode = a.options.text("mode", "multiclass");
  if (average == "macro")
    metric.average = metrics::Average::macro;
  else if (average == "weighted")
    metric.average = metrics::Average::weighted;
  else if (average == "none")
    metric.average = metrics::Average::none;
  else if (average != "micro")
    a.options.unknown("average");
  if (mode == "binary")
    metric.mode = metrics::Mode::binary;
  else if (mode == "multilabel")
    metric.mode = metrics::Mode::multilabel;
  else if (mode != "multiclass")
    a.options.unknown("mode");
  metric.reset();
  return metric;
}

Results accuracy(const Arguments& a) {
  metrics::Accuracy metric;
  if (a.options.has("top_k")) metric.top_k = a.options.integer("top_k");
  metric.subset_accuracy = a.options.flag("subset_accuracy", false);
  return run(with_options(metric, a), a);
}

Results confusion_matrix(const Arguments& a) {
  metrics::Normalize normalize = metrics::Normalize::none;
  if (a.options.has("normalize")) {
    const std::string by = a.options.text("normalize");
    if (by == "true")
      normalize = metrics::Normalize::target;
    else if (by == "pred")
      normalize = metrics::Normalize::pred;
    else if (by == "all")
      normalize = metrics::Normalize::all;
    else
      a.options.unknown("normalize");
  }
  return run(
      metrics::ConfusionMatrix{.num_classes = a.options.integer("num_classes"), .normalize = normalize}, a);
}

}  // namespace

void add_metrics(Group& group) {
  group.add("Mean", [](const Arguments& a) { return run(metrics::Mean{}, a); });
  group.add("Sum", [](const Arguments& a) { return run(metrics::Sum{}, a); });
  group.add("MeanSquaredError", [](const Arguments& a) { return run(metrics::MeanSquaredError{}, a); });
  group.add("MeanAbsoluteError", [](const Arguments& a) { return run(metrics::MeanAbsoluteError{}, a); });
  group.add("Accuracy", accuracy);
  group.add("Precision", [](const Arguments& a) { return run(with_options(metrics::Precision{}, a), a); });
  group.add("Recall", [](const Arguments& a) { return run(with_options(metrics::Recall{}, a), a); });
  group.add("F1", [](const Arguments& a) { return run(with_options(metrics::F1{}, a), a); });
  group.add("ConfusionMatrix", confusion_matrix);
  group.add("AUROC", [](const Arguments& a) { return run(metrics::AUROC{}, a); });
}

}  // namespace reference
