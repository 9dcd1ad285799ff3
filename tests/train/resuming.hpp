// What tests of interrupted trainings share: a struct with all kinds of state, and a source that is more than
// an order of samples.
#pragma once

#include <deque>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "copse/nn/dropout.hpp"
#include "copse/nn/norm.hpp"
#include "networks.hpp"

namespace testing_train {

/// Running statistics, a count of its own, and random numbers.
struct Stateful {
  nn::Linear hidden{6};
  nn::BatchNorm norm{};
  nn::Dropout dropout{0.2};
  nn::Linear logits{2};
  State<Array> calls = zeros({}, DType::int32);

  Array operator()(Scope& scope, const Array& x) {
    if (scope.training()) calls = calls + 1;
    return logits(scope, dropout(scope, tanh(norm(scope, hidden(scope, x)))));
  }
};

inline Trainer<Stateful> stateful_trainer() {
  return Trainer{Stateful{},
                 {.optimizer = optim::adam(optim::exponential_decay(0.05, 5, 0.9)),
                  .losses = {losses::CrossEntropy{}},
                  .metrics = {metrics::Accuracy{}},
                  .seed = 11}};
}

/// Reads samples one after the other, as from a file, and gives them from a buffer in random order; reads
/// ahead by some batches, as workers do. Epochs go on where the last one ended.
class Stream final : public data::Source<Batch> {
 public:
  static constexpr std::int64_t batches_in_epoch = 5, batch_size = 8, ahead = 3;

  void start(std::int64_t, std::int64_t skip) override {
    if (restored_) skip = 0;
    restored_ = false;
    for (; skip > 0; --skip) (void)next();
    left_ = batches_in_epoch - used_ % batches_in_epoch;
  }
  std::optional<Batch> next() override {
    if (left_ == 0) return std::nullopt;
    while (static_cast<std::int64_t>(ready_.size()) < ahead) ready_.push_back(read());
    Ready out = std::move(ready_.front());
    ready_.pop_front();
    position_ = out.position;
    random_ = out.random;
    buffer_ = out.buffer;
    ++used_;
    --left_;
    return out.batch;
  }
  std::optional<std::int64_t> batches() const override { return batches_in_epoch; }

  io::Store state() const override {
    io::Store out;
    out.set("used", used_);
    out.set("position", position_);
    out.set("random", random_);
    out.set("buffer", buffer_);
    return out;
  }
  void restore(const io::Store& state) override {
    used_ = state.get<std::int64_t>("used");
    position_ = read_position_ = state.get<std::int64_t>("position");
    random_ = state.get<std::string>("random");
    std::istringstream(random_) >> generator_;
    buffer_ = read_buffer_ = state.get<std::vector<std::int64_t>>("buffer");
    ready_.clear();
    restored_ = true;
  }

 private:
  // A batch, and how the reader stood after it.
  struct Ready {
    Batch batch;
    std::int64_t position;
    std::string random;
    std::vector<std::int64_t> buffer;
  };
  Ready read() {
    std::vector<std::int64_t> rows;
    for (std::int64_t i = 0; i < batch_size; ++i) {
      while (read_buffer_.size() < 20) read_buffer_.push_back(read_position_++ % inputs().shape(0));
      const std::size_t pick = generator_() % read_buffer_.size();
      rows.push_back(read_buffer_[pick]);
      read_buffer_.erase(read_buffer_.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    std::ostringstream random;
    random << generator_;
    return {{data::gather(inputs(), rows), data::gather(classes(), rows), {}},
            read_position_,
            random.str(),
            read_buffer_};
  }

  std::int64_t used_ = 0, left_ = 0;
  bool restored_ = false;
  std::int64_t position_ = 0, read_position_ = 0;
  std::minstd_rand generator_{7};
  std::string random_ = "7";
  std::vector<std::int64_t> buffer_, read_buffer_;
  std::deque<Ready> ready_;
};

}  // namespace testing_train
