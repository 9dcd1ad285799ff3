// Sources of batches: arrays cut into batches, batches that are there already, generators.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/core/moved.hpp"
#include "copse/data/samples.hpp"
#include "copse/io/store.hpp"

namespace copse::data {

/// Batches of type B, one epoch after the other. Derive from it to feed a trainer in one's own way.
template <class B>
class Source {
 public:
  using batch_type = B;
  virtual ~Source() = default;
  /// Begins an epoch (counted from 0), `skip` batches into it. What comes then must depend on nothing else if
  /// a training is to be repeatable.
  virtual void start(std::int64_t epoch, std::int64_t skip) = 0;
  /// The next batch; none at the end of the epoch.
  virtual std::optional<B> next() = 0;
  /// Where it stands, for a source whose batches do not follow from epoch and skip alone: how much of an
  /// endless stream was used, say. That is after the batch that `next` gave last: what a source has read
  /// ahead is not used yet. Part of the checkpoints that are written in a training on it.
  virtual io::Store state() const { return {}; }
  /// Goes on from what `state` gave in another process. `start` comes after it, as if there were no state:
  /// with the epoch, and the batches of it that were used.
  virtual void restore(const io::Store& /*state*/) {}
  /// Whether what comes depends on the epoch and the batches that were passed over alone. Epochs of another
  /// length
  /// (`steps_per_epoch`) then go on in the data where the last one ended, and begin the next pass at its end.
  virtual bool repeatable() const { return false; }
  /// Batches and samples in an epoch, if known.
  virtual std::optional<std::int64_t> batches() const { return std::nullopt; }
  virtual std::optional<std::int64_t> samples() const { return std::nullopt; }
};

template <class X>
concept IsSource =
    requires { typename X::batch_type; } && std::derived_from<X, Source<typename X::batch_type>>;

/// What a source gives from where it stands to the end of the epoch, to be gone through once.
template <class B>
class EpochRange {
 public:
  class Iterator {
   public:
    explicit Iterator(Source<B>* source) : source_(source) { ++*this; }
    const B& operator*() const { return *batch_; }
    const B* operator->() const { return &*batch_; }
    Iterator& operator++() {
      batch_ = source_->next();
      return *this;
    }
    bool operator==(std::default_sentinel_t) const { return !batch_; }

   private:
    Source<B>* source_;
    std::optional<B> batch_;
  };
  /// Of a source that outlives the range, or that it keeps.
  explicit EpochRange(Source<B>* source) : source_(source) {}
  explicit EpochRange(std::shared_ptr<Source<B>> kept) : source_(kept.get()), kept_(std::move(kept)) {}
  Iterator begin() const { return Iterator(source_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  Source<B>* source_;
  std::shared_ptr<Source<B>> kept_;
};

/// A source whose epochs can be gone through in a loop: `for (auto& batch : dataset.batch(32).epoch(0))`.
template <class Derived, class B>
class EpochSource : public Source<B> {
 public:
  /// The batches of an epoch, to be gone through once.
  EpochRange<B> epoch(std::int64_t number) & {
    this->start(number, 0);
    return EpochRange<B>(this);
  }
  /// Of a temporary, which the range keeps.
  EpochRange<B> epoch(std::int64_t number) && {
    auto kept = std::make_shared<Derived>(std::move(static_cast<Derived&>(*this)));
    kept->start(number, 0);
    return EpochRange<B>(std::move(kept));
  }
};

/// One of several parts of every batch, such as that of one of several processes: parts are as equal as they
/// can be, and lie one behind the other.
struct Part {
  std::int64_t index = 0, count = 1;
  /// Its place among so many samples; it may be empty.
  std::int64_t begin(std::int64_t samples) const { return samples * index / count; }
  std::int64_t end(std::int64_t samples) const { return samples * (index + 1) / count; }
};

struct BatchOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  std::int64_t seed = 0;
  bool drop_remainder = false;  ///< leaves out the last batch if it is smaller
  /// Batches in an epoch. Epochs then need not begin with a pass over the samples: they go on where the last
  /// one ended.
  std::optional<std::int64_t> steps = std::nullopt;
  Part part{};  ///< of each batch only this is given
};

/// Where the batches of an epoch lie: the arithmetic of ArrayBatches. Using one that has been moved from
/// throws ValueError.
class BatchPlan {
 public:
  /// Throws ValueError for a batch size below 1, or where dropping the remainder would drop everything.
  BatchPlan(const char* function, std::int64_t samples, const BatchOptions& options);

  void start(std::int64_t epoch, std::int64_t skip);
  /// The positions of the samples of the next batch; none at the end of the epoch. Consecutive unless
  /// shuffled. None, but not the end, where the part of a small batch is empty.
  std::optional<std::span<const std::int64_t>> next();
  std::int64_t batches() const { return options_.steps.value_or(per_pass_); }
  std::optional<std::int64_t> samples() const;
  bool shuffled() const { return options_.shuffle; }

