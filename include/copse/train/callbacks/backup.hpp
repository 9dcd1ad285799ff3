// A training that goes on by itself after it was killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "copse/train/callback.hpp"

namespace copse::callbacks {

struct BackupAndRestoreOptions {
  /// Saves after that many batches, counted over all epochs, and not only after epochs.
  std::optional<std::int64_t> save_freq = std::nullopt;
  bool keep = false;  ///< whether the backup stays when the training has come to its end
};

/// Saves the whole training in a folder, and goes on from there when the same program runs again: `fit` then
/// begins where the last one was killed, with the same epochs, the same bits. A training that has come to its
/// end leaves no backup; one that was interrupted or has thrown does. After Keras's callback of that name.
class BackupAndRestore : public Callback {
 public:
  BackupAndRestore(std::filesystem::path folder, BackupAndRestoreOptions options = {});

  void on_train_begin(TrainerBase& trainer) override;
  void on_train_batch_end(TrainerBase& trainer, const BatchInfo& batch, const EpochLogs& logs) override;
  void on_epoch_end(TrainerBase& trainer, int epoch, const EpochLogs& logs) override;
  void on_exception(TrainerBase& trainer, std::exception_ptr error) override;
  void on_train_end(TrainerBase& trainer, const EpochLogs& logs) override;
  bool in_fast_dev_run() const override { return false; }

  /// The file in the folder.
  std::filesystem::path path() const { return folder_ / "backup"; }

 private:
  std::filesystem::path folder_;
  BackupAndRestoreOptions options_;
  bool failed_ = false;
};

}  // namespace copse::callbacks
