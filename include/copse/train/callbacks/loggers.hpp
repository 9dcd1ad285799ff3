// Callbacks that write what a training reports to files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "copse/io/event_file.hpp"
#include "copse/train/callback.hpp"

namespace copse::callbacks {

struct CSVLoggerOptions {
  std::string separator = ",";
  bool append = false;  ///< adds to a file that is there; it keeps its header
};

/// A line for each epoch: its number, counted from 0, and its logs by sorted name. What an epoch doesn't
/// report is NA; what a later epoch is the first to report is a column behind the others. A training that
/// goes on in another process goes on with the file, without the lines of epochs after the checkpoint.
class CSVLogger : public Callback {
 public:
  CSVLogger(std::filesystem::path path, CSVLoggerOptions options = {});

  void on_train_begin(TrainerBase& trainer) override;
  void on_epoch_begin(TrainerBase& trainer, int epoch) override;
  void on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) override;
  void on_train_end(TrainerBase& trainer, const EpochLogs& logs) override;
  void save(io::Store& store) const override;
  void load(const io::Store& store) override;
  bool in_fast_dev_run() const override { return false; }
  bool in_all_processes() const override { return false; }

 private:
  void open(std::ios::openmode mode);
  void write(const std::string& line);
  void begin_anew();
  void add_columns(const std::vector<std::string>& names);

  std::filesystem::path path_;
  CSVLoggerOptions options_;
  std::shared_ptr<std::ofstream> file_{};
  std::vector<std::string> names_{};
  std::int64_t lines_ = 0;  // without the header
  bool stale_ = false;      // whether what is in the file is of an earlier training
};

struct TensorBoardOptions {
  /// Writes after that many batches, counted over all epochs; 0: after each epoch.
  std::int64_t update_freq = 0;
};

/// Event files for TensorBoard, in the folders `train` and `val`. Steps are epochs, or batches with
/// `update_freq`.
class TensorBoard : public Callback {
 public:
  TensorBoard(std::filesystem::path folder, TensorBoardOptions options = {});

  void on_train_begin(TrainerBase& trainer) override;
  void on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  void on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) override;
  void on_train_end(TrainerBase& trainer, const EpochLogs& logs) override;
  bool in_fast_dev_run() const override { return false; }
  bool in_all_processes() const override { return false; }

 private:
  std::filesystem::path folder_;
  TensorBoardOptions options_;
  std::shared_ptr<io::EventFile> train_{}, validation_{};
};

/// The history as an SVG or PNG file (`plot_history`), drawn anew after each epoch.
class HistoryPlot : public Callback {
 public:
  /// Throws ValueError for a path that ends neither in .svg nor in .png.
  HistoryPlot(std::filesystem::path path);

  void on_train_begin(TrainerBase& trainer) override;
  void on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) override;

  void save(io::Store& store) const override;
  void load(const io::Store& store) override;
  bool in_fast_dev_run() const override { return false; }
  bool in_all_processes() const override { return false; }

 private:
  std::filesystem::path path_;
  History history_{};
};

}  // namespace copse::callbacks
