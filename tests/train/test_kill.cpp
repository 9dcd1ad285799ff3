// A training that is killed at random moments, again and again, and started anew each time, ends in the same
// bytes. How often: COPSE_TEST_KILLS (by default 6).
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <thread>

#include "../io/files.hpp"
#include "catch.hpp"
#include "resuming.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* folder_variable = "COPSE_TEST_KILL_FOLDER";

Callbacks all(const fs::path& folder) {
  using namespace callbacks;
  return {CSVLogger{folder / "log.csv"}, HistoryPlot{folder / "history.svg"},
          EarlyStopping{{.monitor = "val_loss", .patience = 4, .restore_best_weights = true}},
          ModelCheckpoint{folder / "best", {.save_best_only = true}},
          ModelCheckpoint{folder / "last", {.save_freq = 3}}};
}

// Starts the training, or goes on with it, in a process of its own.
pid_t start(const fs::path& folder) {
  ::setenv(folder_variable, folder.c_str(), 1);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  char program[] = "/proc/self/exe", test[] = "killed: the training";
  char* arguments[] = {program, test, nullptr};
  pid_t child = 0;
  const int error = ::posix_spawn(&child, program, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE(error == 0);
  return child;
}

// Whether the process has come to its end by itself; it is killed if it takes longer than that.
bool ends_within(pid_t child, Clock::duration time) {
  const auto end = Clock::now() + time;
  int status = 0;
  while (Clock::now() < end) {
    if (::waitpid(child, &status, WNOHANG) == child) {
      REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
      return true;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  ::kill(child, SIGKILL);
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> out;
  for (const char* name : {"final", "best", "last", "log.csv", "history.svg"})
    out[name] = read_bytes(folder / name);
  return out;
}

}  // namespace

// What is started as a process of its own; no test in itself.
TEST_CASE("killed: the training", "[.]") {
  const char* place = std::getenv(folder_variable);
  REQUIRE(place != nullptr);
  const fs::path folder = place;
  auto trainer = stateful_trainer();
  if (fs::exists(folder / "last")) (void)trainer.load(folder / "last");
  Stream stream;
  (void)trainer.fit(stream, {.epochs = 12,
                             .validation_data = Batch{inputs(), classes(), {}},
                             .initial_epoch = static_cast<int>(trainer.progress().epoch),
                             .steps_per_epoch = Stream::batches_in_epoch,
                             .callbacks = all(folder),
                             .verbose = 0});
  trainer.save(folder / "final");
}

TEST_CASE("killed: a training at random moments") {
  const char* wanted = std::getenv("COPSE_TEST_KILLS");
  const int kills = wanted == nullptr ? 6 : std::atoi(wanted);
  const Folder folder;
  const auto begun = Clock::now();
  REQUIRE(ends_within(start(folder.path()), std::chrono::minutes(5)));
  const auto time = Clock::now() - begun;
  const auto whole = files_in(folder.path());
  std::minstd_rand random{static_cast<unsigned>(::getpid())};
  int killed = 0, trainings = 0;
  while (killed < kills) {
    fs::remove_all(folder.path());
    fs::create_directories(folder.path());
    // At any moment: between two steps, in the middle of a file.
    while (!ends_within(start(folder.path()), time * static_cast<int>(random() % 1000 + 1) / 1000)) ++killed;
    ++trainings;
    const auto files = files_in(folder.path());
    for (const auto& [name, bytes] : whole) {
      INFO(name << " after " << killed << " kills");
      CHECK(!bytes.empty());
      CHECK((files.at(name) == bytes));
    }
  }
  WARN(killed << " kills of " << trainings << " trainings, each of "
              << std::chrono::duration_cast<std::chrono::milliseconds>(time).count() << " ms");
}
