#include "copse/train/feed.hpp"

#include <fmt/format.h>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"

namespace copse::train_detail {

void wrong_validation_data(std::string_view wanted, std::string_view got) {
  throw ValueError(fmt::format(
      "fit: validation_data is of a type ({}) that doesn't go with the training data: give a {}, a "
      "std::pair of inputs and labels, a data::Dataset, or a std::vector or a data::Source of batches",
      got, wanted));
}

void no_source(const char* function) {
  throw ValueError(
      fmt::format("{}: the data are a null std::shared_ptr, wanted a source of batches", function));
}

void check_dataset(const char* function, std::int64_t samples, std::int64_t batches,
                   const data::BatchOptions& options) {
  if (samples == 0) throw ValueError(fmt::format("{}: there are no samples", function));
  if (batches == 0) {
    throw ValueError(
        fmt::format("{}: {} samples are less than one batch of {}, and drop_remainder would drop them all",
                    function, samples, options.batch_size));
  }
}

void check_split(bool reorders) {
  if (reorders) {
    throw ValueError(
        "fit: validation_split of a dataset whose order depends on the epoch would validate with samples "
        "that were "
        "trained on: split it before it is shuffled, and give validation_data");
  }
}

Array class_weights(const Array& labels, const std::map<std::int64_t, double>& weights,
                    const Array& sample_weight) {
  if (!labels.has_value() || !is_integer(labels.dtype()) || labels.ndim() != 1) {
    throw ValueError(fmt::format("fit: class_weight needs integer labels of one dimension, got {}",
                                 labels.has_value() ? to_string(labels.type()) : "none"));
  }
  std::vector<float> out;
  out.reserve(static_cast<std::size_t>(labels.size()));
  for (const std::int64_t label : labels.to_vector<std::int64_t>()) {
    const auto weight = weights.find(label);
    out.push_back(weight == weights.end() ? 1.0f : static_cast<float>(weight->second));
  }
  const Array by_class = array(out);
  return sample_weight.has_value() ? by_class * sample_weight : by_class;
}

void no_classes(const std::string& samples) {
  throw ValueError(fmt::format(
      "fit: class_weight needs labels that are one array of integers, got samples of type {}", samples));
}

}  // namespace copse::train_detail
