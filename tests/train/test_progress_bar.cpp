// The progress bar: what a terminal, a pipe and a file get to see.
#include <unistd.h>

#include <cstdio>
#include <regex>
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/ops/create.hpp"
#include "scripted.hpp"

using namespace copse;
using namespace testing_train;
using callbacks::ProgressBar;
using callbacks::ProgressBarOptions;

namespace {

// A file that goes away, to write to.
class Screen {
 public:
  Screen() : file_(std::tmpfile()) { REQUIRE(file_ != nullptr); }
  ~Screen() { std::fclose(file_); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  ProgressBar bar(std::optional<bool> terminal = std::nullopt) const {
    return ProgressBar{{.out = file_, .terminal = terminal, .width = 4, .interval = 0.0}};
  }
  std::FILE* file() const { return file_; }
  // All lines as they were drawn, one over the other.
  std::vector<std::string> drawn() const {
    std::vector<std::string> out(1);
    std::rewind(file_);
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
      if (c != '\n' && c != '\r') {
        out.back() += static_cast<char>(c);
      } else if (!out.back().empty()) {
        out.emplace_back();
      }
    }
    if (out.back().empty()) out.pop_back();
    return out;
  }
  // What has been written, with T for times and R for rates.
  std::string text() const {
    std::string out;
    std::rewind(file_);
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) out += static_cast<char>(c);
    out = std::regex_replace(out, std::regex("[0-9.]+ samples/s"), "R");
    return std::regex_replace(out, std::regex("- (ETA: )?[0-9.:]+s"), "- $1T");
  }
  // The same as lines, of which redrawing has left only what it wrote last.
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    std::string line;
    for (const char c : text()) {
      if (c == '\n') {
        while (!line.empty() && line.back() == ' ') line.pop_back();
        out.push_back(line);
      }
      line = c == '\n' || c == '\r' ? "" : line + c;
    }
    CHECK(line.empty());
    return out;
  }

 private:
  std::FILE* file_;
};

using Lines = std::vector<std::string>;
const std::vector<int> two_batches = {1, 2};

}  // namespace

TEST_CASE("progress: in a pipe or file, one line for each epoch and nothing is redrawn") {
  const Screen screen;
  auto trainer = scripted({1.0, 2.0, 3.0, 4.0}, {0.5});
  auto options = epochs(2, {screen.bar()});
  options.verbose = 1;
  (void)trainer.fit(two_batches, options);
  CHECK(screen.lines() == Lines{"Epoch 1/2 - T - R - loss: 1.5000 - val_loss: 0.5000",
                                "Epoch 2/2 - T - R - loss: 3.5000 - val_loss: 0.5000"});
  CHECK(screen.text().find('\r') == std::string::npos);
}

TEST_CASE("progress: on a terminal, a line that is redrawn") {
  const Screen screen;
  auto trainer = scripted({1.0, 2.0, 3.0, 4.0}, {0.5});
  auto options = epochs(2, {screen.bar(true)});
  options.verbose = 1;
  (void)trainer.fit(two_batches, options);
  CHECK(screen.lines() == Lines{"Epoch 1/2", "2/2 [====] - T - R - loss: 1.5000 - val_loss: 0.5000",
                                "Epoch 2/2", "2/2 [====] - T - R - loss: 3.5000 - val_loss: 0.5000"});
  CHECK(screen.text().find("\r1/2 [==>.] - R - ETA: T - loss: 1.0000") != std::string::npos);
}

TEST_CASE("progress: verbose 2 is a line for each epoch on a terminal, too") {
  const Screen screen;
  auto trainer = scripted({1.0});
  auto options = epochs(1, {screen.bar(true)});
  options.verbose = 2;
  (void)trainer.fit(two_batches, options);
  CHECK(screen.lines() == Lines{"Epoch 1/1 - T - R - loss: 1.0000 - val_loss: 1.0000"});
  CHECK(screen.text().find('\r') == std::string::npos);
}

TEST_CASE("progress: data of unknown length count batches") {
  const Screen screen;
  auto trainer = scripted({1.0});
  int left = 3;
  const auto generator = [&]() -> std::optional<int> {
    if (left-- == 0) return std::nullopt;
    return 1;
  };
  (void)trainer.fit(generator, {.callbacks = {screen.bar(true)}});
  CHECK(screen.lines() == Lines{"Epoch 1/1", "3/3 [====] - T - R - loss: 1.0000"});
  CHECK(screen.text().find("\r1 batches - R - T - loss: 1.0000") != std::string::npos);
}

TEST_CASE("progress: a shorter line blanks out what a longer one has left") {
  const Screen screen;
  auto trainer = scripted({-1234.5, 1240.5});
  (void)trainer.fit(two_batches, {.callbacks = {screen.bar(true)}});
  const std::string text = screen.text();
  CHECK(text.find("loss: -1234.5000\r") != std::string::npos);
  CHECK(text.find("loss: 3.0000 ") != std::string::npos);
}

