#include "copse/train/callbacks/progress_bar.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "bar_line.hpp"

namespace copse::callbacks {
namespace {

std::string duration(double seconds) {
  if (seconds < 60) return fmt::format("{:.0f}s", seconds);
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string elapsed(double seconds) {
  return seconds < 10 ? fmt::format("{:.1f}s", seconds) : duration(seconds);
}

double per_second(std::int64_t samples, double seconds) {
  return seconds > 0 ? static_cast<double>(samples) / seconds : 0;
}

// How many characters fit on a line, if the file is a terminal that says so.
std::size_t columns(const ProgressBarOptions& options) {
  if (options.columns) return static_cast<std::size_t>(std::max(1, *options.columns - 1));
  winsize size{};
  if (::ioctl(::fileno(options.out), TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 1000;
  return size.ws_col - 1u;
}

}  // namespace

bool ProgressBar::redraws(const TrainerBase& trainer) const {
  return trainer.run().verbose == 1 && options_.terminal.value_or(::isatty(::fileno(options_.out)) != 0);
}

void ProgressBar::begin() {
  batches_ = first_batch_ = samples_ = 0;
  start_ = Clock::now();
  drawn_ = {};
  train_seconds_ = 0;
  line_length_ = 0;
}

void ProgressBar::draw(const std::string& line) {
  // What is left of a longer line before is blanked out.
  const std::size_t blank = line_length_ > line.size() ? line_length_ - line.size() : 0;
  fmt::print(options_.out, "\r{}{:{}}", line, "", blank);
  std::fflush(options_.out);
  line_length_ = line.size();
}

void ProgressBar::batch_done(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) {
  if (batches_ == 0) first_batch_ = batch.index;
  ++batches_;
  samples_ += batch.samples;
  const auto now = Clock::now();
  if (!redraws(trainer) || std::chrono::duration<double>(now - drawn_).count() < options_.interval) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const std::int64_t done = batch.index + 1;
  BarLine line{done, trainer.run().steps, options_.width, per_second(samples_, seconds), elapsed(seconds)};
  if (const auto total = trainer.run().steps; total && *total > 0) {
    const double left = seconds / static_cast<double>(batches_) *
                        static_cast<double>(std::max<std::int64_t>(0, *total - done));
    line.time = "ETA: " + duration(left);
  }
  draw(bar_line(line, logs, columns(options_)));
}

void ProgressBar::end(TrainerBase& trainer, const std::string& title, const EpochLogs& logs) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  // The rate is that of training: validation takes time of its own.
  const double speed = per_second(samples_, train_seconds_ > 0 ? train_seconds_ : seconds);
  if (redraws(trainer)) {
    // All numbers, however long the line gets.
    const std::int64_t done = first_batch_ + batches_;
    const BarLine line{done, done, options_.width, speed, elapsed(seconds), true};
    const std::string whole = bar_line(line, logs, columns(options_));
    const bool fits = whole.find(numbers_text(logs)) != std::string::npos;
    draw(fits ? whole : bar_line({done, done, 6, speed, elapsed(seconds), true}, logs, 100000));
    fmt::print(options_.out, "\n");
  } else {
    const std::string head = fmt::format("{} - {} - {}", title, elapsed(seconds), rate_text(speed)),
                      numbers = numbers_text(logs);
    fmt::print(options_.out, "{}\n", numbers.empty() ? head : head + " - " + numbers);
  }
  std::fflush(options_.out);
}

void ProgressBar::on_train_begin(TrainerBase&) { in_fit_ = true; }
void ProgressBar::on_train_end(TrainerBase&, const EpochLogs&) { in_fit_ = false; }

void ProgressBar::on_epoch_begin(TrainerBase& trainer, int epoch) {
  begin();
  if (redraws(trainer)) {
    fmt::print(options_.out, "Epoch {}/{}\n", epoch + 1, trainer.run().epochs);
    std::fflush(options_.out);
  }
}

void ProgressBar::on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) {
  batch_done(trainer, batch, logs);
}

void ProgressBar::on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) {
  end(trainer, fmt::format("Epoch {}/{}", epoch + 1, trainer.run().epochs), logs);
}

void ProgressBar::on_test_begin(TrainerBase&) {
  if (in_fit_) {
    train_seconds_ = std::chrono::duration<double>(Clock::now() - start_).count();
  } else {
    begin();
  }
}

void ProgressBar::on_test_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) {
  if (!in_fit_) batch_done(trainer, batch, logs);
}

void ProgressBar::on_test_end(TrainerBase& trainer, const EpochLogs& logs) {
  if (!in_fit_) end(trainer, "evaluate", logs);
}

void ProgressBar::on_predict_begin(TrainerBase&) { begin(); }

void ProgressBar::on_predict_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) {
  batch_done(trainer, batch, logs);
}

void ProgressBar::on_predict_end(TrainerBase& trainer) { end(trainer, "predict", EpochLogs()); }

}  // namespace copse::callbacks
