// Logs, their averages, and the history that they make.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/ops/create.hpp"
#include "copse/train.hpp"

using namespace copse;
using namespace testing_files;

using Names = std::vector<std::string>;

TEST_CASE("logs: numbers by name, in the order in which they came") {
  Logs logs = {{"loss", 0.1}, {"steps", 3}, {"accuracy", Array(0.5f)}};
  CHECK(logs.names() == Names{"loss", "steps", "accuracy"});
  CHECK(logs["loss"] == 0.1);  // C++ numbers are kept exactly
  CHECK(logs["steps"] == 3.0);
  CHECK(logs["accuracy"] == 0.5);
  CHECK(logs.at("accuracy").dtype() == DType::float32);
  CHECK((logs.size() == 3 && !logs.empty() && logs.contains("loss") && logs.count("nothing") == 0));
  CHECK(logs.get("loss", 7.0) == 0.1);
  CHECK(logs.get("nothing", 7.0) == 7.0);

  logs.set("loss", 0.2);
  CHECK(logs.names() == Names{"loss", "steps", "accuracy"});
  CHECK(logs["loss"] == 0.2);
  logs.add("loss", 0.3);
  logs.add("loss", 0.4);
  CHECK(logs.names() == Names{"loss", "steps", "accuracy", "loss_2", "loss_3"});
  CHECK(logs["loss_3"] == 0.4);
}

TEST_CASE("logs: a Parameter and an array with one element are numbers") {
  const Parameter p = 2.0f;
  const Logs logs = {{"p", p}, {"one", ones({1, 1})}};
  CHECK(logs["p"] == 2.0);
  CHECK(logs["one"] == 1.0);
}

TEST_CASE("logs: what is refused") {
  CHECK(message_of<ValueError>([] {
          (void)Logs{{"loss", 1.0}, {"loss", 2.0}};
        }) == "Logs: the name 'loss' is there twice");
  CHECK(message_of<ShapeError>([] {
          (void)Logs{{"loss", ones({2})}};
        }) == "Logs: 'loss' is float32(2,), wanted one number: reduce it with mean or sum");
  CHECK(message_of<ShapeError>([] {
          (void)Logs{{"loss", Array()}};
        }) == "Logs: 'loss' is an Array without a value, wanted one number: reduce it with mean or sum");
  const Logs logs = {{"loss", 1.0}, {"accuracy", 2.0}};
  CHECK(message_of<ValueError>([&] { (void)logs["los"]; }) ==
        "Logs: there is no 'los' among (loss, accuracy)");
}