TEST_CASE("progress: on a narrow terminal the bar makes room, and the last line has all numbers") {
  const Screen screen;
  auto trainer = scripted({1.0, 2.0}, {0.5});
  auto options =
      epochs(1, {ProgressBar{{.out = screen.file(), .terminal = true, .columns = 60, .interval = 0.0}}});
  options.verbose = 1;
  (void)trainer.fit(two_batches, options);
  const std::vector<std::string> drawn = screen.drawn();
  REQUIRE(drawn.size() == 4);  // the epoch, two batches, and what became of them
  for (const std::size_t batch : {std::size_t{1}, std::size_t{2}}) {
    INFO(drawn[batch]);
    CHECK(drawn[batch].size() < 60);
    CHECK(drawn[batch].find("loss: 1.") != std::string::npos);
  }
  CHECK(drawn[1].size() == 59);
  CHECK(drawn[3].find("2/2 [======] - ") == 0);
  CHECK(drawn[3].find("loss: 1.5000 - val_loss: 0.5000") != std::string::npos);
}

namespace {

// Reports a loss made of two others, a metric with a long name, and one more.
struct Reporting {
  void init_step(Key, int) {}
  Logs train_step(int) {
    Logs logs;
    logs.set("weight_decay_loss", 0.25);
    logs.set("cross_entropy_loss", 0.5);
    logs.set("loss", 0.75);
    logs.set("sparse_categorical_accuracy", 0.875);
    logs.set("mean_squared_error", 12345.678);
    return logs;
  }
};

// The lines that are drawn while it trains, on a terminal of so many columns.
std::vector<std::string> drawn_on(int columns) {
  const Screen screen;
  Trainer trainer{Reporting{}, {.strategy = strategy::eager()}};
  (void)trainer.fit(std::vector<int>(120, 1),
                    {.callbacks = {ProgressBar{
                         {.out = screen.file(), .terminal = true, .columns = columns, .interval = 0.0}}}});
  auto lines = screen.drawn();
  lines.erase(lines.begin());  // the epoch
  lines.pop_back();            // what became of it
  return lines;
}

}  // namespace

TEST_CASE("progress: on any terminal, the numbers that matter first, the rate and the time that is left") {
  for (const int columns : {200, 120, 80, 60, 50, 40}) {
    for (const std::string& line : drawn_on(columns)) {
      INFO(columns << " columns: " << line);
      CHECK(line.size() < static_cast<std::size_t>(columns));
      CHECK(std::regex_search(line, std::regex("loss:? 0[.]75")));
      CHECK(line.find("/s") != std::string::npos);
      CHECK(line.find("ETA") != std::string::npos);
    }
  }
  CHECK(std::regex_search(
      drawn_on(200)[0],
      std::regex("loss: 0[.]7500 - sparse_categorical_accuracy: 0[.]8750 - mean_squared_error: "
                 "12345[.]6780 - weight_decay_loss: 0[.]2500 - cross_entropy_loss: 0[.]5000$")));
  // Shortened before any is left out.
  CHECK(std::regex_search(
      drawn_on(120)[0],
      std::regex("loss 0[.]75 spa_cat_acc 0[.]875 mse 1[.]23e[+]04 wei_dec_loss 0[.]25 ce_loss 0[.]5$")));
  for (const std::string& line : drawn_on(60)) CHECK(line.find("spa_cat_acc 0.875") != std::string::npos);
}

TEST_CASE("progress: the only loss is not said twice") {
  const Screen screen;
  struct Single {
    void init_step(Key, int) {}
    Logs train_step(int) { return {{"loss", 0.5}, {"cross_entropy_loss", 0.5}, {"accuracy", 1.0}}; }
  };
  Trainer trainer{Single{}, {.strategy = strategy::eager()}};
  (void)trainer.fit(two_batches, {.callbacks = {screen.bar()}});
  CHECK(screen.lines() == Lines{"Epoch 1/1 - T - R - loss: 0.5000 - accuracy: 1.0000"});
}

TEST_CASE("progress: evaluate and predict have a line of their own") {
  const Screen screen;
  auto trainer = scripted({1.0}, {0.5});
  (void)trainer.evaluate(two_batches, {.callbacks = {screen.bar()}});
  (void)trainer.predict(two_batches, {.callbacks = {screen.bar()}, .verbose = 1});
  CHECK(screen.lines() == Lines{"evaluate - T - R - loss: 0.5000", "predict - T - R"});
}

TEST_CASE("progress: there is one bar, on the screen, unless verbose is 0") {
  // What goes to stdout is seen by giving it another file for a while.
  const auto printed = [](int verbose, const Callbacks& callbacks) {
    std::fflush(stdout);
    const int before = ::dup(STDOUT_FILENO);
    std::FILE* file = std::tmpfile();
    ::dup2(::fileno(file), STDOUT_FILENO);
    auto trainer = scripted({1.0});
    auto options = epochs(1, callbacks);
    options.verbose = verbose;
    (void)trainer.fit(one_batch, options);
    std::fflush(stdout);
    ::dup2(before, STDOUT_FILENO);
    ::close(before);
    std::rewind(file);
    std::string out;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) out += static_cast<char>(c);
    std::fclose(file);
    return out;
  };
  CHECK(printed(0, {}).empty());
  CHECK(printed(1, {}).starts_with("Epoch 1/1 - "));
  const Screen screen;
  CHECK(printed(1, {screen.bar()}).empty());
  CHECK(screen.lines().size() == 1);
}
