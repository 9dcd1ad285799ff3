// What datasets are made of: nodes that give samples by epoch and index.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/data/samples.hpp"
#include "copse/random/key.hpp"

namespace copse::data_detail {

[[noreturn]] void no_stack();
[[noreturn]] void no_labels();
void check_index(const char* function, std::int64_t index, std::int64_t size);
void check_constant(const char* function, bool varies);
std::int64_t batch_count(std::int64_t samples, std::int64_t size, bool drop_remainder);
std::vector<std::int64_t> batch_positions(std::int64_t samples, std::int64_t size, std::int64_t index);
std::vector<std::int64_t> shard_positions(std::int64_t samples, std::int64_t index, std::int64_t count);
using Positions = std::vector<std::int64_t>;
std::pair<Positions, Positions> split_positions(std::int64_t samples, double fraction, bool shuffle,
                                                std::int64_t seed, std::span<const std::int64_t> classes);
std::vector<std::pair<Positions, Positions>> fold_positions(std::int64_t samples, int k, std::int64_t seed);
/// The key of a sample: by the map's seed and place in the chain, the epoch, and which sample it is.
Key sample_key(std::int64_t seed, int map, std::int64_t epoch, std::int64_t sample);
/// Arrays of one shape and dtype, along a new first axis.
Array stacked(std::span<const Array> parts);
/// The element of an array at a place of its first axis.
Array element(const Array& column, std::int64_t index);

/// Orders of epochs, of which the last few are kept.
class Orders {
 public:
  Orders(std::int64_t samples, std::int64_t seed) : samples_(samples), seed_(seed) {}
  std::shared_ptr<const Positions> of(std::int64_t epoch) const;

 private:
  std::int64_t samples_, seed_;
  mutable std::mutex mutex_;
  mutable std::vector<std::pair<std::int64_t, std::shared_ptr<const Positions>>> kept_;
};

/// Trees of arrays, each array stacked.
template <class S>
S stack_samples(const std::vector<S>& parts) {
  if constexpr (data::is_arrays<S>) {
    return data::combine_columns(parts, [](const std::vector<Array>& columns) { return stacked(columns); });
  } else {
    no_stack();
  }
}

/// Samples by epoch and index; callable from several threads at once.
template <class S>
class Node {
 public:
  virtual ~Node() = default;
  virtual std::int64_t size() const = 0;
  virtual S get(std::int64_t epoch, std::int64_t index) const = 0;
  /// Which sample that is, whatever the order.
  virtual std::int64_t identity(std::int64_t, std::int64_t index) const { return index; }
  /// Whether samples depend on the epoch.
  virtual bool varies() const { return false; }
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
  S get(std::int64_t, std::int64_t index) const override { return samples_[index]; }

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
  int maps() const override { return inner_->maps(); }
  std::int64_t identity(std::int64_t epoch, std::int64_t index) const override {
    return inner_->identity(epoch, index);
  }

 protected:
  std::shared_ptr<const Node<S>> inner_;
};

/// Other positions of the same samples.
template <class S>
S gather_at(const Node<S>& inner, std::int64_t epoch, std::span<const std::int64_t> positions,
            const Positions& order) {
  Positions there;
  there.reserve(positions.size());
  for (const std::int64_t position : positions) there.push_back(order[static_cast<std::size_t>(position)]);
  return inner.gather(epoch, there);
}

template <class S>
class ShuffleNode final : public Wrapper<S> {
 public:
  ShuffleNode(std::shared_ptr<const Node<S>> inner, std::int64_t seed)
      : Wrapper<S>(std::move(inner)), orders_(this->inner_->size(), seed) {}
  S get(std::int64_t epoch, std::int64_t index) const override {
    return this->inner_->get(epoch, place(epoch, index));
  }
  std::int64_t identity(std::int64_t epoch, std::int64_t index) const override {
    return this->inner_->identity(epoch, place(epoch, index));
  }
  bool varies() const override { return true; }
  S gather(std::int64_t epoch, std::span<const std::int64_t> positions) const override {
    return gather_at(*this->inner_, epoch, positions, *orders_.of(epoch));
  }

 private:
  std::int64_t place(std::int64_t epoch, std::int64_t index) const {
    return (*orders_.of(epoch))[static_cast<std::size_t>(index)];
  }
  Orders orders_;
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
    return index < at_ ? first_->identity(epoch, index) : at_ + second_->identity(epoch, index - at_);
  }
  bool varies() const override { return first_->varies() || second_->varies(); }
  int maps() const override { return std::max(first_->maps(), second_->maps()); }

 private:
  std::shared_ptr<const Node<S>> first_, second_;
  std::int64_t at_;
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
    Key key;
    if constexpr (Mapped<F, S>::keyed) key = sample_key(seed_, maps(), epoch, inner_->identity(epoch, index));
    return Mapped<F, S>::call(f_, key, inner_->get(epoch, index));
  }
  std::int64_t identity(std::int64_t epoch, std::int64_t index) const override {
    return inner_->identity(epoch, index);
  }
  bool varies() const override { return Mapped<F, S>::keyed || inner_->varies(); }
  int maps() const override { return inner_->maps() + 1; }

 private:
  std::shared_ptr<const Node<S>> inner_;
  F f_;
  std::int64_t seed_;
};

}  // namespace copse::data_detail
