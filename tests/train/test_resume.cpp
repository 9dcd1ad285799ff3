// A training that is interrupted and goes on in another process is the one without a break: its module, what
// its callbacks have done, and the data that it has seen.
#include <cstdio>
#include <functional>
#include <map>
#include <memory>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "resuming.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;

namespace {

struct Interrupted {};

// Saves after a step, and then breaks off. A type of its own, whose key is none of the others'.
struct Interrupter : callbacks::LambdaCallback {
  Interrupter(std::int64_t steps, const fs::path& path)
      : LambdaCallback({.on_train_batch_begin =
                            [steps](TrainerBase& trainer, const auto&...) {
                              if (trainer.progress().steps == steps) throw Interrupted{};
                            },
                        .on_train_batch_end =
                            [steps, path](TrainerBase& trainer, const auto&...) {
                              if (trainer.progress().steps == steps) trainer.save_after_callbacks(path);
                            }}) {}
};
Interrupter interrupt_after(std::int64_t steps, const fs::path& path) { return {steps, path}; }

// Remembers all that it was called for.
struct Counting : Callback {
  std::int64_t epochs = 0, batches = 0;
  fs::path path;
  explicit Counting(fs::path p) : path(std::move(p)) {}
  void on_train_begin(TrainerBase&) override { epochs = batches = 0; }
  void on_train_batch_begin(TrainerBase&, std::int64_t) override { ++batches; }
  void on_train_end(TrainerBase& trainer,
                    const decltype(std::declval<Trainer<Stateful>&>().evaluate(inputs()))&) override {
    write_bytes(path, std::to_string(batches) + " " + std::to_string(trainer.progress().steps));
  }
  void save(io::Store& store) const override { store.set("batches", batches); }
  void load(const io::Store& store) override { batches = store.get<std::int64_t>("batches"); }
};

using MakeCallbacks = std::function<Callbacks(const fs::path&)>;

const std::map<std::string, MakeCallbacks>& table() {
  using namespace callbacks;
  static const std::map<std::string, MakeCallbacks> all{
      {"EarlyStopping",
       [](const fs::path&) {
         return Callbacks{EarlyStopping{{.monitor = "val_loss", .patience = 1, .restore_best_weights = true}},
                          EarlyStopping{{.monitor = "loss", .min_delta = 0.02, .patience = 1}}};
       }},
      {"ModelCheckpoint, best",
       [](const fs::path& folder) {
         return Callbacks{
             ModelCheckpoint{folder / "best", {.save_best_only = true}},
             ModelCheckpoint{folder / "best-of-training", {.monitor = "loss", .save_best_only = true}}};
       }},
      {"ModelCheckpoint, all",
       [](const fs::path& folder) {
         return Callbacks{ModelCheckpoint{folder / "at-{epoch}"},
                          ModelCheckpoint{folder / "steps", {.save_freq = 3}}};
       }},
      {"ModelCheckpoint, the best two",
       [](const fs::path& folder) {
         return Callbacks{ModelCheckpoint{folder / "top-{epoch}", {.save_top_k = 2, .save_last = true}},
                          ModelCheckpoint{folder / "weights", {.monitor = "loss", .weights_only = true}}};
       }},
      {"EMA",
       [](const fs::path&) {
         return Callbacks{EMA{{.decay = 0.9}}, EarlyStopping{{.patience = 1}}};
       }},
      {"GradientNorms",
       [](const fs::path& folder) {
         return Callbacks{GradientNorms{{.each = true}}, CSVLogger{folder / "norms.csv"}};
       }},
      {"Profiler", [](const fs::path&) { return Callbacks{Profiler{{.out = nullptr}}}; }},
      {"BackupAndRestore", [](const fs::path& folder) { return Callbacks{BackupAndRestore{folder}}; }},
      {"BackupAndRestore, within epochs",
       [](const fs::path& folder) {
         return Callbacks{BackupAndRestore{folder, {.save_freq = 2}}};
       }},
      {"CSVLogger", [](const fs::path& folder) { return Callbacks{CSVLogger{folder / "log.csv"}}; }},
      {"CSVLogger, appending",
       [](const fs::path& folder) {
         return Callbacks{CSVLogger{folder / "log.csv", {.append = true}}};
       }},
      {"TensorBoard", [](const fs::path& folder) { return Callbacks{TensorBoard{folder / "runs"}}; }},
      {"HistoryPlot", [](const fs::path& folder) { return Callbacks{HistoryPlot{folder / "history.svg"}}; }},
      {"TerminateOnNaN", [](const fs::path&) { return Callbacks{TerminateOnNaN{}}; }},
      {"ProgressBar",
       [](const fs::path&) {
         static std::FILE* const nowhere = std::fopen("/dev/null", "w");
         return Callbacks{ProgressBar{{.out = nowhere}}};
       }},
      {"LambdaCallback",
       [](const fs::path& folder) {
         const auto text = std::make_shared<std::string>();
         return Callbacks{LambdaCallback{
             {.on_train_end = [=](TrainerBase&, const auto&) { write_bytes(folder / "text", *text); },
              .on_train_batch_begin = [=](TrainerBase&, std::int64_t b) { *text += std::to_string(b); },
              .save = [=](io::Store& store) { store.set("text", *text); },
              .load = [=](const io::Store& store) { *text = store.get<std::string>("text"); }}}};
       }},
      {"one of one's own", [](const fs::path& folder) { return Callbacks{Counting{folder / "counts"}}; }},
  };
  return all;
}

FitOptions options(Callbacks callbacks, int initial = 0) {
  return {.epochs = 4,
          .batch_size = 16,
          .validation_split = 0.2,
          .initial_epoch = initial,
          .callbacks = std::move(callbacks),
          .verbose = 0};
}

// All that a run has left behind: the trainer's arrays and the files in its folder.
using Left = std::map<std::string, std::string>;

Left left(const Trainer<Stateful>& trainer, const fs::path& folder) {
  trainer.save(folder / "final");
  Left out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    // Event files have the time in them; the interrupted training has one more checkpoint.
    if (entry.is_regular_file() && name != "model") out[name] = read_bytes(entry.path());
  }
  return out;
}

