// Batches made ahead by threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "copse/data/dataset.hpp"
#include "copse/data/source.hpp"
#include "copse/data/stream.hpp"

namespace copse::data {

struct LoaderOptions {
  std::optional<std::int64_t> batch_size =
      std::nullopt;  ///< of a dataset's or a stream's batches; 32 by default
  int workers = 1;   ///< threads that make batches; 0: they are made when they are asked for
  int prefetch = 2;  ///< batches that are made ahead, beside those that the workers are at
};

}  // namespace copse::data

namespace copse::data_detail {

[[noreturn]] std::int64_t no_size();
/// Throws ValueError if there are batches, and a size for them.
void check_no_batch_size(const data::LoaderOptions& options);
constexpr std::int64_t default_batch_size = 32;

/// What there is to make, piece by piece.
class Work {
 public:
  /// Makes one value; may run beside others.
  using Job = std::function<std::shared_ptr<const void>()>;
  virtual ~Work() = default;
  virtual void start(std::int64_t epoch, std::int64_t index) = 0;
  /// The next job; none at the end of the epoch. Called by one thread at a time.
  virtual Job claim() = 0;
};

/// Values made by threads and handed out in order. Untyped: what a Loader is.
class Prefetcher {
 public:
  /// Throws ValueError for negative numbers of workers or batches.
  Prefetcher(std::unique_ptr<Work> work, const data::LoaderOptions& options);
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// Drops what was made ahead, and goes to a place.
  void start(std::int64_t epoch, std::int64_t index);
  /// The next value; null at the end. Throws what making it has thrown; what comes next is the one after it.
  std::shared_ptr<const void> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <class B>
class BatchesWork final : public Work {
 public:
  explicit BatchesWork(data::Batches<B> batches) : batches_(std::move(batches)) {}
  void start(std::int64_t epoch, std::int64_t index) override {
    epoch_ = epoch;
    at_ = index;
  }
  Job claim() override {
    if (at_ >= batches_.size()) return {};
    return [this, epoch = epoch_, index = at_++] {
      return std::make_shared<const B>(batches_.at(epoch, index));
    };
  }

 private:
  const data::Batches<B> batches_;
  std::int64_t epoch_ = 0, at_ = 0;
};

template <class B>
class StreamWork final : public Work {
 public:
  explicit StreamWork(data::StreamBatches<B> batches) : batches_(std::move(batches)) {}
  void start(std::int64_t epoch, std::int64_t index) override {
    cursor_.reset();
    epoch_ = epoch;
    skip_ = index;
  }
  Job claim() override {
    if (!cursor_) cursor_ = batches_.open(epoch_, skip_);
    auto batch = cursor_->next();
    if (!batch) return {};
    return [make = std::move(batch->make)] { return std::make_shared<const B>(make()); };
  }

 private:
  const data::StreamBatches<B> batches_;
  std::unique_ptr<Cursor<B>> cursor_;  // opened by the thread that reads first
  std::int64_t epoch_ = 0, skip_ = 0;
};

}  // namespace copse::data_detail

namespace copse::data {

/// Makes the batches of a dataset or a stream ahead, on threads of its own, so that a step does not wait for
/// them:
///
///     data::Loader loader{data::arrays(x, y).shuffle(0).map(augment).batch(64), {.workers = 2}};
///     trainer.fit(loader, {.epochs = 10});
///
/// Batches come in order and are the same for any number of workers. A stream is read by one worker at a
/// time, its samples are made by all. What a worker throws is thrown by `next`, where the batch would have
/// come. The threads start with the first epoch and end with the loader.
template <class B>
class Loader final : public Source<B> {
 public:
  explicit Loader(Batches<B> batches, const LoaderOptions& options = {})
      : batches_(batches.batches()),
        samples_(batches.samples()),
        prefetcher_(std::make_unique<data_detail::BatchesWork<B>>(std::move(batches)), options) {
    data_detail::check_no_batch_size(options);
  }
  explicit Loader(StreamBatches<B> batches, const LoaderOptions& options = {})
      : prefetcher_(std::make_unique<data_detail::StreamWork<B>>(std::move(batches)), options) {
    data_detail::check_no_batch_size(options);
  }
  /// Of samples, in batches of `batch_size`.
  explicit Loader(const Dataset<B>& samples, const LoaderOptions& options = {})
      : Loader(samples.batch(options.batch_size.value_or(data_detail::default_batch_size)),
               without_size(options)) {}
  explicit Loader(const Stream<B>& samples, const LoaderOptions& options = {})
      : Loader(samples.batch(options.batch_size.value_or(data_detail::default_batch_size)),
               without_size(options)) {}

  /// How many batches there are in an epoch; throws ValueError for those of a stream.
  std::int64_t size() const { return batches_ ? *batches_ : data_detail::no_size(); }
  void start(std::int64_t epoch, std::int64_t skip = 0) override { prefetcher_.start(epoch, skip); }
  std::optional<B> next() override {
    const auto batch = std::static_pointer_cast<const B>(prefetcher_.next());
    return batch ? std::optional<B>(*batch) : std::nullopt;
  }
  bool repeatable() const override { return true; }
  std::optional<std::int64_t> batches() const override { return batches_; }
  std::optional<std::int64_t> samples() const override { return samples_; }

  /// The batches of an epoch, to be gone through once.
  EpochRange<B> epoch(std::int64_t number) && = delete;  // a loader that ends before the loop does
  EpochRange<B> epoch(std::int64_t number) & {
    start(number);
    return EpochRange<B>(this);
  }

 private:
  static LoaderOptions without_size(LoaderOptions options) {
    options.batch_size.reset();
    return options;
  }

  std::optional<std::int64_t> batches_, samples_;  // in an epoch; not known of a stream
  data_detail::Prefetcher prefetcher_;
};

template <class B>
Loader(Batches<B>, LoaderOptions = {}) -> Loader<B>;
template <class B>
Loader(StreamBatches<B>, LoaderOptions = {}) -> Loader<B>;
template <class S>
Loader(Dataset<S>, LoaderOptions = {}) -> Loader<S>;
template <class S>
Loader(Stream<S>, LoaderOptions = {}) -> Loader<S>;

}  // namespace copse::data