TEST_CASE("logs: as text") {
  CHECK(to_string(Logs{{"loss", 0.25134}, {"accuracy", 0.9172}}) == "loss: 0.2513 - accuracy: 0.9172");
  CHECK(to_string(Logs{{"loss", 0.00012345}, {"none", 0}, {"big", -12345.678}}) ==
        "loss: 1.2345e-04 - none: 0.0000 - big: -12345.6780");
  CHECK(log_text(std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(log_text(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(to_string(Logs()).empty());
}

TEST_CASE("logs: averages weigh batches by their samples, and take what is latest as it is") {
  LogAverage average;
  Logs first = {{"loss", 1.0}}, second = {{"loss", 4.0}};
  first.set("accuracy", 0.5, true);
  second.set("accuracy", 0.75, true);
  second.set("extra", 6.0);
  average.add(first, 32);
  average.add(second, 16);
  const EpochLogs logs = average.result();
  CHECK(logs.names() == Names{"loss", "accuracy", "extra"});
  CHECK(logs["loss"] == 2.0);
  CHECK(logs["accuracy"] == 0.75);
  CHECK((second.is_latest("accuracy") && !second.is_latest("loss") && !second.is_latest("nothing")));
  CHECK(logs["extra"] == 6.0);  // the mean of the batches that have it
  average.reset();
  CHECK(average.result().empty());
}

TEST_CASE("history: values by name, and the epochs that have them") {
  History history;
  history.add(4, {{"loss", 3.0}});
  history.add(5, {{"loss", 2.0}, {"val_loss", 2.5}});
  CHECK(history.epochs() == 2);
  CHECK(history.epoch_numbers() == std::vector<int>{4, 5});
  CHECK(history.names() == Names{"loss", "val_loss"});
  CHECK(history["loss"] == std::vector<double>{3, 2});
  CHECK(history["val_loss"] == std::vector<double>{2.5});
  CHECK(history.epochs_of("val_loss") == std::vector<int>{5});
  CHECK((history.contains("loss") && !history.contains("accuracy")));
  CHECK(message_of<ValueError>([&] { (void)history["accuracy"]; }) ==
        "History: there is no 'accuracy' among (loss, val_loss)");
  CHECK(message_of<ValueError>([&] { (void)history.epochs_of("x"); }) ==
        "History: there is no 'x' among (loss, val_loss)");
}

TEST_CASE("history: drawn as SVG, one plot for each name with training and validation together") {
  const Folder folder;
  History history;
  for (int epoch = 0; epoch < 3; ++epoch) {
    history.add(epoch, {{"loss", 3.0 - epoch}, {"a<b&c", 1.0}, {"val_loss", 3.5 - epoch}});
  }
  plot_history(folder / "history.svg", history);
  const std::string svg = read_bytes(folder / "history.svg");
  CHECK(svg.starts_with("<svg"));
  CHECK(svg.find("</svg>") != std::string::npos);
  CHECK(svg.find("a&lt;b&amp;c") != std::string::npos);
  const auto count = [&](const std::string& part) {
    int n = 0;
    for (std::size_t at = svg.find(part); at != std::string::npos; at = svg.find(part, at + 1)) ++n;
    return n;
  };
  CHECK(count("<polyline") == 3);  // loss twice, the other once
}

TEST_CASE("history: a single epoch is a dot") {
  const Folder folder;
  History history;
  history.add(0, {{"loss", 1.0}});
  plot_history(folder / "one.svg", history);
  const std::string svg = read_bytes(folder / "one.svg");
  const std::size_t begin = svg.find("points=\"") + 8, middle = svg.find(' ', begin) + 1;
  CHECK(svg.substr(begin, middle - begin) == svg.substr(middle, middle - begin));
}

TEST_CASE("history: drawn as PNG, with the same curves in the same colours") {
  const Folder folder;
  History history;
  for (int epoch = 0; epoch < 1000; ++epoch)
    history.add(epoch,
                {{"loss", 3.0 / (epoch + 1)}, {"val_loss", 3.5 / (epoch + 1)}, {"accuracy", 0.001 * epoch}});
  plot_history(folder / "history.png", history);
  const Array image = io::load_image(folder / "history.png");
  CHECK(image.shape() == Shape{560, 1680, 3});  // two panels, two pixels for each of the SVG's
  const auto pixels = image.to_vector<std::uint8_t>();
  const auto count = [&](int red, int green, int blue, int begin, int end) {
    int n = 0;
    for (int y = 0; y < 560; ++y)
      for (int x = begin; x < end; ++x) {
        const std::size_t at = 3 * static_cast<std::size_t>(y * 1680 + x);
        n += pixels[at] == red && pixels[at + 1] == green && pixels[at + 2] == blue ? 1 : 0;
      }
    return n;
  };
  CHECK(count(31, 111, 180, 0, 840) > 200);  // some of it lies behind the other
  CHECK(count(217, 98, 43, 0, 840) > 500);
  CHECK(count(31, 111, 180, 840, 1680) > 500);
  CHECK(count(217, 98, 43, 840, 1680) == 0);
  plot_history(folder / "none.png", History());
  CHECK(io::load_image(folder / "none.png").shape() == Shape{560, 840, 3});
  CHECK(message_of<ValueError>([&] {
          plot_history(folder / "history.jpg", history);
        }).ends_with("history.jpg' ends in '.jpg', wanted .svg or .png"));
  CHECK(message_of<ValueError>([] { (void)callbacks::HistoryPlot("history"); }) ==
        "HistoryPlot: 'history' ends in '', wanted .svg or .png");
}

TEST_CASE("history: numbers at the axes keep their size, and a character of several bytes is one") {
  const Folder folder;
  History tiny;
  tiny.add(0, {{"rate", 1e-300}});
  tiny.add(1, {{"rate", 3e-300}});
  plot_history(folder / "tiny.svg", tiny);
  CHECK(read_bytes(folder / "tiny.svg").find(">2e-300<") != std::string::npos);
  const auto drawn = [&](const char* name) {
    History history;
    history.add(0, {{name, 1.0}});
    plot_history(folder / "name.png", history);
    return read_bytes(folder / "name.png");
  };
  CHECK(drawn("gr\u00f6\u20ac") == drawn("gr??"));
  CHECK(drawn("gr??") != drawn("gr???"));
}

TEST_CASE("history: lost values and none at all can be drawn") {
  const Folder folder;
  plot_history(folder / "none.svg", History());
  CHECK(read_bytes(folder / "none.svg").starts_with("<svg"));
  History history;
  history.add(0, {{"loss", std::numeric_limits<double>::quiet_NaN()}});
  history.add(1, {{"loss", std::numeric_limits<double>::infinity()}});
  plot_history(folder / "lost.svg", history);
  const std::string svg = read_bytes(folder / "lost.svg");
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);
}