void empty(const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
}

// What is left of a training on arrays, or of one that is broken off after some steps and goes on.
Left run(const fs::path& folder, const MakeCallbacks& make, std::optional<std::int64_t> broken_after) {
  empty(folder);
  if (broken_after) {
    auto first = stateful_trainer();
    Callbacks callbacks = make(folder);
    callbacks.insert(callbacks.begin(), interrupt_after(*broken_after, folder / "model"));
    bool ended = true;
    try {
      (void)first.fit(inputs(), classes(), options(callbacks));
    } catch (const Interrupted&) {
      ended = false;
    }
    if (ended) return left(first, folder);  // stopped before
  }
  auto trainer = stateful_trainer();
  int done = 0;
  if (fs::exists(folder / "model")) {
    (void)trainer.load(folder / "model");
    done = static_cast<int>(trainer.progress().epoch);
  }
  (void)trainer.fit(inputs(), classes(), options(make(folder), done));
  return left(trainer, folder);
}

void check_same(const Left& got, const Left& wanted) {
  for (const auto& [name, bytes] : wanted) {
    INFO(name);
    REQUIRE(got.contains(name));
    CHECK(got.at(name) == bytes);
  }
  CHECK(got.size() == wanted.size());
}

}  // namespace

TEST_CASE("resuming: every callback goes on as without a break") {
  const Folder folder;
  const fs::path place = folder / "run";
  for (const auto& [name, make] : table()) {
    INFO(name);
    const Left whole = run(place, make, std::nullopt);
    // Within an epoch, before its last batch is done with, and in each of the epochs.
    for (const std::int64_t steps : {1, 5, 8, 10, 14, 19}) {
      INFO("broken off after step " << steps);
      check_same(run(place, make, steps), whole);
    }
  }
}

TEST_CASE("resuming: all callbacks at once, in any order") {
  const Folder folder;
  const fs::path place = folder / "run";
  for (const bool reversed : {false, true}) {
    const MakeCallbacks all = [reversed](const fs::path& path) {
      Callbacks out;
      for (const auto& [name, make] : table()) {
        if (name == "CSVLogger, appending" || name == "BackupAndRestore, within epochs") continue;
        for (auto& callback : make(path)) out.insert(reversed ? out.begin() : out.end(), std::move(callback));
      }
      return out;
    };
    const Left whole = run(place, all, std::nullopt);
    for (const std::int64_t steps : {2, 5, 11}) {
      INFO("broken off after step " << steps);
      check_same(run(place, all, steps), whole);
    }
  }
}

TEST_CASE("resuming: from checkpoints that a callback writes at the ends of epochs") {
  const Folder folder;
  auto callbacks = [&](const fs::path& place) {
    return Callbacks{callbacks::ModelCheckpoint{place / "model"},
                     callbacks::EarlyStopping{{.monitor = "loss", .min_delta = 0.02, .patience = 2}},
                     callbacks::ModelCheckpoint{place / "best", {.save_best_only = true}},
                     callbacks::CSVLogger{place / "log.csv"}};
  };
  const fs::path place = folder / "run";
  const Left whole = run(place, callbacks, std::nullopt);
  for (const int epochs : {1, 2, 3}) {
    empty(place);
    auto first = stateful_trainer();
    FitOptions some = options(callbacks(place));
    some.epochs = epochs;
    (void)first.fit(inputs(), classes(), some);
    auto second = stateful_trainer();
    (void)second.load(place / "model");
    (void)second.fit(inputs(), classes(), options(callbacks(place), epochs));
    check_same(left(second, place), whole);
  }
}

