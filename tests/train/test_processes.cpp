// Trainers of processes that train together. Here each process is a thread, with a communicator of its own
// and a trainer of its own.
#include <fstream>
#include <string>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/comm/threads.hpp"
#include "copse/ops/compare.hpp"
#include "networks.hpp"

using namespace copse;
using Catch::Contains;
using testing_files::Folder;
using testing_train::classes;
using Net = testing_train::DividedNet;
using testing_train::inputs;

namespace {

// What a process does, given its rank and strategy. Assertions are for the thread of the test alone.
template <class F>
void in_processes(int count, F f) {
  comm::run(comm::threads(count), [&](const comm::CommunicatorPtr& communicator) {
    f(static_cast<std::size_t>(communicator->rank()), strategy::distributed(comm::Group(communicator)));
  });
}

struct Outcome {
  History history{};
  std::vector<Array> parameters{};
  Array predictions{};
  double tested = 0;
};

FitOptions options(int epochs, int initial = 0) {
  return {.epochs = epochs,
          .batch_size = 16,
          .validation_split = 0.2,
          .initial_epoch = initial,
          .verbose = 0,
          .handle_interrupt = false};
}

Trainer<Net> trainer_of(const Strategy& strategy) {
  return Trainer{Net{},
                 {.optimizer = optim::adam(1e-2),
                  .losses = {losses::CrossEntropy{}},
                  .metrics = {metrics::Accuracy{}},
                  .strategy = strategy,
                  .seed = 11}};
}

Outcome outcome_of(Trainer<Net>& trainer, History history) {
  const auto tested = trainer.evaluate(inputs(), classes(), {.batch_size = 30, .verbose = 0});
  return {std::move(history), trainer.parameters(), trainer.predict(inputs(), {.batch_size = 33}),
          tested["loss"]};
}

void check_close(const Outcome& got, const Outcome& wanted) {
  for (const std::string& name : wanted.history.names())
    for (std::size_t n = 0; n < wanted.history[name].size(); ++n)
      CHECK(got.history[name][n] == Approx(wanted.history[name][n]).epsilon(1e-4).margin(1e-6));
  for (std::size_t n = 0; n < wanted.parameters.size(); ++n)
    CHECK(all_close(got.parameters[n], wanted.parameters[n], 1e-3, 1e-4));
  CHECK(all_close(got.predictions, wanted.predictions, 1e-3, 1e-4));
  CHECK(got.tested == Approx(wanted.tested).epsilon(1e-4));
}

const Outcome& of_one_process() {
  static const Outcome outcome = [] {
    auto trainer = trainer_of(strategy::jit());
    return outcome_of(trainer, trainer.fit(inputs(), classes(), options(4)));
  }();
  return outcome;
}

// A count of lines in a file.
int lines(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string line;
  int count = 0;
  while (std::getline(in, line)) ++count;
  return count;
}

}  // namespace

TEST_CASE("processes: any number of them trains, evaluates and predicts as one does") {
  for (const int count : {2, 3, 4}) {
    INFO(count);
    std::vector<Outcome> outcomes(static_cast<std::size_t>(count));
    in_processes(count, [&](std::size_t rank, const Strategy& strategy) {
      auto trainer = trainer_of(strategy);
      outcomes[rank] = outcome_of(trainer, trainer.fit(inputs(), classes(), options(4)));
    });
    for (const Outcome& outcome : outcomes) {
      check_close(outcome, of_one_process());
      // All have the same bits.
      CHECK(outcome.history["loss"] == outcomes[0].history["loss"]);
      CHECK(array_equal(outcome.parameters[0], outcomes[0].parameters[0]));
    }
  }
}

TEST_CASE("processes: datasets, lists of batches, and sources of each process's own") {
  const auto run = [](const Strategy& strategy, auto data) {
    auto trainer = trainer_of(strategy);
    FitOptions own = options(2);
    own.validation_split = 0;
    own.shuffle = false;
    return trainer.fit(data, own)["loss"];
  };
  std::vector<Batch> list;
  for (int n = 0; n < 5; ++n)
    list.push_back(
        {slice_in_dim(inputs(), 20 * n, 20 * n + 20), slice_in_dim(classes(), 20 * n, 20 * n + 20), {}});
  list.push_back({slice_in_dim(inputs(), 0, 1), slice_in_dim(classes(), 0, 1), {}});  // a part of it is empty
  const auto whole = run(strategy::jit(), list);
  const auto dataset = data::arrays(inputs(), classes());
  const auto of_dataset = run(strategy::jit(), dataset);
  std::vector<std::vector<double>> listed(2), made(2), given(2);
  in_processes(2, [&](std::size_t rank, const Strategy& strategy) {
    listed[rank] = run(strategy, list);
    made[rank] = run(strategy, dataset);
    // Parts of other sizes than those that the trainer would take.
    std::vector<Batch> own;
    for (const Batch& batch : list) {
      const std::int64_t n = batch.inputs.shape(0), middle = n / 4;
      own.push_back(data::slice_samples(batch, rank == 0 ? 0 : middle, rank == 0 ? middle : n));
    }
    given[rank] = run(strategy, std::make_shared<data::ListedBatches<Batch>>(own));
  });
  for (std::size_t rank = 0; rank < 2; ++rank)
    for (std::size_t n = 0; n < 2; ++n) {
      CHECK(listed[rank][n] == Approx(whole[n]).epsilon(1e-4));
      CHECK(made[rank][n] == Approx(of_dataset[n]).epsilon(1e-4));
      CHECK(given[rank][n] == Approx(whole[n]).epsilon(1e-4));
    }
}

