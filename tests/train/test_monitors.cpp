// EarlyStopping, ModelCheckpoint and TerminateOnNaN.
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "scripted.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;
using callbacks::EarlyStopping;
using callbacks::EarlyStoppingOptions;
using callbacks::Mode;
using callbacks::ModelCheckpoint;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

// How many of ten epochs are trained when validation gives these losses, and after it what is known.
struct Stopped {
  std::size_t epochs;
  std::optional<double> best;
  std::optional<int> epoch;
  std::size_t trained;  // steps of the state that is left
};

Stopped run(const std::vector<double>& val_losses, const EarlyStoppingOptions& options) {
  const auto stopping = std::make_shared<EarlyStopping>(options);
  auto trainer = scripted({1.0}, val_losses);
  const auto history = trainer.fit(one_batch, epochs(10, {stopping}));
  return {history.epochs(), stopping->best(), stopping->stopped_epoch(), trainer.state()->trained};
}

// Trains with these losses and gives what is in the folder.
std::vector<std::string> saved(const Folder& folder, const ModelCheckpoint& checkpoint,
                               const std::vector<double>& losses, FitOptions options = epochs(3)) {
  auto trainer = scripted({1.0}, losses);
  options.callbacks = {checkpoint};
  (void)trainer.fit(std::vector<int>{1, 2}, options);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path())) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("early stopping: a loss that stays ends after patience") {
  const auto result = run({1.0}, {.patience = 3});
  CHECK(result.epochs == 4);
  CHECK(result.best == 1.0);
  CHECK(result.epoch == 3);
  CHECK(run({1.0}, {}).epochs == 2);
  CHECK(run({3.0, 2.0, 2.5, 1.0, 1.5, 1.5}, {.patience = 2}).epochs == 6);
}

