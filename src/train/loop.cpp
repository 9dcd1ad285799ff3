#include "copse/train/loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <utility>

#include "copse/core/error.hpp"
#include "copse/train/callbacks/progress_bar.hpp"
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
  if (options.validation_interval && *options.validation_interval < 1) {
    throw ValueError(fmt::format("fit: validation_interval is {}, wanted 1 or more batches",
                                 *options.validation_interval));
  }
  if (options.max_steps && *options.max_steps < 0) {
    throw ValueError(fmt::format("fit: max_steps is {}, wanted 0 or more", *options.max_steps));
  }
  if (options.max_time && !(*options.max_time > 0)) {
    throw ValueError(fmt::format("fit: max_time is {}, wanted more than 0 seconds", *options.max_time));
  }
}

}  // namespace

bool ValidationFreq::now(int epoch) const {
  if (listed_) return std::find(epochs_.begin(), epochs_.end(), epoch + 1) != epochs_.end();
  return (epoch + 1) % every_ == 0;
}

// Adds the time that it lives to a part of the run's, and keeps the whole.
class TrainLoop::Stopwatch {
 public:
  Stopwatch(TrainLoop& loop, double RunTimes::*part) : loop_(loop), part_(part) {}
  ~Stopwatch() {
    const auto now = std::chrono::steady_clock::now();
    RunTimes& times = loop_.trainer_.times_;
    times.*part_ += std::chrono::duration<double>(now - start_).count();
    times.total = std::chrono::duration<double>(now - loop_.begun_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  TrainLoop& loop_;
  double RunTimes::*part_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

TrainLoop::TrainLoop(TrainerBase& trainer, const Callbacks& callbacks, int verbose, bool dev_run)
    : trainer_(trainer), outer_hook_(trainer.running_.in_hook) {
  bool has_bar = false;
  for (const AnyCallback& callback : callbacks) {
    if (dev_run && !callback.get().in_fast_dev_run()) continue;
    if (trainer.rank() != 0 && !callback.get().in_all_processes()) continue;
    has_bar = has_bar || dynamic_cast<const callbacks::ProgressBar*>(&callback.get()) != nullptr;
    callbacks_.push_back(callback.instance());
  }
  if (verbose != 0 && !has_bar && trainer.rank() == 0)
    callbacks_.push_back(std::make_shared<callbacks::ProgressBar>());
}

bool TrainLoop::any_process(bool mine) const {
  if (trainer_.ranks() == 1) return mine;
  std::int64_t count = mine ? 1 : 0;
  trainer_.sum_over_ranks({&count, 1});
  return count > 0;
}

bool TrainLoop::stopped(bool otherwise) const {
  return any_process(otherwise || trainer_.stopping_ || InterruptGuard::interrupted());
}

bool TrainLoop::next(Feed& feed) {
  const bool more = feed.next();
  samples_ = more ? feed.samples() : 0;
  if (trainer_.ranks() == 1) return more;
  std::array<std::int64_t, 2> sums{more ? 1 : 0, samples_};
  trainer_.sum_over_ranks(sums);
  samples_ = sums[1];
  if (sums[0] != 0 && sums[0] != trainer_.ranks())
    throw ValueError(fmt::format(
        "the data of {} of {} processes has ended, the others have more batches: give all the same number",
        trainer_.ranks() - sums[0], trainer_.ranks()));
  return more;
}

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
    trainer_.running_.waiting.clear();
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

void TrainLoop::begin(Run run) {
  open_.push_back({run});
  if (run == Run::train) trainer_.tell_struct(train_detail::StructHook::train_begin, 0, {});
  if (run == Run::test) trainer_.tell_struct(train_detail::StructHook::test_begin, 0, {});
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
  try {
    if (closing.run == Run::train) trainer_.tell_struct(train_detail::StructHook::train_end, 0, logs);
    if (closing.run == Run::test) trainer_.tell_struct(train_detail::StructHook::test_end, 0, logs);
  } catch (...) {
    error = std::current_exception();
  }
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
  options_ = options;
  validation_ = validation;
  begun_ = std::chrono::steady_clock::now();
  const InterruptGuard interrupts(options.handle_interrupt);
  trainer_.stopping_ = false;
  trainer_.history_ = History();
  trainer_.times_ = {};
  trainer_.run_ = {options.epochs,
                   options.initial_epoch,
                   steps_of(train, options.steps),
                   samples_of(train, options.steps),
                   options.verbose,
                   validation != nullptr};
  // A training that was saved within an epoch goes on there.
  int first = options.initial_epoch;
  bool resumes = std::exchange(trainer_.resuming_, false) && trainer_.progress_.epoch == first;
  io::Store before = std::exchange(trainer_.run_state_, io::Store());
  const Running running(*this, train);
  try {
    begin(Run::train);
    // So does one that a callback has loaded.
    if (std::exchange(trainer_.resuming_, false)) {
      resumes = true;
      before = std::exchange(trainer_.run_state_, io::Store());
      first = trainer_.run_.initial_epoch = static_cast<int>(trainer_.progress_.epoch);
    }
    average_.reset();
    if (resumes) resume(before);
    fit_epochs(first, resumes ? trainer_.progress_.batch : 0);
    trainer_.run_state_ = state();
    end(last_);
  } catch (...) {
    fail();
    throw;
  }
}

bool TrainLoop::asked_to_stop(int epoch, bool otherwise) {
  if (trainer_.stopping_ && epoch < options_.min_epochs) trainer_.stopping_ = false;
  return stopped(otherwise);
}

bool TrainLoop::ends(int epoch) {
  return asked_to_stop(epoch, (options_.max_steps && trainer_.progress_.steps >= *options_.max_steps) ||
                                  (options_.max_time && trainer_.times_.total >= *options_.max_time));
}

void TrainLoop::fit_epochs(int first, std::int64_t skip) {
  using Hook = train_detail::StructHook;
  for (int epoch = first; epoch < options_.epochs && !ends(epoch); ++epoch) {
    if (skip == 0) trainer_.reset_metrics();
    trainer_.tell_struct(Hook::epoch_begin, epoch, {});
    each(&Callback::on_epoch_begin, epoch);
    last_ = train_epoch(epoch, skip);
    skip = 0;
    if (validation_ != nullptr && options_.validation_freq.now(epoch) && !asked_to_stop(epoch)) {
      for (const auto& [name, value] : validate()) last_.add(name, value);
    }
    in_hook([&] {
      for (const auto& callback : callbacks_) callback->on_epoch_logs(trainer_, epoch, last_);
    });
    trainer_.tell_struct(Hook::epoch_end, epoch, last_);
    trainer_.history_.add(epoch, last_);
    each(&Callback::on_epoch_end, epoch, last_);
  }
}

EpochLogs TrainLoop::validate() {
  const Stopwatch watch(*this, &RunTimes::validation);
  bool whole = true;
  const EpochLogs tested = test(*validation_, options_.validation_steps, whole);
  EpochLogs logs;
  // Of a part of the data, numbers would stand beside those of all of it, and might be taken for the best.
  if (whole) {
    for (const auto& [name, value] : tested) logs.add("val_" + name, value);
  }
  return logs;
}

bool TrainLoop::fetch(std::int64_t batch) {
  {
    const Stopwatch watch(*this, &RunTimes::data);
    if (next(*feed_)) return true;
  }
  if (options_.steps && !options_.same_batches && trainer_.rank() == 0) {
    std::fprintf(stderr, "fit: the data ended after %lld of %lld batches: the training stops\n",
                 static_cast<long long>(batch), static_cast<long long>(*options_.steps));
  }
  if (options_.steps && !options_.same_batches) trainer_.stop();
  return false;
}

bool TrainLoop::validates_within(std::int64_t batch) const {
  return validation_ != nullptr && options_.validation_interval &&
         (batch + 1) % *options_.validation_interval == 0;
}

void TrainLoop::train_batch(std::int64_t batch, Meter& meter) {
  {
    const Stopwatch watch(*this, &RunTimes::callbacks);
    each(&Callback::on_train_batch_begin, batch);
  }
  const BatchInfo info{batch, samples_};
  {
    const Stopwatch watch(*this, &RunTimes::steps);
    Logs logs = feed_->step();
    note_losses(logs, trainer_.losses_);
    meter.add(std::move(logs), info.samples);
  }
  trainer_.progress_.batch = batch + 1;
  ++trainer_.progress_.steps;
  if (validates_within(batch)) validated_ = validate();
  const Stopwatch watch(*this, &RunTimes::callbacks);
  if (validated_.empty()) return each(&Callback::on_train_batch_end, info, meter.logs());
  EpochLogs logs = meter.logs();
  for (const auto& [name, value] : validated_) logs.set(name, value);
  each(&Callback::on_train_batch_end, info, logs);
}

EpochLogs TrainLoop::train_epoch(int epoch, std::int64_t skip) {
  if (skip == 0) average_.reset();
  Meter meter(trainer_, average_);
  const Metering metering(meter_, meter);
  validated_ = {};
  Progress& progress = trainer_.progress_;
  progress.epoch = epoch;
  progress.batch = skip;
  feed_->start(options_.same_batches ? 0 : epoch, skip);
  std::int64_t batch = skip;
  bool complete = true;
  for (; !options_.steps || batch < *options_.steps; ++batch) {
    if (batch > skip && ends(epoch)) {
      complete = feed_->batches() == batch;
      break;
    }
    if (!fetch(batch)) break;
    train_batch(batch, meter);
  }
  if (batch == 0) throw ValueError(fmt::format("fit: there is no batch in epoch {}", epoch + 1));
  if (complete) {
    if (options_.flush_gradients) trainer_.flush_gradients();
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
    if (!next(feed)) break;
    each(&Callback::on_test_batch_begin, batch);
    const BatchInfo info{batch, samples_};
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
    const TrainerBase::Look look(trainer_, Run::test);
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
  const TrainerBase::Look look(trainer_, Run::predict);
  feed.start(0, 0);
  for (std::int64_t batch = 0;
       (!steps || batch < *steps) && (batch == 0 || !any_process(trainer_.stopping_)) && next(feed);
       ++batch) {
    each(&Callback::on_predict_batch_begin, batch);
    (void)feed.step();
    each(&Callback::on_predict_batch_end, BatchInfo{batch, samples_}, EpochLogs());
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

}  // namespace copse
