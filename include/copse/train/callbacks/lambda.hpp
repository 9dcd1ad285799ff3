// A callback of functions.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

#include "copse/train/callback.hpp"

namespace copse::callbacks {

/// Functions for any of the hooks: see Callback.
struct Hooks {
  using Run = std::function<void(TrainerBase&)>;
  using RunEnd = std::function<void(TrainerBase&, const EpochLogs&)>;
  using Batch = std::function<void(TrainerBase&, std::int64_t)>;
  using BatchEnd = std::function<void(TrainerBase&, const BatchInfo&, const EpochLogs&)>;

  Run on_train_begin{};
  RunEnd on_train_end{};
  std::function<void(TrainerBase&, int)> on_epoch_begin{};
  std::function<void(TrainerBase&, int, const EpochLogs&)> on_epoch_end{};
  Batch on_train_batch_begin{};
  BatchEnd on_train_batch_end{};
  Run on_test_begin{};
  RunEnd on_test_end{};
  Batch on_test_batch_begin{};
  BatchEnd on_test_batch_end{};
  Run on_predict_begin{};
  Run on_predict_end{};
  Batch on_predict_batch_begin{};
  BatchEnd on_predict_batch_end{};
  std::function<void(io::Store&)> save{};
  std::function<void(const io::Store&)> load{};
  std::function<void(TrainerBase&, std::exception_ptr)> on_exception{};
  std::function<void(TrainerBase&, int, EpochLogs&)> on_epoch_logs{};
};

/// `LambdaCallback{{.on_epoch_end = [](TrainerBase& trainer, int epoch, const EpochLogs& logs) { ... }}}`
class LambdaCallback : public Callback {
 public:
  LambdaCallback(Hooks hooks) : hooks_(std::move(hooks)) {}

  void on_train_begin(TrainerBase& t) override { call(hooks_.on_train_begin, t); }
  void on_train_end(TrainerBase& t, const EpochLogs& logs) override { call(hooks_.on_train_end, t, logs); }
  void on_epoch_begin(TrainerBase& t, int epoch) override { call(hooks_.on_epoch_begin, t, epoch); }
  void on_epoch_end(TrainerBase& t, int epoch, const EpochLogs& logs) override {
    call(hooks_.on_epoch_end, t, epoch, logs);
  }
  void on_epoch_logs(TrainerBase& t, int epoch, EpochLogs& logs) override {
    call(hooks_.on_epoch_logs, t, epoch, logs);
  }
  void on_train_batch_begin(TrainerBase& t, std::int64_t batch) override {
    call(hooks_.on_train_batch_begin, t, batch);
  }
  void on_train_batch_end(TrainerBase& t, const BatchInfo& batch, const EpochLogs& logs) override {
    call(hooks_.on_train_batch_end, t, batch, logs);
  }
  void on_test_begin(TrainerBase& t) override { call(hooks_.on_test_begin, t); }
  void on_test_end(TrainerBase& t, const EpochLogs& logs) override { call(hooks_.on_test_end, t, logs); }
  void on_test_batch_begin(TrainerBase& t, std::int64_t batch) override {
    call(hooks_.on_test_batch_begin, t, batch);
  }
  void on_test_batch_end(TrainerBase& t, const BatchInfo& batch, const EpochLogs& logs) override {
    call(hooks_.on_test_batch_end, t, batch, logs);
  }
  void on_predict_begin(TrainerBase& t) override { call(hooks_.on_predict_begin, t); }
  void on_predict_end(TrainerBase& t) override { call(hooks_.on_predict_end, t); }
  void on_predict_batch_begin(TrainerBase& t, std::int64_t batch) override {
    call(hooks_.on_predict_batch_begin, t, batch);
  }
  void on_predict_batch_end(TrainerBase& t, const BatchInfo& batch, const EpochLogs& logs) override {
    call(hooks_.on_predict_batch_end, t, batch, logs);
  }
  void save(io::Store& store) const override { call(hooks_.save, store); }
  void load(const io::Store& store) override { call(hooks_.load, store); }
  void on_exception(TrainerBase& t, std::exception_ptr error) override {
    call(hooks_.on_exception, t, error);
  }

 private:
  template <class F, class... Args>
  static void call(const F& f, Args&&... args) {
    if (f) f(std::forward<Args>(args)...);
  }

  Hooks hooks_;
};

}  // namespace copse::callbacks
