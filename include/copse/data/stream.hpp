// Streams: samples that come one by one, from a file, say, that is read as it is used.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "copse/data/collate.hpp"
#include "copse/data/source.hpp"
#include "copse/data/stream_nodes.hpp"

namespace copse::data {

/// Batches of a stream: a source that a trainer takes, and what a Loader reads ahead. Each epoch reads the
/// stream from its beginning; one that is resumed reads what was used, without making it.
template <class B>
class StreamBatches final : public EpochSource<StreamBatches<B>, B> {
 public:
  explicit StreamBatches(data_detail::StreamPointer<B> node) : node_(std::move(node)) {}
  /// A copy has a pass of its own.
  StreamBatches(const StreamBatches& other) : node_(other.node_) {}
  StreamBatches(StreamBatches&&) noexcept = default;
  StreamBatches& operator=(StreamBatches other) noexcept {
    node_ = std::move(other.node_);
    cursor_ = std::move(other.cursor_);
    return *this;
  }
  ~StreamBatches() override = default;

  /// What `f` makes of each batch, as Batches::map.
  template <class F>
  auto map(F f, std::int64_t seed = 0) const {
    auto node = data_detail::map_stream<B>(node_, std::move(f), seed);
    return StreamBatches<typename data_detail::Mapped<F, B>::type>(std::move(node));
  }

  void start(std::int64_t epoch, std::int64_t skip = 0) override { cursor_ = open(epoch, skip); }
  std::optional<B> next() override {
    if (!cursor_) start(0);
    const auto batch = cursor_->next();
    return batch ? std::optional<B>(batch->make()) : std::nullopt;
  }

  bool repeatable() const override { return true; }

  /// For the layers above: a pass that begins `skip` batches into an epoch.
  std::unique_ptr<data_detail::Cursor<B>> open(std::int64_t epoch, std::int64_t skip) const {
    auto out = node_->open(epoch);
    for (; skip > 0 && out->next(); --skip) {
    }
    return out;
  }

 private:
  data_detail::StreamPointer<B> node_;
  std::unique_ptr<data_detail::Cursor<B>> cursor_;
};

struct BufferOptions {
  std::int64_t buffer = 1024;  ///< samples that are held, of which the next one is drawn
};

/// Samples of type S, one after the other. A value: what is made from a stream leaves it as it is.
///
///     auto train = data::stream([](std::int64_t epoch) { return Lines(path); })   // () -> std::optional<S>
///                      .shuffle(7, {.buffer = 4096})
///                      .map(parse)
///                      .batch(64);
///
/// The function is called for each epoch and gives what reads it: a function that returns the next sample,
/// and nothing at the end. Both are called by one thread at a time, maps by all workers of a Loader.
template <class S>
class Stream {
 public:
  using sample_type = S;
  explicit Stream(data_detail::StreamPointer<S> node) : node_(std::move(node)) {}

  /// In random order, by seed and epoch alone: as far as a buffer goes, which is held in memory. Put it
  /// before maps, whose results are larger than what they are made of.
  Stream shuffle(std::int64_t seed = 0, const BufferOptions& options = {}) const {
    data_detail::check_buffer(options.buffer);
    return Stream(data_detail::stream_node<S>(
        node_->maps(), [node = node_, seed, options](std::int64_t epoch) -> Pass<S> {
          return std::make_unique<data_detail::ShuffleCursor<S>>(
              node->open(epoch), static_cast<std::size_t>(options.buffer), seed, epoch);
        }));
  }

  /// What `f` makes of each sample: f(sample), or f(key, sample) with a key that depends on `seed`, the epoch
  /// and which sample it is.
  template <class F>
  auto map(F f, std::int64_t seed = 0) const {
    auto node = data_detail::map_stream<S>(node_, std::move(f), seed);
    return Stream<typename data_detail::Mapped<F, S>::type>(std::move(node));
  }

