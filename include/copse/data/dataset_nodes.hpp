// What datasets are made of: nodes that give samples by epoch and index.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "copse/data/collate.hpp"
#include "copse/data/draws.hpp"
#include "copse/data/samples.hpp"
#include "copse/random/key.hpp"

namespace copse::data_detail {

void check_index(const char* function, std::int64_t index, std::int64_t size);
void check_constant(const char* function, bool varies);
std::int64_t batch_count(std::int64_t samples, std::int64_t size, bool drop_remainder);
std::vector<std::int64_t> batch_positions(std::int64_t samples, std::int64_t size, std::int64_t index);
std::vector<std::int64_t> shard_positions(std::int64_t samples, std::int64_t index, std::int64_t count);
using Positions = std::vector<std::int64_t>;
/// The key of a sample: by the map's seed and place in the chain, the epoch, and which sample it is.
Key sample_key(std::int64_t seed, int map, std::int64_t epoch, std::int64_t sample);
/// The element of an array at a place of its first axis.
Array element(const Array& column, std::int64_t index);

/// Orders of epochs, of which the last few are kept.
class Orders {
 public:
  /// Which samples an epoch has, and in what order.
  using Make = std::function<Positions(std::int64_t epoch)>;
  Orders(std::int64_t size, Make make) : size_(size), make_(std::move(make)) {}
  /// All samples, shuffled.
  Orders(std::int64_t samples, std::int64_t seed);
  std::int64_t size() const { return size_; }
  std::shared_ptr<const Positions> of(std::int64_t epoch) const;

 private:
  std::int64_t size_;
  Make make_;
  mutable std::mutex mutex_;
  mutable std::vector<std::pair<std::int64_t, std::shared_ptr<const Positions>>> kept_;
};

/// Samples by epoch and index; callable from several threads at once.
template <class S>
class Node {
 public:
  virtual ~Node() = default;
  virtual std::int64_t size() const = 0;
  virtual S get(std::int64_t epoch, std::int64_t index) const = 0;
  /// Which sample that is, whatever the order: below identities().
  virtual std::int64_t identity(std::int64_t, std::int64_t index) const { return index; }
  virtual std::int64_t identities() const { return size(); }
  /// Whether samples depend on the epoch.
  virtual bool varies() const { return false; }
  /// Whether their order does.
  virtual bool reorders() const { return false; }
  /// How many maps are below and in this one.
  virtual int maps() const { return 0; }
  /// Some samples, stacked.
  virtual S gather(std::int64_t epoch, std::span<const std::int64_t> positions) const;
};

template <class S>
std::vector<S> samples_at(const Node<S>& node, std::int64_t epoch, std::span<const std::int64_t> positions) {
  std::vector<S> out;
  out.reserve(positions.size());
  for (const std::int64_t position : positions) out.push_back(node.get(epoch, position));
  return out;
}
template <class S>
S Node<S>::gather(std::int64_t epoch, std::span<const std::int64_t> positions) const {
  return stack_samples(samples_at(*this, epoch, positions));
}

template <class S, class D>
class UserNode final : public Node<S> {
 public:
  explicit UserNode(D samples) : samples_(std::move(samples)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(samples_.size()); }
  S get(std::int64_t, std::int64_t index) const override {
    if constexpr (requires { typename D::size_type; }) {
      return samples_[static_cast<typename D::size_type>(index)];  // a container
    } else {
      return samples_[index];
    }
  }

 private:
  D samples_;
};

template <class S>
class ArraysNode final : public Node<S> {
 public:
  explicit ArraysNode(S samples)
      : samples_(std::move(samples)), size_(data::sample_count(samples_, "data::arrays")) {}
  std::int64_t size() const override { return size_; }
  S get(std::int64_t, std::int64_t index) const override {
    return data::map_columns(samples_, [&](const Array& column) { return element(column, index); });
  }
  S gather(std::int64_t, std::span<const std::int64_t> positions) const override {
    return data::gather_samples(samples_, positions);
  }