TEST_CASE("early stopping: one that gets better goes on") {
  const auto result = run({10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, {});
  CHECK(result.epochs == 10);
  CHECK(result.best == 1.0);
  CHECK(!result.epoch);
}

TEST_CASE("early stopping: small steps do not count below min_delta") {
  const std::vector<double> losses = {1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55};
  CHECK(run(losses, {.min_delta = 0.04}).epochs == 10);
  CHECK(run(losses, {.min_delta = 0.06}).epochs == 2);
  CHECK(run(losses, {.min_delta = -0.06}).epochs == 2);  // of either sign
}

TEST_CASE("early stopping: which way is better") {
  const std::vector<double> rising = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  CHECK(run(rising, {}).epochs == 2);
  CHECK(run(rising, {.mode = Mode::max}).epochs == 10);
  CHECK(run(rising, {.mode = Mode::min}).epochs == 2);
  // By the name: an accuracy is better when it is larger.
  struct Named {
    int step = 0;
    void init_step(Key, int) {}
    Logs train_step(int) {
      const double x = ++step;
      return {{"loss", -x}, {"accuracy", x}, {"auc", x}, {"top_acc", x}, {"error", x}};
    }
  };
  for (const auto& [name, count] : std::vector<std::pair<std::string, std::size_t>>{
           {"accuracy", 5}, {"auc", 5}, {"top_acc", 5}, {"loss", 5}, {"error", 2}}) {
    INFO(name);
    Trainer trainer{Named{}, {.strategy = strategy::eager()}};
    CHECK(trainer.fit(one_batch, {.epochs = 5, .callbacks = {EarlyStopping{{.monitor = name}}}, .verbose = 0})
              .epochs() == count);
  }
}

TEST_CASE("early stopping: the first value must improve on the baseline") {
  CHECK(run({5.0, 4.0, 3.0}, {.patience = 2, .baseline = 1.0}).epochs == 2);
  CHECK(run({5.0, 0.5, 0.6, 0.6}, {.patience = 2, .baseline = 1.0}).epochs == 4);
}

TEST_CASE("early stopping: the best state comes back") {
  const std::vector<double> losses = {3.0, 1.0, 2.0, 2.0, 2.0};
  CHECK(run(losses, {.patience = 2}).trained == 4);
  CHECK(run(losses, {.patience = 2, .restore_best_weights = true}).trained == 2);
  // Also where the training came to its end before.
  CHECK(run({3.0, 1.0, 2.0}, {.patience = 20, .restore_best_weights = true}).trained == 2);
}

TEST_CASE("early stopping: nan is no improvement") {
  const auto result = run({not_a_number, not_a_number, not_a_number}, {.patience = 2});
  CHECK(result.epochs == 2);
  CHECK(!result.best);
  CHECK(run({2.0, not_a_number, 1.0, 3.0, 3.0}, {.patience = 2}).best == 1.0);
}

TEST_CASE("early stopping: without the number that it watches it never stops") {
  CHECK(run({1.0}, {.monitor = "val_accuracy", .patience = 1}).epochs == 10);
}

TEST_CASE("early stopping: starts anew with each fit") {
  const auto stopping = std::make_shared<EarlyStopping>(EarlyStoppingOptions{.patience = 2});
  auto trainer = scripted({1.0}, {1.0, 1.0, 1.0, 5.0, 4.0, 4.0, 4.0});
  CHECK(trainer.fit(one_batch, epochs(10, {stopping})).epochs() == 3);
  CHECK(trainer.fit(one_batch, epochs(10, {stopping})).epochs() == 4);
  CHECK(stopping->best() == 4.0);
}

TEST_CASE("early stopping: a negative patience is refused") {
  CHECK(message_of<ValueError>([] { EarlyStopping({.patience = -1}); }) ==
        "EarlyStopping: patience is -1, wanted 0 or more");
}

TEST_CASE("checkpoints: one after each epoch, under names with fields") {
  const Folder folder;
  CHECK(saved(folder, {folder / "model-{epoch:02}-{val_loss:.1f}"}, {3.0, 2.0, 4.0}) ==
        Names{"model-01-3.0", "model-02-2.0", "model-03-4.0"});
}

TEST_CASE("checkpoints: under one name, the last one") {
  const Folder folder;
  CHECK(saved(folder, {folder / "model"}, {3.0, 2.0, 4.0}) == Names{"model"});
  auto restored = scripted({1.0});
  restored.load(folder / "model");
  CHECK(restored.progress().epoch == 3);
  CHECK(restored.progress().steps == 6);
}

TEST_CASE("checkpoints: only the best") {
  const Folder folder;
  CHECK(saved(folder, {folder / "model-{epoch}", {.save_best_only = true}}, {3.0, 2.0, 4.0, 2.0, 1.0},
              epochs(5)) == Names{"model-1", "model-2", "model-5"});
  const Folder other;
  CHECK(saved(other, {other / "model-{epoch}", {.save_best_only = true, .mode = Mode::max}},
              {3.0, 2.0, 4.0, 2.0, 1.0}, epochs(5)) == Names{"model-1", "model-3"});
}

TEST_CASE("checkpoints: every so many epochs or batches") {
  const Folder folder;
  CHECK(saved(folder, {folder / "model-{epoch}", {.period = 2}}, {1.0}, epochs(5)) ==
        Names{"model-2", "model-4"});
  // Batches are counted over all epochs: the third is the first of the second epoch.
  const Folder other;
  const auto checkpoint = std::make_shared<ModelCheckpoint>(
      other / "model-{epoch}-{loss}", callbacks::ModelCheckpointOptions{.save_freq = 3});
  auto trainer = scripted({1.0, 2.0, 3.0, 4.0, 5.0, 6.0});
  (void)trainer.fit(std::vector<int>{1, 2}, epochs(3, {checkpoint}));
  CHECK(fs::exists(other / "model-2-3"));
  CHECK(checkpoint->last_path() == other / "model-3-5.5");
  CHECK(fs::exists(checkpoint->last_path()));
}

TEST_CASE("checkpoints: what was best") {
  const Folder folder;
  const auto checkpoint = std::make_shared<ModelCheckpoint>(folder / "model");
  auto trainer = scripted({1.0}, {3.0, 2.0, 4.0});
  (void)trainer.fit(one_batch, epochs(3, {checkpoint}));
  CHECK(checkpoint->best() == 2.0);
}

TEST_CASE("checkpoints: a state whose loss is lost is not saved over a good one") {
  for (const double lost : {not_a_number, infinite}) {
    const Folder folder;
    // The second step loses the parameters.
    struct Lost {
      Parameter w = 1.0f;
      double value = 0;
      void init_step(Key, int) {}
      Logs train_step(int) {
        const bool first = w->item<float>() == 1.0f;
        w = first ? Array(2.0f) : Array(static_cast<float>(value));
        return {{"loss", w.get()}};
      }
    };
    Trainer trainer{Lost{.value = lost}, {.strategy = strategy::eager()}};
    const FitOptions options{.epochs = 2, .callbacks = {ModelCheckpoint{folder / "model"}}, .verbose = 0};
    (void)trainer.fit(one_batch, options);
    Trainer restored{Lost{.value = lost}, {.strategy = strategy::eager()}};
    restored.load(folder / "model");
    CHECK(restored.progress().epoch == 1);
  }
}

TEST_CASE("checkpoints: a good state is saved, whatever a skipped batch has done to the loss") {
  const Folder folder;
  const auto keep = std::make_shared<ModelCheckpoint>(
      folder / "best", callbacks::ModelCheckpointOptions{.save_best_only = true});
  auto trainer = scripted({not_a_number, not_a_number, infinite}, {3.0, 1.0, 2.0});
  (void)trainer.fit(one_batch, epochs(3, {keep}));
  CHECK(keep->best() == 1.0);
  auto restored = scripted({1.0});
  restored.load(folder / "best");
  CHECK(restored.progress().epoch == 2);
}

TEST_CASE("checkpoints: any number is better than nan") {
  for (const std::vector<double>& values :
       std::vector<std::vector<double>>{{not_a_number, 3.0, 1.0, 2.0},
                                        {3.0, not_a_number, 1.0, 2.0},
                                        {not_a_number, not_a_number, 1.0, not_a_number}}) {
    const Folder folder;
    const auto keep = std::make_shared<ModelCheckpoint>(
        folder / "best", callbacks::ModelCheckpointOptions{.save_best_only = true});
    auto trainer = scripted({1.0}, values);
    (void)trainer.fit(one_batch, epochs(4, {keep}));
    CHECK(keep->best() == 1.0);
    auto restored = scripted({1.0});
    restored.load(folder / "best");
    CHECK(restored.progress().epoch == 3);
  }
}

TEST_CASE("monitors: which way is better, by the name of the number") {
  auto trainer = scripted({1.0});
  const auto up = [&](const std::string& name) { return trainer.higher_is_better(name); };
  for (const char* name : {"accuracy", "acc", "auc", "auroc", "f1", "f1_score", "precision", "recall", "r2",
                           "val_accuracy", "val_f1", "top_5_accuracy", "top5_acc", "f1/0", "val_auroc/2",
                           "macro_f1", "mean_iou", "binaryAccuracy", "accuracy_2"})
    CHECK(up(name) == true);
  for (const char* name : {"loss", "cross_entropy", "acc_loss", "mean_squared_error", "mean_absolute_error",
                           "huber", "val_loss", "mse", "val_mae", "error", "perplexity", "kl_divergence",
                           "accuracy_error", "tripletLoss", "l2", "loss_2"})
    CHECK(up(name) == false);
  for (const char* name : {"banana", "val_banana", "time", "x", "", "samples"})
    CHECK(up(name) == std::nullopt);
}

TEST_CASE("monitors: a name that says nothing needs a mode") {
  struct Named {
    int step = 0;
    void init_step(Key, int) {}
    Logs train_step(int) { return {{"loss", 1.0}, {"banana", ++step}}; }
  };
  const Folder folder;
  const auto fit = [](const AnyCallback& callback) {
    Trainer trainer{Named{}, {.strategy = strategy::eager()}};
    return trainer.fit(one_batch, {.epochs = 3, .callbacks = {callback}, .verbose = 0}).epochs();
  };
  for (const char* callback : {"EarlyStopping", "ModelCheckpoint"}) {
    const auto make = [&](Mode mode) -> AnyCallback {
      if (std::string(callback) == "EarlyStopping")
        return EarlyStopping{{.monitor = "banana", .patience = 9, .mode = mode}};
      return ModelCheckpoint{folder / "best", {.monitor = "banana", .save_best_only = true, .mode = mode}};
    };
    const std::string message = message_of<ValueError>([&] { (void)fit(make(Mode::by_name)); });
    CHECK(message.find(callback) == 0);
    CHECK((message.find("banana") != std::string::npos && message.find(".mode") != std::string::npos));
    CHECK(fit(make(Mode::max)) == 3);
    CHECK(fit(make(Mode::min)) == 3);
  }
  // What need not know is not stopped by it.
  CHECK(fit(ModelCheckpoint{folder / "all", {.monitor = "banana"}}) == 3);
}

TEST_CASE("checkpoints: the best of a number that isn't there is not saved") {
  const Folder folder;
  CHECK(saved(folder, {folder / "model", {.monitor = "val_acc", .save_best_only = true}}, {1.0}).empty());
}

TEST_CASE("checkpoints: folders are made") {
  const Folder folder;
  CHECK(saved(folder, {folder / "deep/er/model"}, {1.0}) == Names{"deep"});
  CHECK(fs::exists(folder / "deep/er/model"));
}

TEST_CASE("checkpoints: what is refused") {
  const Folder folder;
  CHECK(message_of<ValueError>([&] { ModelCheckpoint(folder / "m", {.save_freq = 0}); }) ==
        "ModelCheckpoint: save_freq is 0, wanted 1 or more batches");
  CHECK(message_of<ValueError>([&] { ModelCheckpoint(folder / "m", {.period = 0}); }) ==
        "ModelCheckpoint: period is 0, wanted 1 or more");
  const std::string message =
      message_of<ValueError>([&] { (void)saved(folder, {folder / "m-{val_accuracy}"}, {1.0}); });
  CHECK(message.find("m-{val_accuracy}' has a field that is neither epoch nor one of (loss, val_loss)") !=
        std::string::npos);
}

TEST_CASE("a loss that is no number ends the training") {
  for (const double lost : {not_a_number, infinite, -infinite}) {
    auto trainer = scripted({1.0, 1.0, lost, 1.0});
    const auto history = trainer.fit(
        std::vector<int>{1, 2}, {.epochs = 10, .callbacks = {callbacks::TerminateOnNaN{}}, .verbose = 0});
    CHECK(history.epochs() == 2);
    CHECK(trainer.state()->trained == 3);
  }
  auto trainer = scripted({1.0});
  CHECK(trainer.fit(one_batch, epochs(4, {callbacks::TerminateOnNaN{}})).epochs() == 4);
}

TEST_CASE("early stopping: thresholds, numbers that are lost, and epochs that do not count") {
  CHECK(run({3.0, 2.0, 0.9, 0.8}, {.patience = 9, .stopping_threshold = 1.0}).epochs == 3);
  CHECK(run({3.0, 2.0, 0.9, 0.8}, {.patience = 9, .stopping_threshold = 1.0}).best == 0.9);
  CHECK(run({3.0, 2.0, 5.5, 1.0}, {.patience = 9, .divergence_threshold = 5.0}).epochs == 3);
  CHECK(run({3.0, infinite, 1.0}, {.patience = 9, .check_finite = true}).epochs == 2);
  CHECK(run({3.0, not_a_number, 1.0}, {.patience = 9, .check_finite = true}).epochs == 2);
  CHECK(run({3.0, infinite, 1.0}, {.patience = 9}).epochs == 10);
  // The first three get worse, and nobody counts.
  CHECK(run({1.0, 2.0, 3.0, 2.5, 2.6, 2.7}, {.patience = 2, .start_from_epoch = 3}).epochs == 6);
  CHECK(message_of<ValueError>([] { (void)EarlyStopping{{.start_from_epoch = -1}}; }) ==
        "EarlyStopping: start_from_epoch is -1, wanted 0 or more");
}

TEST_CASE("checkpoints: the best files stay, the best first, and the last one") {
  const Folder folder;
  const auto checkpoint = std::make_shared<ModelCheckpoint>(
      folder / "at-{epoch}", callbacks::ModelCheckpointOptions{.save_top_k = 2, .save_last = true});
  auto trainer = scripted({1.0}, {5.0, 3.0, 4.0, not_a_number, 6.0, 2.0});
  (void)trainer.fit(one_batch, epochs(6, {checkpoint}));
  Names names;
  for (const auto& entry : fs::directory_iterator(folder.path())) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  CHECK(names == Names{"at-2", "at-6", "last"});
  CHECK(checkpoint->best_paths() == std::vector<fs::path>{folder / "at-6", folder / "at-2"});
  CHECK(message_of<ValueError>([&] {
          (void)ModelCheckpoint{"one", {.save_top_k = 2}};
        }).find("wants a field that tells the files apart") != std::string::npos);
  CHECK(message_of<ValueError>([&] {
          (void)ModelCheckpoint{"one", {.save_top_k = -1}};
        }) == "ModelCheckpoint: save_top_k is -1, wanted 0 or more");
}

TEST_CASE("checkpoints: by the clock") {
  const Folder folder;
  CHECK(saved(folder, {folder / "model", {.every_seconds = 3600.0}}, {1.0}).empty());
  CHECK(saved(folder, {folder / "model", {.every_seconds = 1e-9}}, {1.0}) == Names{"model"});
  CHECK(message_of<ValueError>([&] {
          (void)ModelCheckpoint{"one", {.every_seconds = 0.0}};
        }) == "ModelCheckpoint: every_seconds is 0, wanted more than 0");
}
