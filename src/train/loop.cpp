#include "copse/train/loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/train/callbacks/progress_bar.hpp"
#include "copse/train/strategy.hpp"
#include "interrupt.hpp"
#include "meter.hpp"

namespace copse {
namespace {

std::optional<std::int64_t> steps_of(const Feed& feed, std::optional<std::int64_t> wanted) {
  const auto known = feed.batches();
  return wanted ? wanted : known;
}

std::optional<std::int64_t> samples_of(const Feed& feed, std::optional<std::int64_t> wanted) {
  return wanted && feed.batches() != wanted ? std::nullopt : feed.total_samples();
}

// Remembers the names of the losses that a step has reported.
void note_losses(const Logs& logs, std::vector<std::string>& names) {
  for (const auto& [name, value] : logs) {
    if (logs.is_loss(name) && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  }
}

void check(const LoopOptions& options) {
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
}

}  // namespace

bool ValidationFreq::now(int epoch) const {
  if (listed_) return std::find(epochs_.begin(), epochs_.end(), epoch + 1) != epochs_.end();
  return (epoch + 1) % every_ == 0;
}

TrainLoop::TrainLoop(TrainerBase& trainer, const Callbacks& callbacks, int verbose)
    : trainer_(trainer), outer_hook_(trainer.running_.in_hook) {
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

// For the time of a run within another one, such as an evaluation that a callback makes.
class TrainLoop::Within {
 public:
  Within(TrainerBase& trainer, const RunInfo& run)
      : trainer_(trainer),
        run_(std::exchange(trainer.run_, run)),
        stopping_(std::exchange(trainer.stopping_, false)) {}
  ~Within() {
    trainer_.run_ = run_;
    trainer_.stopping_ = stopping_;
  }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  TrainerBase& trainer_;
  RunInfo run_;
  bool stopping_;
};

// Lets the loop know what an epoch has reported so far.
class TrainLoop::Metering {
 public:
  Metering(Meter*& place, Meter& meter) : place_(place) { place_ = &meter; }
  ~Metering() { place_ = nullptr; }
  Metering(const Metering&) = delete;
  Metering& operator=(const Metering&) = delete;

 private:
  Meter*& place_;
};

// Evaluation or prediction, after which the trainer's state is as before.
class TrainLoop::Look {
 public:
  Look(TrainerBase& trainer, Run run) : trainer_(trainer) { trainer_.begin_look(run); }
  ~Look() { trainer_.end_look(); }
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;

 private:
  TrainerBase& trainer_;
};

void TrainLoop::begin(Run run) {
  open_.push_back({run});
  in_hook([&] {
    for (const auto& callback : callbacks_) {
      ++open_.back().told;
      if (run == Run::train) callback->on_train_begin(trainer_);
      if (run == Run::test) callback->on_test_begin(trainer_);
      if (run == Run::predict) callback->on_predict_begin(trainer_);
    }
  });
}

void TrainLoop::end(const EpochLogs& logs) {
  const Open closing = open_.back();
  open_.pop_back();
  std::exception_ptr error;
  in_hook([&] {
    for (std::size_t i = 0; i < closing.told; ++i) {
      try {
        if (closing.run == Run::train) callbacks_[i]->on_train_end(trainer_, logs);
        if (closing.run == Run::test) callbacks_[i]->on_test_end(trainer_, logs);
        if (closing.run == Run::predict) callbacks_[i]->on_predict_end(trainer_);
      } catch (...) {
        if (!error) error = std::current_exception();
      }
    }
  });
  if (error) std::rethrow_exception(error);
}

void TrainLoop::fail() noexcept {
  const std::exception_ptr error = std::current_exception();
  trainer_.running_.in_hook = outer_hook_;
  // The first error is the one to report: what callbacks throw on top of it is not.
  for (const auto& callback : callbacks_) {
    try {
      callback->on_exception(trainer_, error);
    } catch (...) {
    }
  }
  while (!open_.empty()) {
    try {
      end(open_.back().run == Run::train ? last_ : EpochLogs());
    } catch (...) {
    }
  }
}

void TrainLoop::fit(Feed& train, Feed* validation, const LoopOptions& options) {
  check(options);
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
  const io::Store before = std::exchange(trainer_.run_state_, io::Store());
  const Running running(*this, train);
  try {
    begin(Run::train);
    average_.reset();
    if (resumes) resume(before);
    fit_epochs(train, validation, options, resumes ? trainer_.progress_.batch : 0);
    trainer_.run_state_ = state();
    end(last_);
  } catch (...) {
    fail();
    throw;
  }
}

void TrainLoop::fit_epochs(Feed& train, Feed* validation, const LoopOptions& options, std::int64_t skip) {
  for (int epoch = options.initial_epoch; epoch < options.epochs && !stopped(); ++epoch) {
    if (skip == 0) trainer_.reset_metrics();
    trainer_.begin_epoch(epoch);
    each(&Callback::on_epoch_begin, epoch);
    last_ = train_epoch(train, epoch, skip, options.steps);
    skip = 0;
    if (validation != nullptr && options.validation_freq.now(epoch) && !stopped()) {
      bool whole = true;
      const EpochLogs tested = test(*validation, options.validation_steps, whole);
      // Of a part of the data, numbers would stand beside those of all of it, and might be taken for the
      // best.
      if (whole) {
        for (const auto& [name, value] : tested) last_.add("val_" + name, value);
      }
    }
    trainer_.history_.add(epoch, last_);
    each(&Callback::on_epoch_end, epoch, last_);
  }
}

EpochLogs TrainLoop::train_epoch(Feed& feed, int epoch, std::int64_t skip,
                                 std::optional<std::int64_t> steps) {
  if (skip == 0) average_.reset();
  Meter meter(trainer_, average_);
  const Metering metering(meter_, meter);
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
    const BatchInfo info{batch, feed.samples()};
    Logs logs = feed.step();
    note_losses(logs, trainer_.losses_);
    meter.add(std::move(logs), info.samples);
    progress.batch = batch + 1;
    ++progress.steps;
    each(&Callback::on_train_batch_end, info, meter.logs());
  }
  if (batch == 0) throw ValueError(fmt::format("fit: there is no batch in epoch {}", epoch + 1));
  if (complete) {
    progress.epoch = epoch + 1;
    progress.batch = 0;
  }
  return meter.read();
}

std::int64_t TrainLoop::test_batches(Feed& feed, std::optional<std::int64_t> steps, Meter& meter,
                                     bool& whole) {
  feed.start(0, 0);
  std::int64_t batch = 0;
  for (; !steps || batch < *steps; ++batch) {
    if (batch > 0 && stopped()) {
      whole = feed.batches() == batch;
      break;
    }
    if (!feed.next()) break;
    each(&Callback::on_test_batch_begin, batch);
    const BatchInfo info{batch, feed.samples()};
    Logs logs = feed.step();
    note_losses(logs, trainer_.losses_);
    meter.add(std::move(logs), info.samples);
    each(&Callback::on_test_batch_end, info, meter.logs());
  }
  return batch;
}

EpochLogs TrainLoop::test(Feed& feed, std::optional<std::int64_t> steps, bool& whole) {
  whole = true;
  begin(Run::test);
  EpochLogs logs;
  {
    const Look look(trainer_, Run::test);
    LogAverage average;
    Meter meter(trainer_, average);
    if (test_batches(feed, steps, meter, whole) == 0) throw ValueError("evaluate: there is no batch");
    logs = meter.read();
  }
  end(logs);
  return logs;
}

EpochLogs TrainLoop::evaluate(Feed& feed, std::optional<std::int64_t> steps, int verbose) {
  const Within run(trainer_, {1, 0, steps_of(feed, steps), samples_of(feed, steps), verbose, false});
  try {
    bool whole = true;
    return test(feed, steps, whole);
  } catch (...) {
    fail();
    throw;
  }
}

void TrainLoop::predict_batches(Feed& feed, std::optional<std::int64_t> steps) {
  const Look look(trainer_, Run::predict);
  feed.start(0, 0);
  for (std::int64_t batch = 0;
       (!steps || batch < *steps) && (batch == 0 || !trainer_.stopping_) && feed.next(); ++batch) {
    each(&Callback::on_predict_batch_begin, batch);
    (void)feed.step();
    each(&Callback::on_predict_batch_end, BatchInfo{batch, feed.samples()}, EpochLogs());
  }
}

void TrainLoop::predict(Feed& feed, std::optional<std::int64_t> steps, int verbose) {
  const Within run(trainer_, {1, 0, steps_of(feed, steps), samples_of(feed, steps), verbose, false});
  try {
    begin(Run::predict);
    predict_batches(feed, steps);
    end(EpochLogs());
  } catch (...) {
    fail();
    throw;
  }
}

namespace strategy {

Strategy data_parallel(int replicas) {
  if (replicas < 1)
    throw ValueError(fmt::format("data_parallel: got {} replicas, wanted 1 or more", replicas));
  return {Strategy::Mode::data_parallel, replicas};
}

}  // namespace strategy
}  // namespace copse