 private:
  S samples_;
  std::int64_t size_;
};

/// Passes on what it does not change.
template <class S>
class Wrapper : public Node<S> {
 public:
  explicit Wrapper(std::shared_ptr<const Node<S>> inner) : inner_(std::move(inner)) {}
  std::int64_t size() const override { return inner_->size(); }
  bool varies() const override { return inner_->varies(); }
  bool reorders() const override { return inner_->reorders(); }
  int maps() const override { return inner_->maps(); }
  std::int64_t identity(std::int64_t epoch, std::int64_t index) const override {
    return inner_->identity(epoch, index);
  }
  std::int64_t identities() const override { return inner_->identities(); }

 protected:
  std::shared_ptr<const Node<S>> inner_;
};

/// Other positions of the same samples.
template <class S>
S gather_at(const Node<S>& inner, std::int64_t epoch, std::span<const std::int64_t> positions,
            const Positions& order) {
  Positions there;
  there.reserve(positions.size());
  for (const std::int64_t position : positions) {
    there.push_back(order[static_cast<std::size_t>(position)] % inner.size());
  }
  return inner.gather(epoch, there);
}

/// An order of its own for each epoch. Where it has a sample i of n several times, i + k n stands for the
/// k-th repetition, which has another identity.
template <class S>
class OrderNode final : public Wrapper<S> {
 public:
  OrderNode(std::shared_ptr<const Node<S>> inner, std::int64_t seed)
      : Wrapper<S>(std::move(inner)), orders_(this->inner_->size(), seed) {}
  OrderNode(std::shared_ptr<const Node<S>> inner, std::int64_t size, bool repeats, Orders::Make make)
      : Wrapper<S>(std::move(inner)), orders_(size, std::move(make)), repetitions_(repeats ? size : 1) {}
  std::int64_t size() const override { return orders_.size(); }
  S get(std::int64_t epoch, std::int64_t index) const override {
    return this->inner_->get(epoch, place(epoch, index) % this->inner_->size());
  }
  std::int64_t identity(std::int64_t epoch, std::int64_t index) const override {
    const std::int64_t there = place(epoch, index), n = this->inner_->size();
    return this->inner_->identity(epoch, there % n) + there / n * this->inner_->identities();
  }
  std::int64_t identities() const override { return this->inner_->identities() * repetitions_; }
  bool varies() const override { return true; }
  bool reorders() const override { return true; }
  S gather(std::int64_t epoch, std::span<const std::int64_t> positions) const override {
    return gather_at(*this->inner_, epoch, positions, *orders_.of(epoch));
  }

 private:
  std::int64_t place(std::int64_t epoch, std::int64_t index) const {
    return (*orders_.of(epoch))[static_cast<std::size_t>(index)];
  }
  Orders orders_;
  std::int64_t repetitions_ = 1;  // how often a sample can come in an epoch
};

template <class S>
class SubsetNode final : public Wrapper<S> {
 public:
  SubsetNode(std::shared_ptr<const Node<S>> inner, Positions positions)
      : Wrapper<S>(std::move(inner)), positions_(std::move(positions)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(positions_.size()); }
  S get(std::int64_t epoch, std::int64_t index) const override {
    return this->inner_->get(epoch, positions_[static_cast<std::size_t>(index)]);
  }
  std::int64_t identity(std::int64_t epoch, std::int64_t index) const override {
    return this->inner_->identity(epoch, positions_[static_cast<std::size_t>(index)]);
  }
  S gather(std::int64_t epoch, std::span<const std::int64_t> positions) const override {
    return gather_at(*this->inner_, epoch, positions, positions_);
  }

