// CSVLogger, TensorBoard and HistoryPlot: what is in their files.
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "../io/files.hpp"
#include "catch.hpp"
#include "scripted.hpp"

using namespace copse;
using namespace testing_train;
using namespace testing_files;
using callbacks::CSVLogger;
using callbacks::TensorBoard;

namespace {

// Tag, step and value of all scalars in the event file of a folder.
using Scalars = std::vector<std::tuple<std::string, std::int64_t, float>>;

std::uint64_t varint(const std::string& bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.at(at++));
    value |= static_cast<std::uint64_t>(byte & 127u) << shift;
    if (byte < 128) return value;
  }
}

Scalars scalars(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  REQUIRE(files.size() == 1);
  const std::string bytes = read_bytes(files[0]);
  Scalars out;
  // A record is its length (8 bytes), a checksum (4), the event, a checksum (4). An event: the time (field 1,
  // 8 bytes), the step (field 2), the summary (field 5) of one value (field 1): its tag (field 1) and number
  // (field 2).
  std::size_t at = 0;
  for (bool first = true; at < bytes.size(); first = false) {
    std::uint64_t length = 0;
    std::memcpy(&length, &bytes[at], 8);
    std::size_t i = at + 12 + 9;
    at += 16 + length;
    if (first) continue;  // the version of the format
    std::int64_t step = 0;
    if (bytes.at(i) == 0x10) step = static_cast<std::int64_t>(varint(bytes, ++i));
    REQUIRE(bytes.at(i++) == 0x2a);
    (void)varint(bytes, i);
    REQUIRE(bytes.at(i++) == 0x0a);
    (void)varint(bytes, i);
    REQUIRE(bytes.at(i++) == 0x0a);
    const auto size = static_cast<std::size_t>(varint(bytes, i));
    const std::string tag = bytes.substr(i, size);
    REQUIRE(bytes.at(i + size) == 0x15);
    float value = 0;
    std::memcpy(&value, &bytes[i + size + 1], 4);
    out.emplace_back(tag, step, value);
  }
  return out;
}

}  // namespace

TEST_CASE("CSV: a header by sorted name, and a line for each epoch") {
  const Folder folder;
  auto trainer = scripted({0.5, 0.25, 0.125}, {1.5});
  (void)trainer.fit(one_batch, epochs(3, {CSVLogger{folder / "log.csv"}}));
  CHECK(read_bytes(folder / "log.csv") == "epoch,loss,val_loss\n0,0.5,1.5\n1,0.25,1.5\n2,0.125,1.5\n");
}

TEST_CASE("CSV: epochs without validation have NA") {
  const Folder folder;
  auto trainer = scripted({0.5, 0.25, 0.125, 0.0625}, {1.5});
  auto options = epochs(4, {CSVLogger{folder / "log.csv", {.separator = ";"}}});
  options.validation_freq = {2, 4};
  (void)trainer.fit(one_batch, options);
  CHECK(read_bytes(folder / "log.csv") ==
        "epoch;loss;val_loss\n0;0.5;NA\n1;0.25;1.5\n2;0.125;NA\n3;0.0625;1.5\n");
}

TEST_CASE("CSV: begins anew, or goes on under the header that is there") {
  const Folder folder;
  auto trainer = scripted({0.5}, {1.5});
  (void)trainer.fit(one_batch, epochs(2, {CSVLogger{folder / "log.csv"}}));
  (void)trainer.fit(one_batch, epochs(1, {CSVLogger{folder / "log.csv"}}));
  CHECK(read_bytes(folder / "log.csv") == "epoch,loss,val_loss\n0,0.5,1.5\n");

  FitOptions resumed = epochs(2, {CSVLogger{folder / "log.csv", {.append = true}}});
  resumed.initial_epoch = 1;
  (void)trainer.fit(one_batch, resumed);
  CHECK(read_bytes(folder / "log.csv") == "epoch,loss,val_loss\n0,0.5,1.5\n1,0.5,1.5\n");
  // A file that isn't there yet gets its header.
  (void)trainer.fit(one_batch, epochs(1, {CSVLogger{folder / "new/log.csv", {.append = true}}}));
  CHECK(read_bytes(folder / "new/log.csv") == "epoch,loss,val_loss\n0,0.5,1.5\n");
}

