#include "copse/train/loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/train/callbacks/progress_bar.hpp"
#include "copse/train/strategy.hpp"
#include "interrupt.hpp"

namespace copse {
namespace {

std::optional<std::int64_t> steps_of(const Feed& feed, std::optional<std::int64_t> wanted) {
  const auto known = feed.batches();
  return wanted ? wanted : known;
}

std::optional<std::int64_t> samples_of(const Feed& feed, std::optional<std::int64_t> wanted) {
  return wanted && feed.batches() != wanted ? std::nullopt : feed.total_samples();
}

Logs with_size(Logs logs, std::int64_t samples) {
  logs.set("size", samples);
  return logs;
}

}  // namespace

bool ValidationFreq::now(int epoch) const {
  if (listed_) return std::find(epochs_.begin(), epochs_.end(), epoch + 1) != epochs_.end();
  return (epoch + 1) % every_ == 0;
}

TrainLoop::TrainLoop(TrainerBase& trainer, const Callbacks& callbacks, int verbose) : trainer_(trainer) {
  bool has_bar = false;
  for (const AnyCallback& callback : callbacks) {
    has_bar = has_bar || dynamic_cast<const callbacks::ProgressBar*>(&callback.get()) != nullptr;
    callbacks_.push_back(callback.instance());
  }
  if (verbose != 0 && !has_bar) callbacks_.push_back(std::make_shared<callbacks::ProgressBar>());
}

bool TrainLoop::stopped() const { return trainer_.stopping_ || InterruptGuard::interrupted(); }

// Lets the trainer ask the loop what to remember, for as long as it runs.
class TrainLoop::Running {
 public:
  Running(TrainLoop& loop, Feed& feed) : trainer_(loop.trainer_), outer_(trainer_.running_) {
    loop.feed_ = &feed;
    outer_.loop = std::exchange(trainer_.running_.loop, &loop);
  }
  ~Running() {
    trainer_.running_.loop = outer_.loop;
    trainer_.running_.in_hook = false;
    trainer_.running_.saves.clear();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  TrainerBase& trainer_;
  TrainerBase::Running outer_;
};

void TrainLoop::fit(Feed& train, Feed* validation, const LoopOptions& options) {
  if (options.epochs < 0 || options.initial_epoch < 0) {
    throw ValueError(fmt::format("fit: epochs is {} and initial_epoch {}, wanted 0 or more", options.epochs,
                                 options.initial_epoch));
  }
  if (options.steps && *options.steps < 1) {
    throw ValueError(fmt::format("fit: steps_per_epoch is {}, wanted 1 or more", *options.steps));
  }
  if (options.validation_steps && *options.validation_steps < 1) {
    throw ValueError(fmt::format("fit: validation_steps is {}, wanted 1 or more", *options.validation_steps));
  }
  if (options.validation_freq.every() < 1) {
    throw ValueError(
        fmt::format("fit: validation_freq is {}, wanted 1 or more", options.validation_freq.every()));
  }
  const InterruptGuard interrupts(options.handle_interrupt);
  trainer_.stopping_ = false;
  trainer_.history_ = History();
  trainer_.run_ = {options.epochs,
                   options.initial_epoch,
                   steps_of(train, options.steps),
                   samples_of(train, options.steps),
                   options.verbose,
                   validation != nullptr};
  // A training that was saved within an epoch goes on there.
  const bool resumes =
      std::exchange(trainer_.resuming_, false) && trainer_.progress_.epoch == options.initial_epoch;
  std::int64_t skip = resumes ? trainer_.progress_.batch : 0;
  const io::Store before = std::exchange(trainer_.run_state_, io::Store());
  const Running running(*this, train);

  each(&Callback::on_train_begin);
  average_.reset();
  if (resumes) resume(before);
  Logs logs;
  for (int epoch = options.initial_epoch; epoch < options.epochs && !stopped(); ++epoch) {
    if (skip == 0) trainer_.reset_metrics();
    each(&Callback::on_epoch_begin, epoch);
    logs = train_epoch(train, epoch, skip, options.steps);
    skip = 0;
    if (validation != nullptr && options.validation_freq.now(epoch) && !stopped()) {
      bool whole = true;
      const Logs tested = test(*validation, options.validation_steps, whole);
      // Of a part of the data, numbers would stand beside those of all of it, and might be taken for the
      // best.
      if (whole) {
        for (const auto& [name, value] : tested) logs.set("val_" + name, value);
      }
    }
    trainer_.history_.add(epoch, logs);
    each(&Callback::on_epoch_end, epoch, logs);
  }
  trainer_.run_state_ = state();
  each(&Callback::on_train_end, logs);
}

Logs TrainLoop::train_epoch(Feed& feed, int epoch, std::int64_t skip, std::optional<std::int64_t> steps) {
  if (skip == 0) average_.reset();
  Progress& progress = trainer_.progress_;
  progress.epoch = epoch;
  progress.batch = skip;
  feed.start(epoch, skip);
  std::int64_t batch = skip;
  bool complete = true;
  for (; !steps || batch < *steps; ++batch) {
    if (batch > skip && stopped()) {
      complete = feed.batches() == batch;
      break;
    }
    if (!feed.next()) {
      if (steps) {
        std::fprintf(stderr, "fit: the data ended after %lld of %lld batches: the training stops\n",
                     static_cast<long long>(batch), static_cast<long long>(*steps));
        trainer_.stop();
      }
      break;
    }
    each(&Callback::on_train_batch_begin, batch);
    const std::int64_t samples = feed.samples();
    average_.add(feed.step(), samples);
    progress.batch = batch + 1;
    ++progress.steps;
    each(&Callback::on_train_batch_end, batch, with_size(average_.result(), samples));
  }
  if (batch == 0) throw ValueError(fmt::format("fit: there is no batch in epoch {}", epoch + 1));
  if (complete) {
    progress.epoch = epoch + 1;
    progress.batch = 0;
  }
  return average_.result();
}

Logs TrainLoop::test(Feed& feed, std::optional<std::int64_t> steps, bool& whole) {
  LogAverage average;
  each(&Callback::on_test_begin);
  trainer_.reset_metrics();
  feed.start(0, 0);
  std::int64_t batch = 0;
  whole = true;
  for (; !steps || batch < *steps; ++batch) {
    if (batch > 0 && stopped()) {
      whole = feed.batches() == batch;
      break;
    }
    if (!feed.next()) break;
    each(&Callback::on_test_batch_begin, batch);
    const std::int64_t samples = feed.samples();
    average.add(feed.step(), samples);
    each(&Callback::on_test_batch_end, batch, with_size(average.result(), samples));
  }
  if (batch == 0) throw ValueError("evaluate: there is no batch");
  Logs logs = average.result();
  each(&Callback::on_test_end, logs);
  return logs;
}

Logs TrainLoop::evaluate(Feed& feed, std::optional<std::int64_t> steps, int verbose) {
  trainer_.stopping_ = false;
  trainer_.run_ = {1, 0, steps_of(feed, steps), samples_of(feed, steps), verbose, false};
  bool whole = true;
  return test(feed, steps, whole);
}

void TrainLoop::predict(Feed& feed, std::optional<std::int64_t> steps, int verbose) {
  trainer_.stopping_ = false;
  trainer_.run_ = {1, 0, steps_of(feed, steps), samples_of(feed, steps), verbose, false};
  each(&Callback::on_predict_begin);
  feed.start(0, 0);
  for (std::int64_t batch = 0;
       (!steps || batch < *steps) && (batch == 0 || !trainer_.stopping_) && feed.next(); ++batch) {
    each(&Callback::on_predict_batch_begin, batch);
    (void)feed.step();
    each(&Callback::on_predict_batch_end, batch, with_size(Logs(), feed.samples()));
  }
  each(&Callback::on_predict_end);
}

namespace strategy {

Strategy data_parallel(int replicas) {
  if (replicas < 1)
    throw ValueError(fmt::format("data_parallel: got {} replicas, wanted 1 or more", replicas));
  return {Strategy::Mode::data_parallel, replicas};
}

}  // namespace strategy
}  // namespace copse