 private:
  Positions positions_;
};

template <class S>
class ConcatNode final : public Node<S> {
 public:
  ConcatNode(std::shared_ptr<const Node<S>> first, std::shared_ptr<const Node<S>> second)
      : first_(std::move(first)), second_(std::move(second)), at_(first_->size()) {}
  std::int64_t size() const override { return at_ + second_->size(); }
  S get(std::int64_t epoch, std::int64_t index) const override {
    return index < at_ ? first_->get(epoch, index) : second_->get(epoch, index - at_);
  }
  std::int64_t identity(std::int64_t epoch, std::int64_t index) const override {
    return index < at_ ? first_->identity(epoch, index)
                       : first_->identities() + second_->identity(epoch, index - at_);
  }
  std::int64_t identities() const override { return first_->identities() + second_->identities(); }
  bool varies() const override { return first_->varies() || second_->varies(); }
  bool reorders() const override { return first_->reorders() || second_->reorders(); }
  int maps() const override { return std::max(first_->maps(), second_->maps()); }

 private:
  std::shared_ptr<const Node<S>> first_, second_;
  std::int64_t at_;
};

/// Samples of several nodes in the shares of an epoch: see `mix_positions`.
template <class S>
class MixNode final : public Node<S> {
 public:
  MixNode(std::vector<std::shared_ptr<const Node<S>>> parts, const std::vector<double>& weights,
          const data::MixOptions& options)
      : parts_(std::move(parts)), shares_(mix_shares(sizes(parts_), weights, options)) {
    ends_.resize(shares_.size());
    std::partial_sum(shares_.begin(), shares_.end(), ends_.begin());
    for (const auto& part : parts_) identities_ += part->identities();
    orders_ =
        std::make_unique<Orders>(ends_.back(), [shares = shares_, seed = options.seed](std::int64_t epoch) {
          return mix_positions(shares, seed, epoch);
        });
  }
  std::int64_t size() const override { return orders_->size(); }
  S get(std::int64_t epoch, std::int64_t index) const override {
    const Place place = find(epoch, index);
    return parts_[place.part]->get(place.pass, place.index);
  }
  std::int64_t identity(std::int64_t epoch, std::int64_t index) const override {
    const Place place = find(epoch, index);
    std::int64_t out = parts_[place.part]->identity(place.pass, place.index) + place.repetition * identities_;
    for (std::size_t i = 0; i < place.part; ++i) out += parts_[i]->identities();
    return out;
  }
  std::int64_t identities() const override { return identities_ * std::max<std::int64_t>(1, size()); }
  bool varies() const override { return true; }
  bool reorders() const override { return true; }
  int maps() const override {
    int most = 0;
    for (const auto& part : parts_) most = std::max(most, part->maps());
    return most;
  }

 private:
  struct Place {
    std::size_t part;
    std::int64_t pass, index;  // an epoch of that part, and a sample of it
    std::int64_t repetition;   // passes of this epoch before
  };
  Place find(std::int64_t epoch, std::int64_t index) const {
    const std::int64_t place = (*orders_->of(epoch))[static_cast<std::size_t>(index)];
    const auto part =
        static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), place) - ends_.begin());
    const std::int64_t n = parts_[part]->size(), first = epoch * shares_[part];
    const std::int64_t number = first + place - (ends_[part] - shares_[part]);
    return {part, number / n, number % n, number / n - first / n};
  }
  static std::vector<std::int64_t> sizes(const std::vector<std::shared_ptr<const Node<S>>>& parts) {
    std::vector<std::int64_t> out;
    for (const auto& part : parts) out.push_back(part->size());
    return out;
  }

  std::vector<std::shared_ptr<const Node<S>>> parts_;
  std::vector<std::int64_t> shares_, ends_;
  std::int64_t identities_ = 0;
  std::unique_ptr<Orders> orders_;
};

