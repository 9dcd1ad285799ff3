// Metrics: updated batch after batch, merged, and of one batch alone.
#include "copse/metrics/accuracy.hpp"
#include "copse/metrics/auroc.hpp"
#include "copse/metrics/counting.hpp"
#include "copse/metrics/mean.hpp"
#include "copse/metrics/metric.hpp"
#include "registry.hpp"

namespace reference {
namespace {

namespace metrics = copse::metrics;

// The inputs of the i-th batch: preds and target, or values; and the weights, if there are any.
template <class T>
copse::Metric<T> updated(const copse::Metric<T>& metric, const Arguments& a, std::int64_t i) {
  const std::string suffix = "_" + std::to_string(i);
  copse::Arguments named;
  for (const char* name : {"preds", "target", "values", "sample_weight"})
    if (a.has(name + suffix)) named.set(name, a[name + suffix]);
  return metric.update(named);
}

template <class T>
Results sequence(const T& prototype, const Arguments& a) {
  const copse::Metric<T> fresh{prototype};
  const std::int64_t updates = a.options.integer("updates");
  const std::int64_t merge_at = a.options.integer("merge_at", updates);
  Results results;
  copse::Metric<T> all = fresh, first = fresh, second = fresh;
  for (std::int64_t i = 0; i < updates; ++i) {
    all = updated(all, a, i);
    results.emplace_back("value_" + std::to_string(i), all.compute());
    if (updates > 1) (i < merge_at ? first : second) = updated(i < merge_at ? first : second, a, i);
  }
  results.emplace_back("batch_value", updated(all.reset(), a, updates - 1).compute());
  if (updates > 1) results.emplace_back("merged", first.merge(second).compute());
  return results;
}

metrics::Mode mode_option(const Options& options) {
  const std::string name = options.text("mode");
  if (name == "multiclass") return metrics::Mode::multiclass;
  if (name == "binary") return metrics::Mode::binary;
  if (name == "multilabel") return metrics::Mode::multilabel;
  options.unknown("mode");
}

metrics::Average average_option(const Options& options) {
  const std::string name = options.text("average", "micro");
  if (name == "micro") return metrics::Average::micro;
  if (name == "macro") return metrics::Average::macro;
  if (name == "weighted") return metrics::Average::weighted;
  if (name == "none") return metrics::Average::none;
  options.unknown("average");
}

std::optional<std::int64_t> optional_integer(const Options& options, const std::string& name) {
  return options.has(name) ? std::optional(options.integer(name)) : std::nullopt;
}

Results accuracy(const Arguments& a) {
  return sequence(metrics::Accuracy{.threshold = a.options.number("threshold", 0.5),
                                    .num_classes = optional_integer(a.options, "num_classes"),
                                    .average = average_option(a.options),
                                    .top_k = optional_integer(a.options, "top_k"),
                                    .subset_accuracy = a.options.flag("subset_accuracy", false),
                                    .mode = mode_option(a.options)},
                  a);
}

// Precision, Recall, F1.
template <class T>
Results counting(const Arguments& a) {
  return sequence(T{.threshold = a.options.number("threshold", 0.5),
                    .num_classes = optional_integer(a.options, "num_classes"),
                    .average = average_option(a.options),
                    .mode = mode_option(a.options)},
                  a);
}

metrics::Normalize normalize_option(const Options& options) {
  if (!options.has("normalize")) return metrics::Normalize::none;
  const std::string name = options.text("normalize");
  if (name == "true") return metrics::Normalize::target;
  if (name == "pred") return metrics::Normalize::pred;
  if (name == "all") return metrics::Normalize::all;
  options.unknown("normalize");
}

Results confusion_matrix(const Arguments& a) {
  if (a.has("sample_weight_0")) throw Unsupported("ConfusionMatrix takes no sample_weight");
  return sequence(metrics::ConfusionMatrix{.num_classes = a.options.integer("num_classes"),
                                           .normalize = normalize_option(a.options)},
                  a);
}

template <class T>
Results plain(const Arguments& a) {
  return sequence(T{}, a);
}

}  // namespace

void add_metrics(Group& group) {
  group.add("Mean", plain<metrics::Mean>);
  group.add("Sum", plain<metrics::Sum>);
  group.add("MeanSquaredError", plain<metrics::MeanSquaredError>);
  group.add("MeanAbsoluteError", plain<metrics::MeanAbsoluteError>);
  group.add("Accuracy", accuracy);
  group.add("Precision", counting<metrics::Precision>);
  group.add("Recall", counting<metrics::Recall>);
  group.add("F1", counting<metrics::F1>);
  group.add("ConfusionMatrix", confusion_matrix);
  group.add("AUROC", plain<metrics::AUROC>);
}

}  // namespace reference
