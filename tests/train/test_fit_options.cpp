// Options of fit that say how long a training is, when it validates, and what it is tried out on.
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "scripted.hpp"

using namespace copse;
using namespace testing_train;
using Catch::Contains;
using testing_files::Folder;
using testing_files::message_of;

namespace {

const std::vector<int> four = {1, 2, 3, 4};

FitOptions quiet(FitOptions options) {
  options.verbose = 0;
  return options;
}

}  // namespace

TEST_CASE("fit: max_steps ends a training within its epoch, counted over all calls") {
  auto trainer = scripted({1.0});
  CHECK(trainer.fit(four, quiet({.epochs = 9, .max_steps = 6})).epochs() == 2);
  CHECK(trainer.progress().steps == 6);
  CHECK(trainer.progress().epoch == 1);
  CHECK(trainer.progress().batch == 2);
  (void)trainer.fit(four, quiet({.epochs = 9, .max_steps = 6}));
  CHECK(trainer.progress().steps == 6);
  // The end of an epoch is one: validation comes, as always.
  const auto history = trainer.fit(four, quiet({.epochs = 9, .validation_data = one_batch, .max_steps = 10}));
  CHECK(trainer.progress().steps == 10);
  CHECK(history.contains("val_loss"));
}

TEST_CASE("fit: max_time ends a training after the batch") {
  auto trainer = scripted({1.0});
  callbacks::LambdaCallback slow({.on_train_batch_end = [](TrainerBase&, const auto&...) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }});
  (void)trainer.fit(four, quiet({.epochs = 1000, .max_time = 0.1, .callbacks = {slow}}));
  CHECK(trainer.progress().steps >= 2);
  CHECK(trainer.progress().steps <= 8);
  CHECK(trainer.times().total >= 0.1);
}

TEST_CASE("fit: min_epochs are done, whatever callbacks ask for") {
  auto trainer = scripted({1.0}, {1.0, 2.0, 3.0});
  FitOptions options = epochs(9, {callbacks::EarlyStopping{}});
  options.min_epochs = 5;
  CHECK(trainer.fit(one_batch, options).epochs() == 5);
  callbacks::LambdaCallback stop({.on_train_batch_begin = [](TrainerBase& t, std::int64_t) { t.stop(); }});
  CHECK(trainer.fit(four, quiet({.epochs = 4, .min_epochs = 2, .callbacks = {stop}})).epochs() == 3);
  CHECK(message_of<ValueError>([&] { (void)trainer.fit(four, quiet({.epochs = 2, .min_epochs = 3})); }) ==
        "fit: min_epochs is 3, wanted 0 or more and at most epochs, which is 2");
}

TEST_CASE("fit: validation within an epoch is seen by the batches that follow") {
  auto trainer = scripted({1.0}, {5.0, 4.0, 3.0, 2.0});
  std::string seen;
  callbacks::LambdaCallback notes(
      {.on_train_batch_end = [&](TrainerBase&, const BatchInfo& b, const EpochLogs& logs) {
        seen += std::to_string(b.index) + ":" +
                (logs.contains("val_loss") ? std::to_string(static_cast<int>(logs["val_loss"])) : "-") + " ";
      }});
  const auto history = trainer.fit(
      four,
      quiet({.epochs = 1, .validation_data = one_batch, .validation_interval = 2, .callbacks = {notes}}));
  CHECK(seen == "0:- 1:5 2:5 3:4 ");
  CHECK(history["val_loss"] == std::vector<double>{3.0});
  CHECK_THROWS_WITH(trainer.fit(four, quiet({.validation_interval = 0})),
                    Contains("validation_interval is 0, wanted 1 or more batches"));
}

TEST_CASE("fit: a checkpoint monitors validation within an epoch") {
  const Folder folder;
  auto trainer = scripted({1.0}, {5.0, 7.0, 3.0});
  const auto best = std::make_shared<callbacks::ModelCheckpoint>(
      folder / "best", callbacks::ModelCheckpointOptions{.save_best_only = true, .save_freq = 1});
  (void)trainer.fit(
      four,
      quiet({.epochs = 1, .validation_data = one_batch, .validation_interval = 2, .callbacks = {best}}));
  CHECK(best->best() == 5.0);
  CHECK(std::filesystem::exists(folder / "best"));
}