template <class S>
class CacheNode final : public Wrapper<S> {
 public:
  explicit CacheNode(std::shared_ptr<const Node<S>> inner)
      : Wrapper<S>(std::move(inner)), kept_(static_cast<std::size_t>(this->inner_->size())) {}
  S get(std::int64_t epoch, std::int64_t index) const override {
    {
      const std::lock_guard lock(mutex_);
      if (const auto& sample = kept_[static_cast<std::size_t>(index)]) return *sample;
    }
    S sample = this->inner_->get(epoch, index);
    const std::lock_guard lock(mutex_);
    kept_[static_cast<std::size_t>(index)] = sample;
    return sample;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<std::optional<S>> kept_;
};

/// What a function makes of a sample, with or without a key.
template <class F, class S>
struct Mapped {
  static constexpr bool keyed = std::invocable<const F&, const Key&, S>;
  static_assert(keyed || std::invocable<const F&, S>,
                "copse: map() takes a function of a sample, or of a Key and a sample");
  static auto call(const F& f, const Key& key, S sample) {
    if constexpr (keyed) {
      return f(key, std::move(sample));
    } else {
      return f(std::move(sample));
    }
  }
  /// The same with the key of a sample, whose number `identity()` gives where there is need of it.
  template <class I>
  static auto call(const F& f, std::int64_t seed, int map, std::int64_t epoch, const I& identity, S sample) {
    Key key;
    if constexpr (keyed) key = sample_key(seed, map, epoch, identity());
    return call(f, key, std::move(sample));
  }
  using type = std::remove_cvref_t<decltype(call(std::declval<const F&>(), std::declval<const Key&>(),
                                                 std::declval<S>()))>;
};

template <class S, class R, class F>
class MapNode final : public Node<R> {
 public:
  MapNode(std::shared_ptr<const Node<S>> inner, F f, std::int64_t seed)
      : inner_(std::move(inner)), f_(std::move(f)), seed_(seed) {}
  std::int64_t size() const override { return inner_->size(); }
  R get(std::int64_t epoch, std::int64_t index) const override {
    return Mapped<F, S>::call(
        f_, seed_, maps(), epoch, [&] { return inner_->identity(epoch, index); }, inner_->get(epoch, index));
  }
  std::int64_t identity(std::int64_t epoch, std::int64_t index) const override {
    return inner_->identity(epoch, index);
  }
  std::int64_t identities() const override { return inner_->identities(); }
  bool varies() const override { return Mapped<F, S>::keyed || inner_->varies(); }
  bool reorders() const override { return inner_->reorders(); }
  int maps() const override { return inner_->maps() + 1; }

 private:
  std::shared_ptr<const Node<S>> inner_;
  F f_;
  std::int64_t seed_;
};

/// The samples in an order in which each `size` of them have similar lengths. Lengths are asked for when an
/// epoch needs them, of each sample once.
template <class S>
std::shared_ptr<const Node<S>> by_length(std::shared_ptr<const Node<S>> node, std::int64_t size,
                                         const data::CollateOptions<S>& options) {
  check_buckets(options.buckets);
  const auto lengths = std::make_shared<std::unordered_map<std::int64_t, std::int64_t>>();  // by identity
  auto order = [node, size, options, lengths](std::int64_t epoch) {
    Bucketing<std::int64_t> buckets(options.buckets, static_cast<std::size_t>(size));
    Positions out;
    const auto append = [&](const Positions& batch) { out.insert(out.end(), batch.begin(), batch.end()); };
    for (std::int64_t i = 0; i < node->size(); ++i) {
      const std::int64_t identity = node->identity(epoch, i);
      auto known = lengths->find(identity);
      if (known == lengths->end())
        known = lengths->emplace(identity, length_of(options, node->get(epoch, i))).first;
      append(buckets.add(known->second, i));
    }
    for (Positions rest = buckets.take_rest(); !rest.empty(); rest = buckets.take_rest()) append(rest);
    return out;
  };
  const std::int64_t samples = node->size();
  return std::make_shared<OrderNode<S>>(std::move(node), samples, false, std::move(order));
}

}  // namespace copse::data_detail
