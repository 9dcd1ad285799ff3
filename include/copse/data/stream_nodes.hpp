// What streams are made of: nodes that open a pass over samples which come one by one.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "copse/data/collate.hpp"
#include "copse/data/dataset_nodes.hpp"
#include "copse/data/draws.hpp"

namespace copse::data_detail {

/// A sample that has been read but not been made yet: one that is passed over never is, and a worker may make
/// it.
template <class S>
struct Deferred {
  std::int64_t identity = 0;  // its number in what was read
  std::function<S()> make;
};

/// A pass over samples, used by one thread at a time.
template <class S>
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual std::optional<Deferred<S>> next() = 0;
};

template <class S>
class StreamNode {
 public:
  virtual ~StreamNode() = default;
  virtual std::unique_ptr<Cursor<S>> open(std::int64_t epoch) const = 0;
  /// How many maps are above the source.
  virtual int maps() const { return 0; }
};
template <class S>
using StreamPointer = std::shared_ptr<const StreamNode<S>>;

/// A cursor whose `next` is a function.
template <class S, class F>
class FunctionCursor final : public Cursor<S> {
 public:
  explicit FunctionCursor(F f) : f_(std::move(f)) {}
  std::optional<Deferred<S>> next() override { return f_(); }

 private:
  F f_;
};
template <class S, class F>
std::unique_ptr<Cursor<S>> cursor(F f) {
  return std::make_unique<FunctionCursor<S, F>>(std::move(f));
}

/// A node whose `open` is a function of the epoch.
template <class S, class F>
class FunctionNode final : public StreamNode<S> {
 public:
  FunctionNode(int maps, F open) : open_(std::move(open)), maps_(maps) {}
  std::unique_ptr<Cursor<S>> open(std::int64_t epoch) const override { return open_(epoch); }
  int maps() const override { return maps_; }

 private:
  F open_;
  int maps_;
};
template <class S, class F>
StreamPointer<S> stream_node(int maps, F open) {
  return std::make_shared<FunctionNode<S, F>>(maps, std::move(open));
}

template <class S>
StreamPointer<S> concat_streams(const StreamPointer<S>& first, const StreamPointer<S>& second) {
  return stream_node<S>(std::max(first->maps(), second->maps()), [first, second](std::int64_t epoch) {
    return cursor<S>(
        [at = first->open(epoch), second, epoch, in_second = false, offset = std::int64_t{0}]() mutable {
          auto sample = at->next();
          if (!sample && !in_second) {
            in_second = true;
            at = second->open(epoch);
            sample = at->next();
          } else if (sample && !in_second) {
            offset = std::max(offset, sample->identity + 1);
          }
          if (sample && in_second) sample->identity += offset;
          return sample;
        });
  });
}

/// What a function makes of each sample, with or without a key.
template <class S, class F>
auto map_stream(const StreamPointer<S>& node, F f, std::int64_t seed) {
  using Call = Mapped<F, S>;
  using R = typename Call::type;
  const int maps = node->maps() + 1;
  return stream_node<R>(maps, [node, f = std::move(f), seed, maps](std::int64_t epoch) {
    return cursor<R>([inner = node->open(epoch), f, seed, maps, epoch]() -> std::optional<Deferred<R>> {
      auto one = inner->next();
      if (!one) return std::nullopt;
      const std::int64_t identity = one->identity;
      return Deferred<R>{identity, [make = std::move(one->make), f, seed, maps, epoch, identity] {
                           return Call::call(
                               f, seed, maps, epoch, [&] { return identity; }, make());
                         }};
    });
  });
}

/// Holds `buffer` samples, and gives one of them, drawn at random, when another one comes.
template <class S>
class ShuffleCursor final : public Cursor<S> {
 public:
  ShuffleCursor(std::unique_ptr<Cursor<S>> inner, std::size_t buffer, std::int64_t seed, std::int64_t epoch)
      : inner_(std::move(inner)), size_(buffer), numbers_(seed, Numbers::Purpose::buffer, epoch) {}

  std::optional<Deferred<S>> next() override {
    while (inner_ && held_.size() < size_) {
      auto sample = inner_->next();
      if (sample) {
        held_.push_back(std::move(*sample));
      } else {
        inner_.reset();
      }
    }
    if (held_.empty()) return std::nullopt;
    std::swap(held_[numbers_.below(held_.size())], held_.back());
    std::optional<Deferred<S>> out(std::move(held_.back()));
    held_.pop_back();
    return out;
  }

 private:
  std::unique_ptr<Cursor<S>> inner_;  // null once it has ended
  std::size_t size_;
  Numbers numbers_;
  std::vector<Deferred<S>> held_;
};

/// Batches: of samples as they come, or by length.
template <class S, class B>
class BatchCursor final : public Cursor<B> {
 public:
  using Collate = std::function<B(std::vector<S>)>;
  BatchCursor(std::unique_ptr<Cursor<S>> inner, std::size_t size, data::CollateOptions<S> options,
              Collate collate)
      : inner_(std::move(inner)),
        size_(size),
        options_(std::move(options)),
        collate_(std::move(collate)),
        buckets_(options_.buckets, size) {}

  std::optional<Deferred<B>> next() override {
    std::vector<Deferred<S>> batch = inner_ ? collect() : std::vector<Deferred<S>>();
    if (batch.empty() && !inner_) batch = buckets_.take_rest();
    if (batch.empty() || (batch.size() < size_ && options_.drop_remainder)) return std::nullopt;
    return Deferred<B>{number_++, [batch = std::move(batch), collate = collate_] {
                         std::vector<S> samples;
                         samples.reserve(batch.size());
                         for (const Deferred<S>& one : batch) samples.push_back(one.make());
                         return collate(std::move(samples));
                       }};
  }

 private:
  // The next batch that is full, or what there is at the end; by length, nothing at the end.
  std::vector<Deferred<S>> collect() {
    std::vector<Deferred<S>> batch;
    while (batch.size() < size_) {
      auto sample = inner_->next();
      if (!sample) {
        inner_.reset();
        break;
      }
      if (options_.buckets.empty()) {
        batch.push_back(std::move(*sample));
      } else {
        auto made = std::make_shared<S>(sample->make());
        const std::int64_t length = length_of(options_, *made);
        batch = buckets_.add(length, {sample->identity, [made] { return *made; }});
      }
    }
    return batch;
  }

  std::unique_ptr<Cursor<S>> inner_;  // null once it has ended
  std::size_t size_;
  data::CollateOptions<S> options_;
  Collate collate_;
  Bucketing<Deferred<S>> buckets_;
  std::int64_t number_ = 0;
};

void check_stream_batch(std::int64_t size, std::span<const std::int64_t> buckets);
void check_buffer(std::int64_t size);
void check_stream_shard(std::int64_t index, std::int64_t count);

}  // namespace copse::data_detail
