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
class Batches final : public EpochSource<Batches<B>, B> {
 public:
  /// Makes a batch of an epoch; callable from several threads at once.
  using Make = std::function<B(std::int64_t epoch, std::int64_t index)>;

  Batches(std::int64_t count, std::optional<std::int64_t> samples, Make make, int maps = 0)
      : make_(std::move(make)), count_(count), samples_(samples), maps_(maps) {}

  /// How many there are in an epoch.
  std::int64_t size() const { return count_; }
  B at(std::int64_t epoch, std::int64_t index) const { return make_(epoch, index); }

  /// What `f` makes of each batch: f(batch), or f(key, batch) with a key that depends on `seed`, the epoch
  /// and which batch it is. Functions of arrays do the same work faster for a batch than for its samples; one
  /// that `jit` gives may be called by all workers of a Loader.
  template <class F>
  auto map(F f, std::int64_t seed = 0) const {
    using Call = data_detail::Mapped<F, B>;
    using R = typename Call::type;
    const int maps = maps_ + 1;
    return Batches<R>(
        count_, samples_,
        [make = make_, f = std::move(f), seed, maps](std::int64_t epoch, std::int64_t index) -> R {
          return Call::call(
              f, seed, maps, epoch, [&] { return index; }, make(epoch, index));
        },
        maps);
  }

  void start(std::int64_t epoch, std::int64_t skip = 0) override {
    epoch_ = epoch;
    at_ = skip;
  }
  std::optional<B> next() override {
    if (at_ >= count_) return std::nullopt;
    return make_(epoch_, at_++);
  }
  bool repeatable() const override { return true; }
  std::optional<std::int64_t> batches() const override { return count_; }
  std::optional<std::int64_t> samples() const override { return samples_; }

 private:
  Make make_;
  std::int64_t count_;
  std::optional<std::int64_t> samples_;
  int maps_;  // of samples and batches
  std::int64_t epoch_ = 0, at_ = 0;
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
    return Dataset(std::make_shared<data_detail::OrderNode<S>>(node_, seed));
  }

  /// Samples drawn by their weights, others in each epoch: by seed and epoch alone. Throws ValueError for
  /// weights that are negative or not as many as samples, and without replacement if there are too few.
  Dataset weighted(std::vector<double> weights, const WeightedOptions& options = {}) const {
    const std::int64_t count = data_detail::weighted_count(size(), weights, options);
    return Dataset(std::make_shared<data_detail::OrderNode<S>>(
        node_, count, options.replace, [weights = std::move(weights), options, count](std::int64_t epoch) {
          return data_detail::weighted_positions(weights, options, count, epoch);
        }));
  }
  /// By a weight that `f` gives each sample: it is asked once, now. Throws ValueError if samples depend on
  /// the epoch.
  template <class F>
    requires std::convertible_to<std::invoke_result_t<const F&, S>, double>
  Dataset weighted(const F& f, const WeightedOptions& options = {}) const {
    data_detail::check_constant("weighted", node_->varies());
    std::vector<double> weights;
    for (std::int64_t i = 0; i < size(); ++i) weights.push_back(static_cast<double>(f(node_->get(0, i))));
    return weighted(std::move(weights), options);
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
  /// divide. CollateOptions pad samples of several shapes, and put those of similar lengths together. Throws
  /// ValueError for a size below 1; ShapeError, when a batch is made, for samples that do not fit together.
  Batches<S> batch(std::int64_t size, const CollateOptions<S>& options = {}) const {
    static_assert(is_arrays<S>,
                  "copse: only trees of arrays can be stacked: give batch() a function that makes a "
                  "batch of a std::vector of samples");
    const auto padding = data_detail::padding_of(options);
    return batches<S>(
        size, options,
        [padding](const Node& node, std::int64_t epoch, std::span<const std::int64_t> positions) {
          if (!padding.any()) return node.gather(epoch, positions);
          return data_detail::stack_samples(data_detail::samples_at(node, epoch, positions), padding);
        });
  }

  /// Batches made by a function of a std::vector of samples.
  template <class F>
    requires std::invocable<const F&, std::vector<S>>
  auto batch(std::int64_t size, F collate, const CollateOptions<S>& options = {}) const {
    using B = std::remove_cvref_t<std::invoke_result_t<const F&, std::vector<S>>>;
    data_detail::check_no_padding(data_detail::padding_of(options));
    return batches<B>(
        size, options,
        [collate](const Node& node, std::int64_t epoch, std::span<const std::int64_t> positions) {
          return collate(data_detail::samples_at(node, epoch, positions));
        });
  }

  /// Whether samples, or their order, are others in another epoch.
  bool varies() const { return node_->varies(); }
  bool reorders() const { return node_->reorders(); }

  /// For the layers above.
  const std::shared_ptr<const data_detail::Node<S>>& node() const { return node_; }

 private:
  using Node = data_detail::Node<S>;

  template <class B, class F>
  Batches<B> batches(std::int64_t batch_size, const CollateOptions<S>& options, F make) const {
    const std::int64_t n = size();
    const std::int64_t count = data_detail::batch_count(n, batch_size, options.drop_remainder);
    const auto node = options.buckets.empty() ? node_ : data_detail::by_length(node_, batch_size, options);
    return Batches<B>(
        count, std::min(n, count * batch_size),
        [make, node, n, batch_size](std::int64_t epoch, std::int64_t index) -> B {
          const auto positions = data_detail::batch_positions(n, batch_size, index);
          return make(*node, epoch, std::span<const std::int64_t>(positions));
        },
        node->maps());
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

/// Samples of several datasets, mixed: of each as many in an epoch as its weight is a share of all weights,
/// in random places. A dataset's samples come in its own order, epoch after epoch of its own: where one epoch
/// has stopped the next one goes on, so that all are used equally often. Throws ValueError for a dataset that
/// would have no sample in an epoch.
template <class S>
[[nodiscard]] Dataset<S> mix(const std::vector<Dataset<S>>& datasets, const std::vector<double>& weights,
                             const MixOptions& options = {}) {
  std::vector<std::shared_ptr<const data_detail::Node<S>>> nodes;
  for (const Dataset<S>& dataset : datasets) nodes.push_back(dataset.node());
  return Dataset<S>(std::make_shared<data_detail::MixNode<S>>(std::move(nodes), weights, options));
}

}  // namespace copse::data