TEST_CASE("fit: overfit_batches trains on the first batches in every epoch") {
  auto trainer = scripted({1.0});
  (void)trainer.fit(four, quiet({.epochs = 3, .overfit_batches = 2}));
  CHECK(trainer.state()->seen == std::vector<int>{1, 2, 1, 2, 1, 2});
  CHECK(trainer.progress().epoch == 3);
  CHECK(trainer.fit(four, quiet({.epochs = 1, .overfit_batches = 9})).epochs() == 1);  // all there are
  CHECK_THROWS_WITH(trainer.fit(four, quiet({.overfit_batches = 0})), Contains("overfit_batches is 0"));
}

TEST_CASE("fit: a fast_dev_run is one batch of each, and leaves no files") {
  const Folder folder;
  auto trainer = scripted({1.0}, {1.0});
  int told = 0;
  callbacks::LambdaCallback own({.on_epoch_end = [&](TrainerBase&, int, const EpochLogs&) { ++told; }});
  const auto history = trainer.fit(
      four,
      quiet({.epochs = 50,
             .validation_data = four,
             .callbacks = {own, callbacks::ModelCheckpoint{folder / "model"},
                           callbacks::CSVLogger{folder / "log.csv"}, callbacks::TensorBoard{folder / "runs"},
                           callbacks::HistoryPlot{folder / "plot.svg"},
                           callbacks::BackupAndRestore{folder / "backup"},
                           callbacks::EarlyStopping{{.monitor = "unheard of", .mode = callbacks::Mode::min}}},
             .fast_dev_run = true}));
  CHECK(history.epochs() == 1);
  CHECK(history.contains("val_loss"));
  CHECK(trainer.state()->seen == std::vector<int>{1});
  CHECK(trainer.state()->tested == 1);
  CHECK(told == 1);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("fit: where its time goes") {
  auto trainer = scripted({1.0}, {1.0});
  const auto profiler = std::make_shared<callbacks::Profiler>(callbacks::ProfilerOptions{.out = nullptr});
  callbacks::LambdaCallback slow({.on_train_batch_end = [](TrainerBase&, const auto&...) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }});
  (void)trainer.fit(four, quiet({.epochs = 2, .validation_data = one_batch, .callbacks = {slow, profiler}}));
  const RunTimes& times = profiler->times();
  CHECK(profiler->steps() == 8);
  CHECK(times.callbacks >= 0.04);
  CHECK(times.data + times.steps + times.callbacks + times.validation <= times.total);
  CHECK(times.total < 5);
  for (const char* row :
       {"waiting for data", "steps", "callbacks", "validation", "the rest", "total", "us a step"})
    CHECK_THAT(profiler->text(), Contains(row));
}

TEST_CASE("fit: a Timer counts over processes") {
  const Folder folder;
  const auto slow = [] { std::this_thread::sleep_for(std::chrono::milliseconds(15)); };
  const auto timer = [] {
    return std::make_shared<callbacks::Timer>(callbacks::TimerOptions{.duration = 0.1});
  };
  callbacks::LambdaCallback sleeps({.on_train_batch_end = [&](TrainerBase&, const auto&...) { slow(); }});
  auto first = scripted({1.0});
  const auto one = timer();
  (void)first.fit(four, quiet({.epochs = 1, .callbacks = {sleeps, one}}));
  CHECK(one->elapsed() >= 0.045);
  CHECK(one->remaining() < 0.06);
  first.save(folder / "model");
  auto second = scripted({1.0});
  second.load(folder / "model");
  const auto two = timer();
  (void)second.fit(four, quiet({.epochs = 99, .initial_epoch = 1, .callbacks = {sleeps, two}}));
  CHECK(two->elapsed() >= 0.1);
  CHECK(second.progress().steps <= 10);
  CHECK_THROWS_WITH(callbacks::Timer{{.duration = -1}}, Contains("Timer: duration is -1"));
}