  /// The samples for which `f` is true. They are made as they are read.
  template <class F>
  Stream filter(F f) const {
    return Stream(
        data_detail::stream_node<S>(node_->maps(), [node = node_, f = std::move(f)](std::int64_t epoch) {
          return data_detail::cursor<S>(
              [inner = node->open(epoch), f]() -> std::optional<data_detail::Deferred<S>> {
                while (auto one = inner->next()) {
                  auto made = std::make_shared<S>(one->make());
                  if (f(std::as_const(*made)))
                    return data_detail::Deferred<S>{one->identity, [made] { return *made; }};
                }
                return std::nullopt;
              });
        }));
  }

  /// The first samples of each epoch.
  Stream take(std::int64_t count) const {
    return Stream(data_detail::stream_node<S>(node_->maps(), [node = node_, count](std::int64_t epoch) {
      return data_detail::cursor<S>([inner = node->open(epoch), left = count]() mutable {
        return left-- > 0 ? inner->next() : std::nullopt;
      });
    }));
  }

  /// Every `count`-th sample, from `index` on: the part of one of `count` processes. Throws ValueError unless
  /// 0 <= index < count.
  Stream shard(std::int64_t index, std::int64_t count) const {
    data_detail::check_stream_shard(index, count);
    return Stream(
        data_detail::stream_node<S>(node_->maps(), [node = node_, index, count](std::int64_t epoch) {
          return data_detail::cursor<S>([inner = node->open(epoch), count, pass_over = index]() mutable {
            for (; pass_over > 0 && inner->next(); --pass_over) {
            }
            pass_over = count - 1;
            return inner->next();
          });
        }));
  }

  /// These samples, and then those of another stream.
  Stream concat(const Stream& other) const {
    return Stream(data_detail::concat_streams<S>(node_, other.node_));
  }

  /// Batches of `size` samples, as Dataset::batch makes them. Buckets hold up to `size` samples each.
  StreamBatches<S> batch(std::int64_t size, const CollateOptions<S>& options = {}) const {
    static_assert(is_arrays<S>,
                  "copse: only trees of arrays can be stacked: give batch() a function that makes a "
                  "batch of a std::vector of samples");
    const auto padding = data_detail::padding_of(options);
    return batches<S>(size, options, [padding](const std::vector<S>& samples) {
      return data_detail::stack_samples(samples, padding);
    });
  }
  /// Batches made by a function of a std::vector of samples.
  template <class F>
    requires std::invocable<const F&, std::vector<S>>
  auto batch(std::int64_t size, F collate, const CollateOptions<S>& options = {}) const {
    using B = std::remove_cvref_t<std::invoke_result_t<const F&, std::vector<S>>>;
    data_detail::check_no_padding(data_detail::padding_of(options));
    return batches<B>(size, options, std::move(collate));
  }

 private:
  template <class B>
  using Pass = std::unique_ptr<data_detail::Cursor<B>>;

  template <class B>
  StreamBatches<B> batches(std::int64_t size, const CollateOptions<S>& options,
                           std::function<B(std::vector<S>)> collate) const {
    data_detail::check_stream_batch(size, options.buckets);
    return StreamBatches<B>(data_detail::stream_node<B>(
        node_->maps(), [node = node_, size, options, collate](std::int64_t epoch) -> Pass<B> {
          return std::make_unique<data_detail::BatchCursor<S, B>>(
              node->open(epoch), static_cast<std::size_t>(size), options, collate);
        }));
  }

  data_detail::StreamPointer<S> node_;
};

/// The samples that what `open(epoch)` returns gives, call by call, until it gives none.
template <class Open>
  requires std::invocable<const Open&, std::int64_t>
[[nodiscard]] auto stream(Open open) {
  using Read = std::invoke_result_t<const Open&, std::int64_t>;
  using S = typename std::invoke_result_t<Read&>::value_type;
  return Stream<S>(data_detail::stream_node<S>(0, [open = std::move(open)](std::int64_t epoch) {
    return data_detail::cursor<S>(
        [read = open(epoch), number = std::int64_t{0}]() mutable -> std::optional<data_detail::Deferred<S>> {
          auto sample = read();
          if (!sample) return std::nullopt;
          auto made = std::make_shared<S>(std::move(*sample));
          return data_detail::Deferred<S>{number++, [made] { return *made; }};
        });
  }));
}

}  // namespace copse::data
