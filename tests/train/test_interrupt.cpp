// Interrupts: the batch is ended, callbacks have their say, and the next run is a new one.
#include <csignal>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "scripted.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;

namespace {

// As in a terminal: a shell that runs tests in the background has them ignore interrupts.
[[maybe_unused]] const auto inherited = std::signal(SIGINT, SIG_DFL);

const std::vector<int> four_batches = {1, 2, 3, 4};

// Sends an interrupt after so many steps in all.
callbacks::LambdaCallback interrupt_after(std::int64_t steps, int signal = SIGINT) {
  return {{.on_train_batch_end = [steps, signal](TrainerBase& trainer, const BatchInfo&, const EpochLogs&) {
    if (trainer.progress().steps == steps) std::raise(signal);
  }}};
}

int interrupts = 0;
void count_interrupt(int) { ++interrupts; }

}  // namespace

TEST_CASE("interrupt: fit ends after the batch, saves what callbacks save, and gives the history") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const Folder folder;
  auto trainer = scripted({1.0});
  const auto history = trainer.fit(
      four_batches, {.epochs = 5,
                     .validation_data = one_batch,
                     .callbacks = {interrupt_after(6, signal), callbacks::ModelCheckpoint{folder / "model"}},
                     .verbose = 0});
  CHECK(history.epochs() == 2);
  CHECK(!history.contains("size"));
  CHECK(history.epochs_of("val_loss") == std::vector<int>{0});
  CHECK(trainer.state()->trained == 6);

  // What was saved goes on with the next batch of the same epoch.
  auto restored = scripted({1.0});
  restored.load(folder / "model");
  CHECK((restored.progress().epoch == 1 && restored.progress().batch == 2 && restored.progress().steps == 6));
  std::vector<std::int64_t> batches;
  const callbacks::LambdaCallback note{
      {.on_train_batch_begin = [&](TrainerBase&, std::int64_t batch) { batches.push_back(batch); }}};
  (void)restored.fit(four_batches, {.epochs = 3, .initial_epoch = 1, .callbacks = {note}, .verbose = 0});
  CHECK(batches == std::vector<std::int64_t>{2, 3, 0, 1, 2, 3});
}

TEST_CASE("interrupt: a validation that was under way reports nothing") {
  int tests = 0;
  const callbacks::LambdaCallback second{
      {.on_test_batch_end = [&](TrainerBase&, const BatchInfo&, const EpochLogs&) {
        if (++tests == 5) std::raise(SIGINT);  // the first batch of the second epoch's validation
      }}};
  auto trainer = scripted({1.0}, {1.0});
  const auto history = trainer.fit(
      one_batch, {.epochs = 5, .validation_data = four_batches, .callbacks = {second}, .verbose = 0});
  CHECK(history.epochs() == 2);
  CHECK(history.epochs_of("loss") == std::vector<int>{0, 1});
  CHECK(history.epochs_of("val_loss") == std::vector<int>{0});
  CHECK(trainer.state()->tested == 5);
}

TEST_CASE("interrupt: one that comes with the last batch of validation has all of it reported") {
  const callbacks::LambdaCallback last{
      {.on_test_batch_end = [](TrainerBase&, const BatchInfo& batch, const EpochLogs&) {
        if (batch == 3) std::raise(SIGINT);
      }}};
  auto trainer = scripted({1.0}, {1.0});
  const auto history = trainer.fit(
      one_batch, {.epochs = 5, .validation_data = four_batches, .callbacks = {last}, .verbose = 0});
  CHECK(history.epochs() == 1);
  CHECK(history.epochs_of("val_loss") == std::vector<int>{0});
}

TEST_CASE("interrupt: where it is ignored, it stays ignored") {
  const auto before = std::signal(SIGINT, SIG_IGN);
  auto trainer = scripted({1.0});
  CHECK(trainer.fit(four_batches, {.epochs = 2, .callbacks = {interrupt_after(1)}, .verbose = 0}).epochs() ==
        2);
  CHECK(std::signal(SIGINT, before) == SIG_IGN);
}

TEST_CASE("interrupt: the run that was interrupted is the only one that ends") {
  auto trainer = scripted({1.0});
  (void)trainer.fit(four_batches, {.epochs = 5, .callbacks = {interrupt_after(2)}, .verbose = 0});
  CHECK(trainer.state()->trained == 2);
  (void)trainer.evaluate(four_batches, {.verbose = 0});
  CHECK(trainer.state()->tested == 4);
  CHECK(trainer.fit(four_batches, {.epochs = 2, .verbose = 0}).epochs() == 2);
}

TEST_CASE("interrupt: of a run within a callback, it ends the outer one, too") {
  auto inner = scripted({1.0});
  const callbacks::LambdaCallback nested{{.on_epoch_end = [&](TrainerBase&, int, const EpochLogs&) {
    (void)inner.fit(four_batches, {.epochs = 5, .callbacks = {interrupt_after(3)}, .verbose = 0});
  }}};
  auto trainer = scripted({1.0});
  CHECK(trainer.fit(four_batches, {.epochs = 5, .callbacks = {nested}, .verbose = 0}).epochs() == 1);
  CHECK(inner.state()->trained == 3);
}

TEST_CASE("interrupt: what handled it before does so again, and all along if fit shall not") {
  const auto before = std::signal(SIGINT, count_interrupt);
  interrupts = 0;
  auto trainer = scripted({1.0});
  (void)trainer.fit(four_batches, {.epochs = 2, .callbacks = {interrupt_after(1)}, .verbose = 0});
  CHECK(interrupts == 0);
  std::raise(SIGINT);
  CHECK(interrupts == 1);

  std::signal(SIGINT, count_interrupt);
  auto other = scripted({1.0});
  const auto history =
      other.fit(four_batches,
                {.epochs = 2, .callbacks = {interrupt_after(1)}, .verbose = 0, .handle_interrupt = false});
  CHECK(interrupts == 2);
  CHECK(history.epochs() == 2);
  std::signal(SIGINT, before);
}
