#include "copse/train/callbacks/loggers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "../../io/plot.hpp"
#include "copse/core/error.hpp"
#include "copse/io/atomic_file.hpp"

namespace copse::callbacks {

CSVLogger::CSVLogger(std::filesystem::path path, CSVLoggerOptions options)
    : path_(std::move(path)), options_(std::move(options)) {
  if (options_.separator.empty()) throw ValueError("CSVLogger: the separator is empty");
}

namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

std::int64_t count_lines(const std::filesystem::path& path) {
  return static_cast<std::int64_t>(lines_of(path).size());
}

// A line without the columns after the first few.
std::string first_fields(const std::string& line, const std::string& separator, std::size_t count) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < count && at != std::string::npos; ++i)
    at = line.find(separator, i == 0 ? 0 : at + separator.size());
  return line.substr(0, at);
}

}  // namespace

void CSVLogger::save(io::Store& store) const {
  store.set("path", path_.string());
  store.set("columns", names_);
  store.set("lines", lines_);
}

void CSVLogger::load(const io::Store& store) {
  const auto kept = store.get<std::int64_t>("lines");
  std::vector<std::string> lines = lines_of(path_);
  // Of a file in another place, or one that has gone, nothing goes on.
  if (store.get<std::string>("path") != path_.string() || static_cast<std::int64_t>(lines.size()) < kept + 1)
    return;
  names_ = store.get<std::vector<std::string>>("columns");
  lines.resize(static_cast<std::size_t>(names_.empty() ? 0 : kept + 1));
  for (std::string& line : lines) line = first_fields(line, options_.separator, names_.size() + 1);
  file_.reset();
  io::write_file(path_, fmt::format("{}{}", fmt::join(lines, "\n"), lines.empty() ? "" : "\n"), "CSVLogger");
  file_ = std::make_shared<std::ofstream>(path_, std::ios::app);
  lines_ = kept;
  stale_ = false;
}

void CSVLogger::write(const std::string& line) {
  *file_ << line << '\n' << std::flush;
  if (!*file_) throw IoError(fmt::format("CSVLogger: '{}': cannot be written", path_.string()));
}

void CSVLogger::on_train_begin(TrainerBase&) {
  std::error_code error;
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), error);
  names_.clear();
  if (options_.append) {
    // The columns of a file that goes on are those of its header.
    std::ifstream before(path_);
    std::string header;
    if (std::getline(before, header)) {
      for (std::size_t at = 0; at != std::string::npos;) {
        const std::size_t end = header.find(options_.separator, at);
        names_.push_back(header.substr(at, end == std::string::npos ? end : end - at));
        at = end == std::string::npos ? end : end + options_.separator.size();
      }
      names_.erase(names_.begin());
    }
  }
  lines_ = std::max<std::int64_t>(0, count_lines(path_) - 1);
  // What is there goes when the first epoch begins: a training that goes on needs it.
  stale_ = !options_.append;
  file_ = std::make_shared<std::ofstream>(path_, std::ios::app);
  if (!*file_) throw IoError(fmt::format("CSVLogger: '{}': cannot be written", path_.string()));
}

void CSVLogger::begin_anew() {
  if (!std::exchange(stale_, false)) return;
  file_ = std::make_shared<std::ofstream>(path_, std::ios::trunc);
  lines_ = 0;
}

void CSVLogger::on_epoch_begin(TrainerBase&, int) { begin_anew(); }

void CSVLogger::open(std::ios::openmode mode) {
  file_ = std::make_shared<std::ofstream>(path_, mode);
  if (!*file_) throw IoError(fmt::format("CSVLogger: '{}': cannot be written", path_.string()));
}

// Adds columns to what is in the file already: a training that goes on within an epoch, or reports a number
// only from some epoch on, has them later.
void CSVLogger::add_columns(const std::vector<std::string>& names) {
  file_.reset();
  std::vector<std::string> lines;
  {
    std::ifstream before(path_);
    for (std::string line; std::getline(before, line);) lines.push_back(line);
  }
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (const std::string& name : names) lines[i] += options_.separator + (i == 0 ? name : "NA");
  io::write_file(path_, fmt::format("{}\n", fmt::join(lines, "\n")), "CSVLogger");
  names_.insert(names_.end(), names.begin(), names.end());
  open(std::ios::app);
}

void CSVLogger::on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) {
  std::set<std::string> missing;
  const auto want = [&](const std::string& name) {
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) missing.insert(name);
  };
  for (const auto& [name, value] : logs) {
    want(name);
    // Validation may come in later epochs only.
    if (names_.empty() && trainer.run().validates && !name.starts_with("val_")) want("val_" + name);
  }
  const std::vector<std::string> added(missing.begin(), missing.end());
  if (names_.empty()) {
    names_ = added;
    std::string header = "epoch";
    for (const auto& name : names_) header += options_.separator + name;
    write(header);
  } else if (!added.empty()) {
    add_columns(added);
  }
  std::string line = fmt::format("{}", epoch);
  for (const auto& name : names_) {
    line += options_.separator + (logs.contains(name) ? fmt::format("{}", logs[name]) : std::string("NA"));
  }
  write(line);
  ++lines_;
}

void CSVLogger::on_train_end(TrainerBase&, const EpochLogs&) {
  begin_anew();
  file_.reset();
}

TensorBoard::TensorBoard(std::filesystem::path folder, TensorBoardOptions options)
    : folder_(std::move(folder)), options_(options) {
  if (options_.update_freq < 0) {
    throw ValueError(fmt::format("TensorBoard: update_freq is {}, wanted 0 or more", options_.update_freq));
  }
}

void TensorBoard::on_train_begin(TrainerBase& trainer) {
  train_ = std::make_shared<io::EventFile>(folder_ / "train");
  if (trainer.run().validates) validation_ = std::make_shared<io::EventFile>(folder_ / "val");
}

void TensorBoard::on_train_batch_end(TrainerBase& trainer, const BatchInfo&, const EpochLogs& logs) {
  const std::int64_t step = trainer.progress().steps;
  if (options_.update_freq == 0 || step % options_.update_freq != 0) return;
  for (const auto& [name, value] : logs) train_->add_scalar(name, value, step);
  train_->flush();
}

void TensorBoard::on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) {
  const std::int64_t step = options_.update_freq == 0 ? epoch : trainer.progress().steps;
  for (const auto& [name, value] : logs) {
    if (name.starts_with("val_") && validation_) {
      validation_->add_scalar(std::string_view(name).substr(4), value, step);
    } else if (options_.update_freq == 0) {
      train_->add_scalar(name, value, step);
    }
  }
  train_->flush();
  if (validation_) validation_->flush();
}

void TensorBoard::on_train_end(TrainerBase&, const EpochLogs&) {
  train_.reset();
  validation_.reset();
}

HistoryPlot::HistoryPlot(std::filesystem::path path) : path_(std::move(path)) {
  io::check_plot_path(path_, "HistoryPlot");
}

void HistoryPlot::on_train_begin(TrainerBase&) { history_ = History(); }

void HistoryPlot::on_epoch_end(TrainerBase&, int epoch, const EpochLogs& logs) {
  history_.add(epoch, logs);
  plot_history(path_, history_);
}

}  // namespace copse::callbacks