 private:
  BatchOptions options_;
  std::int64_t samples_;
  std::int64_t per_pass_;
  std::int64_t at_ = 0, end_ = 0;
  std::int64_t pass_ = -1;  // of which order_ is
  std::vector<std::int64_t> order_;
  copse::detail::Presence here_;
};

/// A tree of arrays, cut into batches along the first axis of all of them:
///
///     data::ArrayBatches batches{Batch{x, y}, {.batch_size = 64, .shuffle = true}};
///     for (const Batch& batch : batches.epoch(0)) ...
///
/// The last batch is smaller if the samples don't divide. The order of the samples depends on seed and epoch
/// alone.
template <class B>
class ArrayBatches final : public EpochSource<ArrayBatches<B>, B> {
 public:
  ArrayBatches(B samples, const BatchOptions& options = {}, const char* function = "ArrayBatches")
      : samples_(std::move(samples)), plan_(function, sample_count(samples_, function), options) {
    plan_.start(0, 0);
  }

  void start(std::int64_t epoch, std::int64_t skip = 0) override { plan_.start(epoch, skip); }
  std::optional<B> next() override {
    const auto positions = plan_.next();
    if (!positions) return std::nullopt;
    if (positions->empty()) return slice_samples(samples_, 0, 0);
    if (plan_.shuffled()) return gather_samples(samples_, *positions);
    return slice_samples(samples_, positions->front(), positions->back() + 1);
  }
  bool repeatable() const override { return true; }
  std::optional<std::int64_t> batches() const override { return plan_.batches(); }
  std::optional<std::int64_t> samples() const override { return plan_.samples(); }

 private:
  B samples_;
  BatchPlan plan_;
};

/// Batches that are there already, each as it is; in another order each epoch if shuffled.
template <class B>
class ListedBatches final : public Source<B> {
 public:
  explicit ListedBatches(std::vector<B> batches, bool shuffle = false, std::int64_t seed = 0,
                         std::optional<std::int64_t> steps = std::nullopt,
                         const char* function = "ListedBatches")
      : batches_(std::move(batches)),
        plan_(function, static_cast<std::int64_t>(batches_.size()),
              {.batch_size = 1, .shuffle = shuffle, .seed = seed, .steps = steps}) {
    plan_.start(0, 0);
  }

  void start(std::int64_t epoch, std::int64_t skip = 0) override { plan_.start(epoch, skip); }
  std::optional<B> next() override {
    const auto position = plan_.next();
    if (!position) return std::nullopt;
    return batches_[static_cast<std::size_t>(position->front())];
  }
  bool repeatable() const override { return true; }
  std::optional<std::int64_t> batches() const override { return plan_.batches(); }

 private:
  std::vector<B> batches_;
  BatchPlan plan_;
};

/// One part of each batch of a source.
template <class B>
class PartsOfBatches final : public Source<B> {
 public:
  PartsOfBatches(std::shared_ptr<Source<B>> source, Part part) : source_(std::move(source)), part_(part) {}

  void start(std::int64_t epoch, std::int64_t skip = 0) override { source_->start(epoch, skip); }
  std::optional<B> next() override {
    const auto batch = source_->next();
    if (!batch) return std::nullopt;
    const std::int64_t n = sample_count(*batch, "PartsOfBatches");
    return slice_samples(*batch, part_.begin(n), part_.end(n));
  }
  bool repeatable() const override { return source_->repeatable(); }
  std::optional<std::int64_t> batches() const override { return source_->batches(); }
  std::optional<std::int64_t> samples() const override { return source_->samples(); }
  io::Store state() const override { return source_->state(); }
  void restore(const io::Store& state) override { source_->restore(state); }

 private:
  std::shared_ptr<Source<B>> source_;
  Part part_;
};

/// Batches from a function: one a call, none when it is done for this epoch. Epochs go on where the last one
/// ended. A training that goes on in another process passes over what it has used: the function must begin
/// anew there.
template <class B>
class GeneratedBatches final : public Source<B> {
 public:
  explicit GeneratedBatches(std::function<std::optional<B>()> next) : next_(std::move(next)) {}

  void start(std::int64_t, std::int64_t skip = 0) override {
    for (std::int64_t used = std::exchange(used_, std::nullopt).value_or(skip); used > 0; --used)
      (void)next();
  }
  std::optional<B> next() override {
    ++calls_;
    return next_.get("GeneratedBatches")();
  }
  io::Store state() const override {
    io::Store out;
    out.set("calls", calls_);
    return out;
  }
  void restore(const io::Store& state) override { used_ = state.get<std::int64_t>("calls"); }

 private:
  copse::detail::Callable<std::function<std::optional<B>()>> next_;
  std::int64_t calls_ = 0;
  std::optional<std::int64_t> used_{};  // calls to pass over at the next start
};

}  // namespace copse::data
