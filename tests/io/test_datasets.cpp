#include "copse/io/datasets.hpp"

#include <sys/stat.h>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/io/csv.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int v : values) out += static_cast<char>(v);
  return out;
}

std::string idx_error(const Folder& folder, const std::string& contents) {
  write_bytes(folder / "bad", contents);
  return message_of<IoError>([&] { (void)io::load_idx(folder / "bad"); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("IDX: the digits that come with the library") {
  const fs::path data = fs::path(COPSE_DATA_DIR) / "mnist";
  const Array images = io::load_idx(data / "train5k-images-idx3-ubyte.gz");
  const Array labels = io::load_idx(data / "train5k-labels-idx1-ubyte.gz");
  CHECK(images.shape() == Shape{5000, 28, 28});
  CHECK(images.dtype() == DType::uint8);
  CHECK(labels.shape() == Shape{5000});
  CHECK(max(labels).item<int>() == 9);
  CHECK(max(images).item<int>() == 255);
  CHECK(sum(one_hot(labels, 10), 0).to_vector<int>() == std::vector<int>(10, 500));
}

TEST_CASE("IDX: all types of elements") {
  const Folder folder;
  const auto load = [&](const std::string& contents) {
    write_bytes(folder / "x", contents);
    return io::load_idx(folder / "x");
  };
  const Array u8 = load(bytes({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255}));
  CHECK(u8.shape() == Shape{2, 3});
  CHECK(u8.to_vector<int>() == std::vector<int>{1, 2, 3, 4, 5, 255});
  CHECK(load(bytes({0, 0, 9, 1, 0, 0, 0, 2, 255, 1})).to_vector<int>() == std::vector<int>{-1, 1});
  CHECK(load(bytes({0, 0, 0x0b, 1, 0, 0, 0, 2, 255, 255, 1, 0})).to_vector<int>() ==
        std::vector<int>{-1, 256});
  CHECK(load(bytes({0, 0, 0x0c, 1, 0, 0, 0, 1, 0, 0, 1, 0})).to_vector<int>() == std::vector<int>{256});
  CHECK(load(bytes({0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0x80, 0, 0})).item<float>() == 1.0f);
  CHECK(load(bytes({0, 0, 0x0e, 1, 0, 0, 0, 1, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0})).item<double>() == 1.0);
  CHECK(load(bytes({0, 0, 8, 1, 0, 0, 0, 0})).shape() == Shape{0});
  CHECK(load(bytes({0, 0, 8, 0, 7})).item<int>() == 7);
}

TEST_CASE("IDX: what is malformed, truncated or hostile is an IoError that says why") {
  const Folder folder;
  CHECK(contains(idx_error(folder, ""), "truncated"));
  CHECK(contains(idx_error(folder, "PK\3\4"), "no IDX file"));
  CHECK(contains(idx_error(folder, bytes({0, 0, 10, 1, 0, 0, 0, 0})), "no IDX file"));
  CHECK(contains(idx_error(folder, bytes({0, 0, 8, 13})), "13 dimensions"));
  CHECK(contains(idx_error(folder, bytes({0, 0, 8, 2, 0, 0, 0, 1})), "header"));
  CHECK(contains(idx_error(folder, bytes({0, 0, 8, 1, 0, 0, 0, 3, 1, 2})), "3 bytes"));
  CHECK(contains(idx_error(folder, bytes({0, 0, 8, 1, 0, 0, 0, 1, 1, 2})), "more after"));
  CHECK(contains(
      idx_error(folder, bytes({0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255})),
      "too large"));
  CHECK(contains(idx_error(folder, bytes({0, 0, 8, 1, 127, 255, 255, 255})), "at most 0"));
  const std::string nowhere = message_of<IoError>([&] { (void)io::load_idx(folder / "nowhere"); });
  CHECK(contains(nowhere, "nowhere"));
  CHECK(contains(nowhere, "no such file"));
  // Not opened at all: that would wait for somebody to write to it.
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(contains(message_of<IoError>([&] { (void)io::load_idx(folder / "pipe"); }), "no regular file"));
}

TEST_CASE("IDX: compressed files that are cut off or damaged") {
  const Folder folder;
  const std::string good = read_bytes(fs::path(COPSE_DATA_DIR) / "mnist" / "train5k-labels-idx1-ubyte.gz");
  CHECK(idx_error(folder, good).empty());
  CHECK(contains(idx_error(folder, good.substr(0, good.size() / 2)), "truncated"));
  CHECK(contains(idx_error(folder, good.substr(0, 12)), "truncated"));
  std::string damaged = good;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  CHECK_FALSE(idx_error(folder, damaged).empty());
}

TEST_CASE("CIFAR: images with their channels last") {
  const Folder folder;
  std::string record(1, '\7');
  for (int c = 0; c < 3; ++c) record += std::string(1024, static_cast<char>(10 * (c + 1)));
  record[1 + 5] = 99;  // red of the pixel (0, 5)
  write_bytes(folder / "a", record + record);
  const io::LabeledImages images = io::load_cifar10({folder / "a", folder / "a"});
  CHECK(images.images.shape() == Shape{4, 32, 32, 3});
  CHECK(images.labels.to_vector<int>() == std::vector<int>{7, 7, 7, 7});
  CHECK(images.images.item<int>({1, 0, 5, 0}) == 99);
  CHECK(images.images.item<int>({1, 0, 5, 2}) == 30);
  write_bytes(folder / "b", '\3' + record);
  CHECK(io::load_cifar100(folder / "b").labels.item<int>() == 7);
  CHECK(io::load_cifar100(folder / "b", true).labels.item<int>() == 3);
  write_bytes(folder / "c", record.substr(1));
  CHECK(contains(message_of<IoError>([&] { (void)io::load_cifar10({folder / "c"}); }), "multiple of 3073"));
  record[0] = 10;
  write_bytes(folder / "d", record);
  CHECK(contains(message_of<IoError>([&] { (void)io::load_cifar10({folder / "d"}); }), "label"));
}

TEST_CASE("IDX and CIFAR: what is compressed unpacks to no more than the limit that is set for it") {
  const fs::path path = fs::path(COPSE_DATA_DIR) / "mnist" / "train5k-labels-idx1-ubyte.gz";
  CHECK(io::load_idx(path, {.max_unpacked = 5008}).size() == 5000);
  CHECK(contains(message_of<IoError>([&] { (void)io::load_idx(path, {.max_unpacked = 5007}); }), "at most"));
  CHECK(
      contains(message_of<IoError>([&] { (void)io::load_cifar10({path}, {.max_unpacked = 1000}); }), "1000"));
  CHECK(contains(message_of<IoError>([&] { (void)io::load_csv(path, {}, {.max_unpacked = 1000}); }), "1000"));
}
