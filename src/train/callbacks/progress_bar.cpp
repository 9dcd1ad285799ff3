#include "copse/train/callbacks/progress_bar.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

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

std::string rate(std::int64_t samples, double seconds) {
  const double value = seconds > 0 ? static_cast<double>(samples) / seconds : 0;
  return value < 100 ? fmt::format("{:.1f} samples/s", value) : fmt::format("{:.0f} samples/s", value);
}

std::string joined(const std::string& left, const std::string& right) {
  return right.empty() ? left : left + " - " + right;
}

// How many characters fit on a line, if the file is a terminal that says so.
std::size_t columns(const ProgressBarOptions& options) {
  if (options.columns) return static_cast<std::size_t>(std::max(1, *options.columns - 1));
  winsize size{};
  if (::ioctl(::fileno(options.out), TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 1000;
  return size.ws_col - 1u;
}

// A bar that leaves the rest of its line as much room as it can: numbers say more.
std::string bar(const ProgressBarOptions& options, std::int64_t done, std::int64_t total, std::size_t rest) {
  const std::size_t room = columns(options), width = static_cast<std::size_t>(std::max(0, options.width)),
                    least = std::min<std::size_t>(width, 6);
  const std::size_t length = std::clamp(room > rest ? room - rest : 0, least, width);
  const auto filled = static_cast<std::size_t>(std::clamp<std::int64_t>(
      static_cast<std::int64_t>(length) * done / total, 0, static_cast<std::int64_t>(length)));
  std::string out(filled, '=');
  if (filled < length) out += '>';
  out.resize(length, '.');
  return out;
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

void ProgressBar::draw(const std::string& line, bool last) {
  // A line that is drawn again must not wrap; the last one has all that there is to say.
  const std::string shown = last ? line : line.substr(0, columns(options_));
  // What is left of a longer line before is blanked out.
  const std::size_t blank = line_length_ > shown.size() ? line_length_ - shown.size() : 0;
  fmt::print(options_.out, "\r{}{:{}}", shown, "", blank);
  std::fflush(options_.out);
  line_length_ = shown.size();
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
  const std::string numbers = to_string(logs);
  std::string line;
  if (const auto total = trainer.run().steps; total && *total > 0) {
    const double left = seconds / static_cast<double>(batches_) *
                        static_cast<double>(std::max<std::int64_t>(0, *total - done));
    const std::string before = fmt::format("{:>{}}/{} [", done, fmt::formatted_size("{}", *total), *total);
    const std::string after =
        joined(fmt::format("] - {} - ETA: {}", rate(samples_, seconds), duration(left)), numbers);
    line = before + bar(options_, done, *total, before.size() + after.size()) + after;
  } else {
    line =
        joined(fmt::format("{} batches - {} - {}", done, rate(samples_, seconds), elapsed(seconds)), numbers);
  }
  draw(line, false);
}

void ProgressBar::end(TrainerBase& trainer, const std::string& title, const EpochLogs& logs) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  // The rate is that of training: validation takes time of its own.
  const std::string speed = rate(samples_, train_seconds_ > 0 ? train_seconds_ : seconds);
  const std::string numbers = to_string(logs);
  const std::int64_t done = first_batch_ + batches_;
  if (redraws(trainer)) {
    const std::string before = fmt::format("{0}/{0} [", done);
    const std::string after = joined(fmt::format("] - {} - {}", elapsed(seconds), speed), numbers);
    draw(before + bar(options_, 1, 1, before.size() + after.size()) + after, true);
    fmt::print(options_.out, "\n");
  } else {
    fmt::print(options_.out, "{}\n",
               joined(fmt::format("{} - {} - {}", title, elapsed(seconds), speed), numbers));
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
