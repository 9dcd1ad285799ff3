// From what users train on to sources of batches, and from these to the untyped loops.
#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/data/batch.hpp"
#include "copse/data/dataset.hpp"
#include "copse/data/source.hpp"
#include "copse/data/stepped.hpp"
#include "copse/train/levels.hpp"
#include "copse/train/loop.hpp"
#include "copse/train/validation_data.hpp"

namespace copse::train_detail {

/// A source and a step, as the loops see them.
template <class B>
class TypedFeed final : public Feed {
 public:
  TypedFeed(std::shared_ptr<data::Source<B>> source, std::function<Logs(const B&)> step)
      : source_(std::move(source)), step_(std::move(step)) {}

  void start(int epoch, std::int64_t skip) override { source_->start(epoch, skip); }
  bool next() override {
    batch_ = source_->next();
    return batch_.has_value();
  }
  std::int64_t samples() const override { return data::batch_length(*batch_); }
  Logs step() override { return step_(*batch_); }
  std::optional<std::int64_t> batches() const override { return source_->batches(); }
  std::optional<std::int64_t> total_samples() const override { return source_->samples(); }
  io::Store state() const override { return source_->state(); }
  void restore(const io::Store& state) override { source_->restore(state); }

 private:
  std::shared_ptr<data::Source<B>> source_;
  std::function<Logs(const B&)> step_;
  std::optional<B> batch_;
};

template <class X>
inline constexpr bool is_vector = false;
template <class B, class A>
inline constexpr bool is_vector<std::vector<B, A>> = true;

using data::IsSource;

/// A source of one's own in a shared pointer.
template <class X>
inline constexpr bool is_shared_source = false;
template <IsSource S>
inline constexpr bool is_shared_source<std::shared_ptr<S>> = !std::is_const_v<S>;

template <class X>
inline constexpr bool is_dataset = false;
template <class S>
inline constexpr bool is_dataset<data::Dataset<S>> = true;

template <class X>
concept IsGenerator = std::is_invocable_v<X&> && requires(X& f) {
  typename std::invoke_result_t<X&>::value_type;
  requires std::same_as<std::invoke_result_t<X&>,
                        std::optional<typename std::invoke_result_t<X&>::value_type>>;
};

/// Inputs alone are given to steps as a BatchOf, unless the struct's own steps take them as they are.
template <class T, class X>
inline constexpr bool takes_bare =
    (NamesTrainStep<T> && TakesTrainStep<T, X> && !TakesTrainStep<T, BatchOf<X>>) ||
    (NamesManagedTrainStep<T> && TakesManagedTrainStep<T, X> && !TakesManagedTrainStep<T, BatchOf<X>>);

/// Arrays as samples: what is a batch already stays so.
template <class T, class X>
auto as_samples(const X& x) {
  if constexpr (is_batch<X> || takes_bare<T, X>) {
    return x;
  } else {
    return BatchOf<X>{x, {}, {}};
  }
}

// Throws ValueError for a null pointer in place of a source.
[[noreturn]] void no_source(const char* function);
// Throws ValueError for datasets that give no batch, or whose last part cannot be held back.
void check_dataset(const char* function, std::int64_t samples, std::int64_t batches,
                   const data::BatchOptions& options);
void check_split(bool reorders);

/// A source, with epochs of the number of steps that is wanted.
template <class B>
std::shared_ptr<data::Source<B>> with_steps(std::shared_ptr<data::Source<B>> source,
                                            std::optional<std::int64_t> steps) {
  if (!steps || !source->repeatable()) return source;
  return std::make_shared<data_detail::Stepped<B>>(std::move(source), *steps);
}

/// Part of each batch of a source.
template <class B>
std::shared_ptr<data::Source<B>> part_of(std::shared_ptr<data::Source<B>> source, data::Part part) {
  if constexpr (data::is_arrays<B>) {
    if (part.count > 1) return std::make_shared<data::PartsOfBatches<B>>(std::move(source), part);
  }
  return source;
}

/// The source of what is not arrays, or nothing.
template <class X>
auto as_source(X& x, [[maybe_unused]] const data::BatchOptions& options,
               [[maybe_unused]] const char* function) {
  if constexpr (IsSource<std::remove_const_t<X>>) {
    static_assert(!std::is_const_v<X>,
                  "copse: a source of batches changes as it is read: it must not be constant");
    return with_steps<typename X::batch_type>({std::shared_ptr<void>(), &x}, options.steps);
  } else if constexpr (is_shared_source<std::remove_const_t<X>>) {
    if (!x) no_source(function);
    return with_steps<typename X::element_type::batch_type>(x, options.steps);
  } else if constexpr (is_vector<std::remove_const_t<X>>) {
    using B = typename X::value_type;
    return part_of<B>(
        std::make_shared<data::ListedBatches<B>>(x, options.shuffle, options.seed, options.steps, function),
        options.part);
  } else if constexpr (IsGenerator<std::remove_const_t<X>>) {
    using B = typename std::invoke_result_t<X&>::value_type;
    return std::shared_ptr<data::Source<B>>(std::make_shared<data::GeneratedBatches<B>>(std::ref(x)));
  } else {
    return std::nullopt;
  }
}

/// The batches of a dataset, each as `f` makes it. Its own order stays if it has one.
template <class S, class F>
auto dataset_source(const data::Dataset<S>& dataset, const data::BatchOptions& options, const char* function,
                    F f) {
  using B = std::remove_cvref_t<std::invoke_result_t<const F&, S>>;
  const auto ordered = options.shuffle && !dataset.reorders() ? dataset.shuffle(options.seed) : dataset;
  const auto batches = ordered.batch(options.batch_size, {.drop_remainder = options.drop_remainder});
  check_dataset(function, dataset.size(), batches.size(), options);
  const auto whole = [batches, f](std::int64_t epoch, std::int64_t index) {
    return f(batches.at(epoch, index));
  };
  // Only the samples of the part are made; of an empty one, one, which says what shapes they have.
  const auto part = [node = ordered.node(), n = dataset.size(), options, f](std::int64_t epoch,
                                                                            std::int64_t index) {
    const auto positions = data_detail::batch_positions(n, options.batch_size, index);
    const std::span<const std::int64_t> all(positions);
    const auto count = static_cast<std::int64_t>(all.size());
    const std::int64_t begin = options.part.begin(count), own = options.part.end(count) - begin;
    const auto samples =
        node->gather(epoch, all.subspan(static_cast<std::size_t>(std::min(begin, count - 1)),
                                        static_cast<std::size_t>(std::max<std::int64_t>(own, 1))));
    return f(own > 0 ? samples : data::slice_samples(samples, 0, 0));
  };
  using Make = std::function<B(std::int64_t, std::int64_t)>;
  return with_steps<B>(std::make_shared<data::Batches<B>>(batches.size(), batches.samples(),
                                                          options.part.count == 1 ? Make(whole) : Make(part)),
                       options.steps);
}

/// A dataset without its last part, and that part.
template <class S>
std::pair<data::Dataset<S>, data::Dataset<S>> split_dataset(const data::Dataset<S>& dataset,
                                                            double fraction) {
  check_split(dataset.reorders());
  const std::int64_t n = dataset.size();
  const std::int64_t first = data::split_position("fit: validation_split", n, fraction);
  const data_detail::Positions all = data::epoch_order(n, false, 0, 0);
  return {dataset.subset({all.begin(), all.begin() + first}),
          dataset.subset({all.begin() + first, all.end()})};
}

template <class X>
inline constexpr bool has_source =
    IsSource<std::remove_const_t<X>> || is_shared_source<std::remove_const_t<X>> ||
    is_vector<std::remove_const_t<X>> || IsGenerator<std::remove_const_t<X>>;

[[noreturn]] void wrong_validation_data(std::string_view wanted, std::string_view got);

template <class B>
struct PartsOf {
  using inputs = B;
  using labels = Array;
  using weights = Array;
};
template <class X, class Y, class W>
struct PartsOf<BatchOf<X, Y, W>> {
  using inputs = X;
  using labels = Y;
  using weights = W;
};

/// Validation data of any of the types that go with batches of type B.
template <class T, class B>
std::shared_ptr<data::Source<B>> validation_source(const ValidationData& given,
                                                   const data::BatchOptions& options) {
  constexpr const char* function = "fit: validation_data";
  const auto arrays = [&](B samples) -> std::shared_ptr<data::Source<B>> {
    if constexpr (data::is_arrays<B>) {
      return std::make_shared<data::ArrayBatches<B>>(std::move(samples), options, function);
    } else {
      return part_of<B>(std::make_shared<data::ListedBatches<B>>(std::vector<B>{std::move(samples)}),
                        options.part);
    }
  };
  if (const auto* batch = given.as<B>()) return arrays(*batch);
  if (const auto* list = given.as<std::vector<B>>())
    return part_of<B>(std::make_shared<data::ListedBatches<B>>(*list), options.part);
  if (const auto* source = given.as<std::shared_ptr<data::Source<B>>>()) {
    if (!*source) no_source(function);
    return *source;
  }
  if constexpr (data::is_arrays<B>) {
    if (const auto* dataset = given.as<data::Dataset<B>>())
      return dataset_source(*dataset, options, function, std::identity{});
  }
  if constexpr (is_batch<B>) {
    using Parts = PartsOf<B>;
    using X = typename Parts::inputs;
    using Y = typename Parts::labels;
    using W = typename Parts::weights;
    if (const auto* x = given.as<X>()) return arrays({*x, {}, {}});
    if constexpr (data::is_arrays<X>) {
      if (const auto* dataset = given.as<data::Dataset<X>>())
        return dataset_source(*dataset, options, function, [](const X& x) { return B{x, {}, {}}; });
    }
    if (const auto* pair = given.as<std::pair<X, Y>>()) return arrays({pair->first, pair->second, {}});
    if (const auto* two = given.as<std::tuple<X, Y>>())
      return arrays({std::get<0>(*two), std::get<1>(*two), {}});
    if (const auto* three = given.as<std::tuple<X, Y, W>>()) {
      return arrays({std::get<0>(*three), std::get<1>(*three), std::get<2>(*three)});
    }
  }
  wrong_validation_data(reflect::type_name<B>(), given.type());
}

/// Sample weights times the weight of each sample's class. Throws ValueError for labels that are no classes.
Array class_weights(const Array& labels, const std::map<std::int64_t, double>& weights,
                    const Array& sample_weight);
[[noreturn]] void no_classes(const std::string& samples);

template <class B>
inline constexpr bool has_classes = is_batch<B> && std::same_as<typename PartsOf<B>::labels, Array> &&
                                    std::same_as<typename PartsOf<B>::weights, Array>;

/// Gives samples the weights of their classes. Throws ValueError where there are none.
template <class B>
void weigh_classes(B& samples, const std::map<std::int64_t, double>& weights) {
  if constexpr (has_classes<B>) {
    samples.sample_weight = class_weights(samples.labels, weights, samples.sample_weight);
  } else {
    no_classes(std::string(reflect::type_name<B>()));
  }
}

}  // namespace copse::train_detail
