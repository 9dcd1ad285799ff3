// Datasets: samples by index, from anything that has them, in any order and number, and the batches made of
// them.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/data/batch.hpp"
#include "copse/data/dataset_nodes.hpp"
#include "copse/data/source.hpp"

namespace copse::data {

/// What has samples by index: `size()` and `operator[]`, both callable from several threads at once.
template <class D>
concept Samples = requires(const D& dataset, std::int64_t i) {
  { dataset.size() } -> std::convertible_to<std::int64_t>;
  dataset[i];
};

/// Batches of a dataset, each made when it is asked for: a source that a trainer takes, and what a Loader
/// makes ahead.
template <class B>
class Batches final : public Source<B> {
 public:
  /// Makes a batch of an epoch; callable from several threads at once.
  using Make = std::function<B(std::int64_t epoch, std::int64_t index)>;

  Batches(std::int64_t count, std::optional<std::int64_t> samples, Make make)
      : make_(std::move(make)), count_(count), samples_(samples) {}

  /// How many there are in an epoch.
  std::int64_t size() const { return count_; }
  B at(std::int64_t epoch, std::int64_t index) const { return make_(epoch, index); }

  void start(std::int64_t epoch, std::int64_t skip = 0) override {
    epoch_ = epoch;
    at_ = skip;
  }
  std::optional<B> next() override {
    if (at_ >= count_) return std::nullopt;
    return make_(epoch_, at_++);
  }
  std::optional<std::int64_t> batches() const override { return count_; }
  std::optional<std::int64_t> samples() const override { return samples_; }

  /// The batches of an epoch, to be gone through once.
  EpochRange<B> epoch(std::int64_t number) & {
    start(number);
    return EpochRange<B>(this);
  }
  /// Of a temporary, which the range keeps: `for (auto& batch : dataset.batch(32).epoch(0))`.
  EpochRange<B> epoch(std::int64_t number) && {
    auto kept = std::make_shared<Batches>(std::move(*this));
    kept->start(number);
    return EpochRange<B>(std::move(kept));
  }

 private:
  Make make_;
  std::int64_t count_;
  std::optional<std::int64_t> samples_;
  std::int64_t epoch_ = 0, at_ = 0;
};

struct CollateOptions {
  bool drop_remainder = false;  ///< leaves out the last batch if it is smaller
};

/// Samples of type S by index. A value: what is made from a dataset leaves it as it is.
///
///     auto train = data::Dataset{Digits{}}.shuffle(7).map(augment).batch(64);
///     for (const Batch& batch : train.epoch(0)) ...
///
/// Samples depend on the epoch (by `shuffle`, and by keys of `map`) and on nothing else.
template <class S>
class Dataset {
 public:
  using sample_type = S;

  template <Samples D>
    requires(!std::same_as<D, Dataset> &&
             std::convertible_to<decltype(std::declval<const D&>()[std::int64_t{}]), S>)
  explicit Dataset(D samples) : node_(std::make_shared<data_detail::UserNode<S, D>>(std::move(samples))) {}
  explicit Dataset(std::shared_ptr<const data_detail::Node<S>> node) : node_(std::move(node)) {}

  std::int64_t size() const { return node_->size(); }
  /// A sample of an epoch. Throws ValueError for an index that is out of range.
  S at(std::int64_t index, std::int64_t epoch = 0) const {
    data_detail::check_index("Dataset::at", index, size());
    return node_->get(epoch, index);
  }
  S operator[](std::int64_t index) const { return at(index); }

  /// In another order each epoch, by seed and epoch alone.
  Dataset shuffle(std::int64_t seed = 0) const {
    return Dataset(std::make_shared<data_detail::ShuffleNode<S>>(node_, seed));
  }

  /// What `f` makes of each sample: f(sample), or f(key, sample) with a key of the sample's own. The key
  /// depends on `seed`, the epoch and which sample it is, not on its place or on who asks.
  template <class F>
  auto map(F f, std::int64_t seed = 0) const {
    using R = typename data_detail::Mapped<F, S>::type;
    return Dataset<R>(std::make_shared<data_detail::MapNode<S, R, F>>(node_, std::move(f), seed));
  }

  /// The samples for which `f` is true. It is asked of each sample once, now. Throws ValueError if samples
  /// depend on the epoch: filter first, shuffle and augment then.
  template <class F>
  Dataset filter(F f) const {
    data_detail::check_constant("filter", node_->varies());
    std::vector<std::int64_t> positions;
    for (std::int64_t i = 0; i < size(); ++i) {
      if (f(node_->get(0, i))) positions.push_back(i);
    }
    return subset(std::move(positions));
  }

  /// The samples at these positions, in this order. Throws ValueError for one that is out of range.
  Dataset subset(std::vector<std::int64_t> positions) const {
    for (const std::int64_t position : positions)
      data_detail::check_index("Dataset::subset", position, size());
    return Dataset(std::make_shared<data_detail::SubsetNode<S>>(node_, std::move(positions)));
  }