TEST_CASE("CSV: each line is in the file as soon as its epoch is done") {
  const Folder folder;
  std::vector<std::size_t> sizes;
  const callbacks::LambdaCallback look{{.on_epoch_end = [&](TrainerBase&, int, const EpochLogs&) {
    sizes.push_back(read_bytes(folder / "log.csv").size());
  }}};
  auto trainer = scripted({0.5}, {1.5});
  (void)trainer.fit(one_batch, epochs(2, {CSVLogger{folder / "log.csv"}, look}));
  CHECK(sizes == std::vector<std::size_t>{30, 40});
}

TEST_CASE("CSV: what is refused") {
  const Folder folder;
  CHECK(message_of<ValueError>([&] { CSVLogger(folder / "log.csv", {.separator = ""}); }) ==
        "CSVLogger: the separator is empty");
  write_bytes(folder / "file", "");
  auto trainer = scripted({1.0});
  const auto message = message_of<IoError>(
      [&] { (void)trainer.fit(one_batch, epochs(1, {CSVLogger{folder / "file/log.csv"}})); });
  CHECK(message.starts_with("CSVLogger: '"));
  CHECK(message.ends_with("file/log.csv': cannot be written"));
}

TEST_CASE("TensorBoard: training and validation by epoch, under the same tags") {
  const Folder folder;
  auto trainer = scripted({0.5, 0.25}, {1.5, 1.25});
  (void)trainer.fit(one_batch, epochs(2, {TensorBoard{folder / "runs"}}));
  CHECK(scalars(folder / "runs/train") == Scalars{{"loss", 0, 0.5f}, {"loss", 1, 0.25f}});
  CHECK(scalars(folder / "runs/val") == Scalars{{"loss", 0, 1.5f}, {"loss", 1, 1.25f}});
}

TEST_CASE("TensorBoard: every so many batches, counted over all epochs") {
  const Folder folder;
  auto trainer = scripted({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {1.5});
  auto options = epochs(2, {TensorBoard{folder / "runs", {.update_freq = 2}}});
  (void)trainer.fit(std::vector<int>{1, 2, 3}, options);
  CHECK(scalars(folder / "runs/train") == Scalars{{"loss", 2, 1.5f}, {"loss", 4, 4.0f}, {"loss", 6, 5.0f}});
  CHECK(scalars(folder / "runs/val") == Scalars{{"loss", 3, 1.5f}, {"loss", 6, 1.5f}});
}

TEST_CASE("TensorBoard: without validation there is no folder for it") {
  const Folder folder;
  auto trainer = scripted({1.0});
  (void)trainer.fit(one_batch, {.callbacks = {TensorBoard{folder / "runs"}}, .verbose = 0});
  CHECK(fs::exists(folder / "runs/train"));
  CHECK(!fs::exists(folder / "runs/val"));
}

TEST_CASE("TensorBoard: a negative frequency is refused") {
  CHECK(message_of<ValueError>([] { TensorBoard("runs", {.update_freq = -1}); }) ==
        "TensorBoard: update_freq is -1, wanted 0 or more");
}

TEST_CASE("the history is drawn after each epoch") {
  const Folder folder;
  std::vector<bool> drawn;
  const callbacks::LambdaCallback look{{.on_epoch_end = [&](TrainerBase&, int, const EpochLogs&) {
    drawn.push_back(read_bytes(folder / "history.svg").starts_with("<svg"));
    fs::remove(folder / "history.svg");
  }}};
  auto trainer = scripted({1.0});
  (void)trainer.fit(one_batch, epochs(2, {callbacks::HistoryPlot{folder / "history.svg"}, look}));
  CHECK(drawn == std::vector<bool>{true, true});
}