TEST_CASE("processes: the first writes, all run what changes a training") {
  const Folder folder;
  std::vector<int> batches(3), ranks(3);
  in_processes(3, [&](std::size_t rank, const Strategy& strategy) {
    auto trainer = trainer_of(strategy);
    ranks[rank] = 10 * trainer.ranks() + trainer.rank();
    FitOptions own = options(3);
    own.verbose = 2;
    own.callbacks = {callbacks::CSVLogger{folder / "log.csv"}, callbacks::ModelCheckpoint{folder / "best"},
                     callbacks::ProgressBar{{.out = std::fopen("/dev/null", "w")}},
                     callbacks::LambdaCallback{
                         {.on_train_batch_end = [&](TrainerBase&, const auto&...) { ++batches[rank]; }}}};
    (void)trainer.fit(inputs(), classes(), own);
    trainer.save(folder / ("own-" + std::to_string(rank)));
  });
  CHECK(ranks == std::vector<int>{30, 31, 32});
  CHECK(batches == std::vector<int>{15, 15, 15});
  CHECK(lines(folder / "log.csv") == 4);
  CHECK(std::filesystem::exists(folder / "best"));
  CHECK(std::filesystem::exists(folder / "own-0"));
  CHECK_FALSE(std::filesystem::exists(folder / "own-1"));
}

TEST_CASE("processes: all stop where one is asked to") {
  for (const std::size_t asked : {0, 1}) {
    std::vector<std::int64_t> steps(2);
    in_processes(2, [&](std::size_t rank, const Strategy& strategy) {
      auto trainer = trainer_of(strategy);
      FitOptions own = options(10);
      own.callbacks = {callbacks::LambdaCallback{{.on_train_batch_end = [&](TrainerBase& t, const auto&...) {
        if (rank == asked && t.progress().steps == 7) t.stop();
      }}}};
      (void)trainer.fit(inputs(), classes(), own);
      steps[rank] = trainer.progress().steps;
    });
    CHECK(steps == std::vector<std::int64_t>{7, 7});
  }
}

TEST_CASE("processes: other numbers of batches are an error in all of them") {
  std::vector<std::string> messages(2);
  in_processes(2, [&](std::size_t rank, const Strategy& strategy) {
    auto trainer = trainer_of(strategy);
    std::vector<Batch> own(3 + rank, Batch{inputs(), classes(), {}});
    FitOptions plain = options(1);
    plain.validation_split = 0;
    messages[rank] = testing_files::message_of<ValueError>(
        [&] { (void)trainer.fit(std::make_shared<data::ListedBatches<Batch>>(own), plain); });
  });
  for (const std::string& message : messages)
    CHECK_THAT(message, Contains("the data of 1 of 2 processes has ended"));
}

TEST_CASE("processes: a checkpoint of four goes on with one, two and three, on the same curve") {
  const Folder folder;
  in_processes(4, [&](std::size_t, const Strategy& strategy) {
    auto trainer = trainer_of(strategy);
    FitOptions own = options(4);
    // In the middle of the third epoch.
    own.callbacks = {callbacks::LambdaCallback{{.on_train_batch_end = [&](TrainerBase& t, const auto&...) {
      if (t.progress().steps == 12) t.save_after_callbacks(folder / "model");
    }}}};
    (void)trainer.fit(inputs(), classes(), own);
  });
  const auto resumed = [&](const Strategy& strategy) {
    auto trainer = trainer_of(strategy);
    (void)trainer.load(folder / "model");
    return outcome_of(trainer, trainer.fit(inputs(), classes(), options(4, 2)));
  };
  const auto check = [&](const Outcome& outcome) {
    const auto& wanted = of_one_process();
    for (std::size_t n = 0; n < 2; ++n)
      CHECK(outcome.history["val_loss"][n] == Approx(wanted.history["val_loss"][n + 2]).epsilon(1e-4));
    CHECK(outcome.history["loss"][0] == Approx(wanted.history["loss"][2]).epsilon(1e-4));
    CHECK(all_close(outcome.parameters[0], wanted.parameters[0], 1e-3, 1e-4));
  };
  check(resumed(strategy::jit()));
  for (const int count : {2, 3}) {
    std::vector<Outcome> outcomes(static_cast<std::size_t>(count));
    in_processes(count, [&](std::size_t rank, const Strategy& s) { outcomes[rank] = resumed(s); });
    for (const Outcome& outcome : outcomes) check(outcome);
  }
}
