#include "copse/io/safetensors.hpp"

#include <cstring>
#include <random>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

namespace {

std::string with_header(std::string header, std::string data = {}) {
  const std::uint64_t length = header.size();
  std::string out(8, '\0');
  std::memcpy(out.data(), &length, 8);
  return out + header + data;
}

std::string load_error(const fs::path& path, std::string_view bytes) {
  write_bytes(path, bytes);
  return message_of<IoError>([&] { (void)io::load_safetensors(path); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("safetensors: arrays of all dtypes and shapes come back as they were") {
  const Folder folder;
  io::NamedArrays arrays;
  for (int d = 0; d < dtype_count; ++d) {
    const auto dtype = static_cast<DType>(d);
    arrays.emplace_back("x." + std::string(name_of(dtype)), full({3, 2}, 1, dtype));
    arrays.emplace_back("scalar." + std::string(name_of(dtype)), full({}, 1, dtype));
    arrays.emplace_back("empty." + std::string(name_of(dtype)), zeros({0, 4}, dtype));
  }
  arrays.emplace_back("a \"name\"\n\xc3\xa9", arange(5));
  io::save_safetensors(folder / "a.safetensors", arrays, {{"key", "a \"text\""}});

  const io::SafeTensors loaded = io::load_safetensors(folder / "a.safetensors");
  CHECK(loaded.arrays.size() == arrays.size());
  for (const auto& [name, array] : arrays) {
    INFO(name);
    CHECK(loaded.at(name).type() == array.type());
    CHECK(LeafTraits<Array>::equal(loaded.at(name), array));
  }
  CHECK(loaded.metadata.at("key") == "a \"text\"");
  CHECK(loaded.contains("x.bool"));
  CHECK_FALSE(loaded.contains("y"));
  CHECK(contains(message_of<ValueError>([&] { (void)loaded.at("y"); }), "'y'"));
}

TEST_CASE("safetensors: a file of the Python package is read") {
  const Folder folder;
  // What `safetensors.numpy.save` writes, byte by byte, for {"b": int32 [1, 2], "a": float32 [[0.5]]}.
  const std::string header =
      R"({"b":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]}})";
  write_bytes(folder / "p", with_header(header + std::string(8 - header.size() % 8, ' '),
                                        std::string("\1\0\0\0\2\0\0\0\0\0\0\x3f", 12)));
  const auto loaded = io::load_safetensors(folder / "p");
  CHECK(loaded.at("b").to_vector<int>() == std::vector<int>{1, 2});
  CHECK(loaded.at("a").item<float>() == 0.5f);
  CHECK(loaded.arrays[0].first == "b");
}

TEST_CASE("safetensors: what is malformed, truncated or hostile is an IoError that says why") {
  const Folder folder;
  const fs::path path = folder / "bad";
  CHECK(contains(load_error(path, ""), "truncated"));
  CHECK(contains(load_error(path, "1234567"), "truncated"));
  CHECK(contains(load_error(path, std::string(8, '\xff')), "header should have"));
  CHECK(contains(load_error(path, with_header("{")), "malformed header"));
  CHECK(contains(load_error(path, with_header("[]")), "no JSON object"));
  CHECK(contains(load_error(path, with_header(R"({"a":1})")), "'a'"));
  CHECK(contains(
      load_error(path, with_header(R"({"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", "x")),
      "F8_E4M3"));
  CHECK(contains(
      load_error(path, with_header(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", "x")),
      "[-1]"));
  CHECK(
      contains(load_error(path, with_header(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}})", "x")),
               "2 bytes"));
  CHECK(
      contains(load_error(path, with_header(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "x")),
               "truncated"));
  CHECK(contains(
      load_error(path, with_header(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "xy")),
      "1 bytes"));
  CHECK(contains(
      load_error(path, with_header(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "xy")),
      "byte 1"));
  CHECK(contains(
      load_error(path, with_header(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[2,1]}})", "xy")),
      "[2,1]"));
  CHECK(contains(load_error(path, with_header(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
                                                  "a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                                              "x")),
                 "twice"));
  // Sizes whose product wraps around, or that nobody has: no memory is asked for.
  CHECK(contains(
      load_error(
          path, with_header(R"({"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}})")),
      "too large"));
  CHECK(contains(
      load_error(
          path,
          with_header(R"({"a":{"dtype":"U8","shape":[1099511627776],"data_offsets":[0,1099511627776]}})")),
      "truncated"));
  CHECK(contains(
      load_error(
          path, with_header(
                    R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", "x")),
      "13 dimensions"));
  CHECK(contains(load_error(path, with_header(std::string(100000, '['))), "malformed"));
  CHECK(contains(load_error(path, with_header(R"({"__metadata__":{"a":1}})")), "'a'"));
  CHECK(contains(message_of<IoError>([&] { (void)io::load_safetensors(folder / "nowhere"); }), "nowhere"));
  CHECK(contains(message_of<IoError>([&] { (void)io::load_safetensors(folder.path()); }), "directory"));
}

TEST_CASE("safetensors: a damaged file is an IoError or reads as something, whichever bytes change") {
  const Folder folder;
  io::save_safetensors(folder / "good", {{"weights", ones({4, 4})}, {"steps", array({1, 2, 3})}},
                       {{"k", "v"}});
  const std::string good = read_bytes(folder / "good");
  std::mt19937 random(0);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = good;
    for (int k = 0; k <= i % 4; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (i % 3 == 0) bytes.resize(random() % bytes.size());
    write_bytes(folder / "bad", bytes);
    try {
      (void)io::load_safetensors(folder / "bad");
    } catch (const IoError&) {
    }
  }
  SUCCEED();
}

TEST_CASE("safetensors: what cannot be written is refused, and leaves no file") {
  const Folder folder;
  CHECK_THROWS_AS(io::save_safetensors(folder / "a", {{"x", Array()}}), ValueError);
  CHECK_THROWS_AS(io::save_safetensors(folder / "a", {{"x", ones({1})}, {"x", ones({1})}}), ValueError);
  CHECK_THROWS_AS(io::save_safetensors(folder.path(), {}), IoError);
  CHECK(fs::is_empty(folder.path()));
  io::save_safetensors(folder / "none", {});
  CHECK(io::load_safetensors(folder / "none").arrays.empty());
}
