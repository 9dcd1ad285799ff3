// Epochs of a number of batches that is given.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "copse/data/source.hpp"

namespace copse::data_detail {

/// How many batches there are before one, in epochs of `steps`. Throws ShapeError where 64 bits do not hold
/// it.
std::int64_t batches_before(std::int64_t epoch, std::int64_t steps, std::int64_t skip);

/// A source whose epochs have `steps` batches, and go on in the data where the last one ended.
template <class B>
class Stepped final : public data::Source<B> {
 public:
  Stepped(std::shared_ptr<data::Source<B>> source, std::int64_t steps)
      : source_(std::move(source)), steps_(steps) {}

  void start(std::int64_t epoch, std::int64_t skip) override {
    const std::int64_t place = batches_before(epoch, steps_, skip);
    left_ = steps_ - skip;
    if (const auto place_in_pass = std::exchange(restored_, std::nullopt)) {
      go_to(place_in_pass->first, place_in_pass->second);
    } else if (place != place_ || !begun_) {
      seek(place);
    }
    place_ = place;
  }
  std::optional<B> next() override {
    if (left_ <= 0) return std::nullopt;
    --left_;
    return advance();
  }
  std::optional<std::int64_t> batches() const override { return steps_; }
  std::optional<std::int64_t> samples() const override {
    return source_->batches() == steps_ ? source_->samples() : std::nullopt;
  }

  io::Store state() const override {
    io::Store out;
    out.set("pass", pass_);
    out.set("at", at_);
    return out;
  }
  void restore(const io::Store& state) override {
    restored_.emplace(state.get<std::int64_t>("pass"), state.get<std::int64_t>("at"));
  }

 private:
  void go_to(std::int64_t pass, std::int64_t at) {
    pass_ = pass;
    at_ = at;
    begun_ = true;
    source_->start(pass, at);
  }
  void seek(std::int64_t place) {
    const std::int64_t count = source_->batches().value_or(0);
    if (count > 0) return go_to(place / count, place % count);
    go_to(0, 0);  // of a stream only reading tells how many there are
    for (std::int64_t i = 0; i < place && advance(); ++i) {
    }
  }
  std::optional<B> advance() {
    auto batch = source_->next();
    if (!batch && at_ > 0) {
      go_to(pass_ + 1, 0);
      batch = source_->next();
    }
    if (batch) {
      ++at_;
      ++place_;
    }
    return batch;
  }

  std::shared_ptr<data::Source<B>> source_;
  std::int64_t steps_;
  std::int64_t left_ = 0;
  std::int64_t pass_ = 0, at_ = 0;  // an epoch of the source, and the batches of it that were used
  std::int64_t place_ = 0;          // batches used in all
  bool begun_ = false;
  std::optional<std::pair<std::int64_t, std::int64_t>> restored_;
};

}  // namespace copse::data_detail
