// BackupAndRestore: a training that was killed goes on by itself when the same program runs again.
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "resuming.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;

namespace {

struct Killed {};

// The program: the same lines each time it runs.
History program(Trainer<Stateful>& trainer, const callbacks::BackupAndRestore& backup,
                std::int64_t dies_before = -1) {
  callbacks::LambdaCallback dies({.on_train_batch_begin = [&](TrainerBase& t, std::int64_t) {
    if (t.progress().steps == dies_before) throw Killed{};
  }});
  return trainer.fit(
      inputs(), classes(),
      {.epochs = 4, .batch_size = 16, .validation_split = 0.2, .callbacks = {backup, dies}, .verbose = 0});
}

void check_same(const Trainer<Stateful>& a, const Trainer<Stateful>& b) {
  const auto x = a.parameters(), y = b.parameters();
  REQUIRE(x.size() == y.size());
  for (std::size_t n = 0; n < x.size(); ++n) CHECK(all_close(x[n], y[n], 0.0, 0.0));
}

}  // namespace

TEST_CASE("backup: a training that is killed goes on by itself, to the same bits") {
  auto whole = stateful_trainer();
  const Folder aside;
  const auto wanted = program(whole, callbacks::BackupAndRestore{aside / "whole"});
  CHECK(!fs::exists(callbacks::BackupAndRestore{aside / "whole"}.path()));
  for (const bool within : {false, true}) {
    for (const std::int64_t step : {1, 5, 7, 13, 19}) {
      INFO("killed before step " << step << ", saves within epochs: " << within);
      const Folder folder;
      callbacks::BackupAndRestoreOptions options;
      if (within) options.save_freq = 2;
      const callbacks::BackupAndRestore backup(folder / "backup", options);
      auto first = stateful_trainer();
      CHECK_THROWS_AS(program(first, backup, step), Killed);
      auto second = stateful_trainer();
      const auto history = program(second, backup);
      check_same(second, whole);
      CHECK(history["val_loss"].back() == wanted["val_loss"].back());
      CHECK(second.progress().steps == whole.progress().steps);
      CHECK(!fs::exists(backup.path()));
    }
  }
}

TEST_CASE("backup: stays where it is wanted, and goes where a callback has ended the training") {
  const Folder folder;
  auto trainer = stateful_trainer();
  (void)program(trainer, callbacks::BackupAndRestore{folder / "kept", {.keep = true}});
  CHECK(fs::exists(folder / "kept" / "backup"));
  // All epochs are done: nothing is trained, and nothing is lost.
  auto again = stateful_trainer();
  (void)program(again, callbacks::BackupAndRestore{folder / "kept", {.keep = true}});
  check_same(again, trainer);
  auto stopped = stateful_trainer();
  callbacks::LambdaCallback stop({.on_epoch_end = [](TrainerBase& t, int, const EpochLogs&) { t.stop(); }});
  (void)stopped.fit(
      inputs(), classes(),
      {.epochs = 4, .callbacks = {callbacks::BackupAndRestore{folder / "stopped"}, stop}, .verbose = 0});
  CHECK(!fs::exists(folder / "stopped" / "backup"));
}

TEST_CASE("backup: bad options and places") {
  CHECK_THROWS_WITH(callbacks::BackupAndRestore("x", {.save_freq = 0}), Catch::Contains("save_freq is 0"));
  const Folder folder;
  write_bytes(folder / "file", "no folder");
  auto trainer = stateful_trainer();
  CHECK_THROWS_AS(program(trainer, callbacks::BackupAndRestore{folder / "file"}), IoError);
}
