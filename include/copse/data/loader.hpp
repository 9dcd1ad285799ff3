// Batches made ahead by threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "copse/data/dataset.hpp"
#include "copse/data/source.hpp"

namespace copse::data {

struct LoaderOptions {
  int workers = 1;   ///< threads that make batches; 0: they are made when they are asked for
  int prefetch = 2;  ///< batches that are made ahead, beside those that the workers are at
};

}  // namespace copse::data

namespace copse::data_detail {

/// Values by number, made by threads and handed out in order. Untyped: what a Loader is.
class Prefetcher {
 public:
  using Make = std::function<std::shared_ptr<const void>(std::int64_t epoch, std::int64_t index)>;
  /// Throws ValueError for negative numbers of workers or batches.
  Prefetcher(Make make, std::int64_t count, const data::LoaderOptions& options);
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

}  // namespace copse::data_detail

namespace copse::data {

/// Makes the batches of a dataset ahead, on threads of its own, so that a step does not wait for them:
///
///     data::Loader loader{data::arrays(x, y).shuffle(0).map(augment).batch(64), {.workers = 2}};
///     trainer.fit(loader, {.epochs = 10});
///
/// Batches come in order and are the same for any number of workers. What a worker throws is thrown by
/// `next`, where the batch would have come. The threads start with the first epoch and end with the loader.
template <class B>
class Loader final : public Source<B> {
 public:
  explicit Loader(Batches<B> batches, const LoaderOptions& options = {})
      : batches_(std::move(batches)),
        prefetcher_(
            [batches = batches_](std::int64_t epoch, std::int64_t index) -> std::shared_ptr<const void> {
              return std::make_shared<const B>(batches.at(epoch, index));
            },
            batches_.size(), options) {}

  std::int64_t size() const { return batches_.size(); }
  void start(std::int64_t epoch, std::int64_t skip = 0) override { prefetcher_.start(epoch, skip); }
  std::optional<B> next() override {
    const auto batch = std::static_pointer_cast<const B>(prefetcher_.next());
    return batch ? std::optional<B>(*batch) : std::nullopt;
  }
  std::optional<std::int64_t> batches() const override { return batches_.batches(); }
  std::optional<std::int64_t> samples() const override { return batches_.samples(); }

  /// The batches of an epoch, to be gone through once.
  EpochRange<B> epoch(std::int64_t number) && = delete;  // a loader that ends before the loop does
  EpochRange<B> epoch(std::int64_t number) & {
    start(number);
    return EpochRange<B>(this);
  }

 private:
  Batches<B> batches_;
  data_detail::Prefetcher prefetcher_;
};

template <class B>
Loader(Batches<B>) -> Loader<B>;
template <class B>
Loader(Batches<B>, LoaderOptions) -> Loader<B>;

}  // namespace copse::data