  /// Every `count`-th sample, from `index` on: the part of one of `count` processes. Throws ValueError unless
  /// 0 <= index < count.
  Dataset shard(std::int64_t index, std::int64_t count) const {
    return subset(data_detail::shard_positions(size(), index, count));
  }

  /// These samples, and then those of another.
  Dataset concat(const Dataset& other) const {
    return Dataset(std::make_shared<data_detail::ConcatNode<S>>(node_, other.node_));
  }

  /// Keeps samples that were made once. Throws ValueError if they depend on the epoch.
  Dataset cache() const {
    data_detail::check_constant("cache", node_->varies());
    return Dataset(std::make_shared<data_detail::CacheNode<S>>(node_));
  }

  /// Batches of `size` samples, stacked along a new first axis; the last is smaller if the samples don't
  /// divide. Throws ValueError for a size below 1; ShapeError, when a batch is made, for samples of several
  /// shapes or dtypes.
  Batches<S> batch(std::int64_t size, const CollateOptions& options = {}) const {
    static_assert(is_arrays<S>,
                  "copse: only trees of arrays can be stacked: give batch() a function that makes a "
                  "batch of a std::vector of samples");
    return batches<S>(size, options,
                      [node = node_](std::int64_t epoch, std::span<const std::int64_t> positions) {
                        return node->gather(epoch, positions);
                      });
  }

  /// Batches made by a function of a std::vector of samples.
  template <class F>
    requires std::invocable<const F&, std::vector<S>>
  auto batch(std::int64_t size, F collate, const CollateOptions& options = {}) const {
    using B = std::remove_cvref_t<std::invoke_result_t<const F&, std::vector<S>>>;
    return batches<B>(size, options,
                      [node = node_, collate](std::int64_t epoch, std::span<const std::int64_t> positions) {
                        return collate(data_detail::samples_at(*node, epoch, positions));
                      });
  }

 private:
  template <class B, class F>
  Batches<B> batches(std::int64_t batch_size, const CollateOptions& options, F make) const {
    const std::int64_t n = size();
    const std::int64_t count = data_detail::batch_count(n, batch_size, options.drop_remainder);
    return Batches<B>(count, std::min(n, count * batch_size),
                      [make, n, batch_size](std::int64_t epoch, std::int64_t index) -> B {
                        const auto positions = data_detail::batch_positions(n, batch_size, index);
                        return make(epoch, std::span<const std::int64_t>(positions));
                      });
  }

  std::shared_ptr<const data_detail::Node<S>> node_;
};

template <Samples D>
Dataset(D) -> Dataset<std::remove_cvref_t<decltype(std::declval<const D&>()[std::int64_t{}])>>;
template <class S>
Dataset(Dataset<S>) -> Dataset<S>;

/// The samples that trees of arrays have along their first axes. Throws ShapeError if they differ in number.
template <class S>
  requires is_arrays<S>
[[nodiscard]] Dataset<S> arrays(S samples) {
  return Dataset<S>(std::make_shared<data_detail::ArraysNode<S>>(std::move(samples)));
}
/// Inputs, labels and sample weights.
template <class X, class Y, class W = Array>
  requires(is_arrays<X> && is_arrays<Y>)
[[nodiscard]] Dataset<BatchOf<X, Y, W>> arrays(X inputs, Y labels, W weights = {}) {
  return arrays(BatchOf<X, Y, W>{std::move(inputs), std::move(labels), std::move(weights)});
}

struct SplitOptions {
  double fraction = 0.2;  ///< how many of the samples go to the second part, rounded up
  std::int64_t seed = 0;
  bool shuffle = true;    ///< else the second part has the last samples
  bool stratify = false;  ///< each part has its share of each class of `labels`, as scikit-learn's `stratify`
};

/// Two parts of a dataset. Throws ValueError unless both have samples.
template <class S>
[[nodiscard]] std::pair<Dataset<S>, Dataset<S>> split(const Dataset<S>& dataset,
                                                      const SplitOptions& options = {}) {
  std::vector<std::int64_t> classes;
  if (options.stratify) {
    if constexpr (requires(const S& sample) { sample.labels.template item<std::int64_t>(); }) {
      for (std::int64_t i = 0; i < dataset.size(); ++i) {
        classes.push_back(dataset[i].labels.template item<std::int64_t>());
      }
    } else {
      data_detail::no_labels();
    }
  }
  auto [first, second] =
      data_detail::split_positions(dataset.size(), options.fraction, options.shuffle, options.seed, classes);
  return {dataset.subset(std::move(first)), dataset.subset(std::move(second))};
}

/// `k` ways to train on all but one part and to validate on that one. Throws ValueError unless 2 <= k <=
/// size.
template <class S>
[[nodiscard]] std::vector<std::pair<Dataset<S>, Dataset<S>>> k_fold(const Dataset<S>& dataset, int k,
                                                                    std::int64_t seed = 0) {
  std::vector<std::pair<Dataset<S>, Dataset<S>>> out;
  for (auto& [first, second] : data_detail::fold_positions(dataset.size(), k, seed)) {
    out.emplace_back(dataset.subset(std::move(first)), dataset.subset(std::move(second)));
  }
  return out;
}

}  // namespace copse::data
