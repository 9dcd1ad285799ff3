// What `fit` trains and validates on: sources of batches, made of arrays, datasets or sources.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "copse/train/feed.hpp"
#include "copse/train/fit_options.hpp"
#include "copse/train/validation_data.hpp"

namespace copse::train_detail {

template <class B>
struct FitSources {
  std::shared_ptr<data::Source<B>> train;
  std::shared_ptr<data::Source<B>> validation;  ///< null where there is none
};

/// The order of the samples, and the part of each batch that is this process's: of arrays, datasets and lists
/// of batches, which all processes have whole. Sources and generators give each process's own part.
struct Shuffling {
  std::int64_t seed = 0;
  data::Part part{};
};

inline data::BatchOptions train_batching(const FitOptions& options, const Shuffling& shuffling) {
  const bool same = same_batches(options);
  return {options.batch_size,
          options.shuffle && !same,
          shuffling.seed,
          options.drop_remainder,
          same ? std::nullopt : options.steps_per_epoch,
          shuffling.part};
}
inline data::BatchOptions validation_batching(const FitOptions& options, const Shuffling& shuffling) {
  return {.batch_size = options.validation_batch_size.value_or(options.batch_size), .part = shuffling.part};
}

/// From `validation_data`; null where none is given.
template <class T, class B>
std::shared_ptr<data::Source<B>> given_validation(const FitOptions& options, const Shuffling& shuffling) {
  if (!options.validation_data.has_value()) return nullptr;
  return validation_source<T, B>(options.validation_data, validation_batching(options, shuffling));
}

/// From arrays, samples along the first axis.
template <class T, class B>
FitSources<B> sources_of_arrays(B samples, const FitOptions& options, const Shuffling& shuffling) {
  (void)data::sample_count(samples, "fit");
  auto validation = given_validation<T, B>(options, shuffling);
  if (!validation && options.validation_split != 0.0) {
    auto [train, held] = data::split_samples(samples, options.validation_split, "fit: validation_split");
    samples = std::move(train);
    validation = std::make_shared<data::ArrayBatches<B>>(
        std::move(held), validation_batching(options, shuffling), "fit: validation");
  }
  if (!options.class_weight.empty()) weigh_classes(samples, options.class_weight);
  return {
      std::make_shared<data::ArrayBatches<B>>(std::move(samples), train_batching(options, shuffling), "fit"),
      std::move(validation)};
}

/// From a dataset of samples.
template <class T, class S>
auto sources_of_dataset(data::Dataset<S> samples, const FitOptions& options, const Shuffling& shuffling) {
  using B = decltype(as_samples<T>(std::declval<const S&>()));
  const auto as_batch = [](const S& batch) { return as_samples<T>(batch); };
  auto validation = given_validation<T, B>(options, shuffling);
  if (!validation && options.validation_split != 0.0) {
    auto [train, held] = split_dataset(samples, options.validation_split);
    samples = std::move(train);
    validation = dataset_source(held, validation_batching(options, shuffling), "fit: validation", as_batch);
  }
  const auto weighed = [as_batch, weights = options.class_weight](const S& samples_of_batch) {
    B batch = as_batch(samples_of_batch);
    if (!weights.empty()) weigh_classes(batch, weights);
    return batch;
  };
  return FitSources<B>{dataset_source(samples, train_batching(options, shuffling), "fit", weighed),
                       std::move(validation)};
}

/// From what has batches already. Throws ValueError for options that need samples.
template <class T, class X>
auto sources_of_batches(X& x, const FitOptions& options, const Shuffling& shuffling) {
  auto train = as_source(x, train_batching(options, shuffling), "fit");
  using B = typename decltype(train)::element_type::batch_type;
  if (options.validation_split != 0.0)
    throw ValueError("fit: validation_split needs arrays: give batches for validation as validation_data");
  if (!options.class_weight.empty())
    throw ValueError("fit: class_weight needs arrays: give batches sample weights");
  return FitSources<B>{std::move(train), given_validation<T, B>(options, shuffling)};
}

}  // namespace copse::train_detail