TEST_CASE("resuming: what was not asked to go on begins anew") {
  const Folder folder;
  const auto stopping = [] {
    return std::make_shared<callbacks::EarlyStopping>(
        callbacks::EarlyStoppingOptions{.monitor = "loss", .min_delta = 100.0, .patience = 2});
  };
  auto trainer = stateful_trainer();
  const auto first = stopping();
  (void)trainer.fit(inputs(), classes(), options({first}));
  CHECK(first->stopped_epoch() == 2);
  trainer.save(folder / "model");

  auto same = stateful_trainer(), fresh = stateful_trainer();
  (void)same.load(folder / "model");
  const auto second = stopping(), third = stopping();
  CHECK(same.fit(inputs(), classes(), options({second}, 3)).epochs() == 0);
  CHECK(second->stopped_epoch() == 2);
  // Another run of the epochs, not the rest of the one that was saved.
  (void)fresh.load(folder / "model");
  CHECK(fresh.fit(inputs(), classes(), options({third}, 0)).epochs() == 3);
  // What a trainer has loaded is in what it saves, also before it goes on.
  (void)fresh.load(folder / "model");
  fresh.save(folder / "again");
  CHECK(read_bytes(folder / "again") == read_bytes(folder / "model"));
}

TEST_CASE("resuming: two callbacks of a type each have what was theirs") {
  const Folder folder;
  struct Number : Callback {
    int number = 0;
    explicit Number(int n) : number(n) {}
    void save(io::Store& store) const override { store.set("number", number); }
    void load(const io::Store& store) override { number = store.get<int>("number"); }
  };
  auto trainer = stateful_trainer();
  (void)trainer.fit(inputs(), classes(),
                    {.callbacks = {Number{1}, callbacks::TerminateOnNaN{}, Number{2}}, .verbose = 0});
  trainer.save(folder / "model");
  const auto file = io::load_safetensors(folder / "model");
  CHECK(file.at("trainer/run/callbacks/Number/number").item<int>() == 1);
  CHECK(file.at("trainer/run/callbacks/Number_2/number").item<int>() == 2);
  // Others of the same name that remember nothing do not count.
  struct Silent : Number {
    using Number::Number;
    void save(io::Store&) const override {}
    std::string state_key() const override { return "Number"; }
  };
  const auto a = std::make_shared<Number>(0), b = std::make_shared<Number>(0),
             c = std::make_shared<Number>(7);
  auto next = stateful_trainer();
  (void)next.load(folder / "model");
  (void)next.fit(inputs(), classes(),
                 {.epochs = 2, .initial_epoch = 1, .callbacks = {Silent{3}, a, b, c}, .verbose = 0});
  CHECK((a->number == 1 && b->number == 2 && c->number == 7));
}

TEST_CASE("resuming: streams and generators go on at their batch") {
  const Folder folder;
  const auto options = [](Callbacks callbacks, int initial = 0) {
    return FitOptions{.epochs = 4,
                      .initial_epoch = initial,
                      .steps_per_epoch = Stream::batches_in_epoch,
                      .callbacks = std::move(callbacks),
                      .verbose = 0};
  };
  const auto check = [&](auto make_source) {
    auto whole = stateful_trainer();
    auto all = make_source();
    (void)whole.fit(all, options({}));
    for (const std::int64_t steps : {1, 4, 5, 6, 12, 15, 19}) {
      INFO("broken off after step " << steps);
      auto broken = stateful_trainer(), resumed = stateful_trainer();
      auto first = make_source();
      CHECK_THROWS_AS(broken.fit(first, options({interrupt_after(steps, folder / "model")})), Interrupted);
      (void)resumed.load(folder / "model");
      auto second = make_source();
      (void)resumed.fit(second, options({}, static_cast<int>(resumed.progress().epoch)));
      CHECK(resumed.progress().steps == 20);
      CHECK(array_equal(resumed.state()->hidden.kernel.get(), whole.state()->hidden.kernel.get()));
    }
  };
  SECTION("a stream with a buffer that reads ahead") {
    check([] { return Stream(); });
  }
  SECTION("an endless function") {
    check([] {
      return [drawn = 0]() mutable -> std::optional<Batch> {
        const Key key = random::fold_in(random::key(7), drawn++);
        const Array x = random::normal(key, {8, 2});
        return Batch{x, astype(sum(x, 1) > 0.0f, DType::int32), {}};
      };
    });
  }
}

TEST_CASE("resuming: an epoch that has no batch left has its numbers all the same") {
  const Folder folder;
  auto first = stateful_trainer();
  CHECK_THROWS_AS(first.fit(inputs(), classes(), options({interrupt_after(5, folder / "model")})),
                  Interrupted);
  auto resumed = stateful_trainer();
  (void)resumed.load(folder / "model");
  CHECK((resumed.progress().epoch == 0 && resumed.progress().batch == 5));
  const History history =
      resumed.fit(inputs(), classes(), options({callbacks::CSVLogger{folder / "log.csv"}}));
  auto whole = stateful_trainer();
  const History all = whole.fit(inputs(), classes(), options({}));
  for (const auto& name : all.names()) CHECK(history[name] == all[name]);
  CHECK(read_bytes(folder / "log.csv").starts_with("epoch,accuracy,cross_entropy,loss,val_accuracy,"));
}
