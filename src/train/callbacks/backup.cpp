#include "copse/train/callbacks/backup.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "copse/core/error.hpp"

namespace copse::callbacks {

BackupAndRestore::BackupAndRestore(std::filesystem::path folder, BackupAndRestoreOptions options)
    : folder_(std::move(folder)), options_(options) {
  if (options_.save_freq && *options_.save_freq < 1)
    throw ValueError(
        fmt::format("BackupAndRestore: save_freq is {}, wanted 1 or more batches", *options_.save_freq));
}

void BackupAndRestore::on_train_begin(TrainerBase& trainer) {
  failed_ = false;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error)
    throw IoError(fmt::format("BackupAndRestore: the folder '{}' cannot be made: {}", folder_.string(),
                              error.message()));
  if (std::filesystem::exists(path())) trainer.resume_from(path());
}

void BackupAndRestore::on_train_batch_end(TrainerBase& trainer, const BatchInfo&, const EpochLogs&) {
  if (options_.save_freq && trainer.progress().steps % *options_.save_freq == 0)
    trainer.save_after_callbacks(path());
}

void BackupAndRestore::on_epoch_end(TrainerBase& trainer, int, const EpochLogs&) {
  trainer.save_after_callbacks(path());
}

void BackupAndRestore::on_exception(TrainerBase&, std::exception_ptr) { failed_ = true; }

void BackupAndRestore::on_train_end(TrainerBase& trainer, const EpochLogs&) {
  const bool ended = trainer.progress().epoch >= trainer.run().epochs || trainer.stopping();
  if (failed_ || !ended || options_.keep || trainer.rank() != 0) return;
  std::error_code ignored;
  std::filesystem::remove(path(), ignored);
}

}  // namespace copse::callbacks
