#include "copse/io/safetensors.hpp"

#include <chrono>
#include <cstring>
#include <limits>
#include <random>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/shaping.hpp"
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

TEST_CASE("safetensors: elements that arrays do not have become the next larger ones") {
  const Folder folder;
  const auto one = [&](const char* dtype, const std::string& data, std::int64_t count) {
    const std::string header = "{\"x\":{\"dtype\":\"" + std::string(dtype) + "\",\"shape\":[" +
                               std::to_string(count) + "],\"data_offsets\":[0," +
                               std::to_string(data.size()) + "]}}";
    write_bytes(folder / "x", with_header(header, data));
    const Array loaded = io::load_safetensors(folder / "x").at("x");
    CHECK(LeafTraits<Array>::equal(io::map_safetensors(folder / "x").at("x"), loaded));
    return loaded;
  };
  // 1, -2, the largest number, the smallest subnormal, infinity, 0.333...
  const Array half = one("F16", std::string("\x00\x3c\x00\xc0\xff\x7b\x01\x00\x00\x7c\x55\x35", 12), 6);
  CHECK(half.dtype() == DType::float32);
  CHECK(half.to_vector<float>() == std::vector<float>{1.0f, -2.0f, 65504.0f, 0x1p-24f,
                                                      std::numeric_limits<float>::infinity(),
                                                      0.333251953125f});
  const Array i8 = one("I8", std::string("\x80\x00\x07", 3), 3);
  CHECK(i8.dtype() == DType::int32);
  CHECK(i8.to_vector<int>() == std::vector<int>{-128, 0, 7});
  CHECK(one("I16", std::string("\xff\xff\x00\x01", 4), 2).to_vector<int>() == std::vector<int>{-1, 256});
  CHECK(one("U16", std::string("\xff\xff\x00\x01", 4), 2).to_vector<int>() == std::vector<int>{65535, 256});
  const Array u64 = one("U64", std::string("\1\0\0\0\0\0\0\x70", 8), 1);
  CHECK(u64.dtype() == DType::int64);
  CHECK(u64.item<std::int64_t>() == 0x7000000000000001);
  CHECK(one("BF16", std::string("\x80\x3f\x00\xc0", 4), 2).to_vector<float>() ==
        std::vector<float>{1.0f, -2.0f});
  CHECK(one("BOOL", std::string("\x02\x00", 2), 2).to_vector<int>() == std::vector<int>{1, 0});
  CHECK(contains(
      load_error(folder / "x", with_header(R"({"x":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}})",
                                           std::string(8, '\xff'))),
      "18446744073709551615"));
}

TEST_CASE("safetensors: JSON nested to any depth is an IoError, wherever it stands") {
  const Folder folder;
  for (const char* bracket : {"[", "{\"a\":"}) {
    std::string deep;
    for (int i = 0; i < 200'000; ++i) deep += bracket;
    for (const std::string& header :
         {deep, "{\"a\":" + deep, "{\"a\":{\"dtype\":" + deep, "{\"a\":{\"dtype\":\"F32\",\"shape\":" + deep,
          "{\"a\":{\"data_offsets\":[" + deep, "{\"a\":{\"other\":" + deep, "{\"__metadata__\":" + deep,
          "{\"__metadata__\":{\"note\":" + deep}) {
      CHECK(contains(load_error(folder / "x", with_header(header)), "malformed header"));
    }
    write_bytes(folder / "x.index.json", "{\"metadata\":" + deep);
    CHECK(contains(message_of<IoError>([&] { (void)io::load_safetensors(folder / "x.index.json"); }),
                   "malformed"));
  }
}

TEST_CASE("safetensors: 100,000 names take linear time, written, read and looked up") {
  const Folder folder;
  io::NamedArrays arrays;
  for (int i = 0; i < 100'000; ++i) arrays.emplace_back("layer." + std::to_string(i), array(i));
  const auto start = std::chrono::steady_clock::now();
  io::save_safetensors(folder / "x", arrays, {}, {.durable = false});
  const io::SafeTensors loaded = io::load_safetensors(folder / "x"),
                        mapped = io::map_safetensors(folder / "x");
  bool same = loaded.arrays.size() == arrays.size();
  for (int i = 0; i < 100'000; ++i) {
    const std::string name = "layer." + std::to_string(i);
    same =
        same && loaded.contains(name) && loaded.at(name).item<int>() == i && mapped.at(name).item<int>() == i;
  }
  CHECK(same);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

TEST_CASE("safetensors: names are found after the arrays have been changed, too") {
  const Folder folder;
  io::save_safetensors(folder / "x", {{"a", full({}, 1)}, {"b", full({}, 2)}, {"c", full({}, 3)}});
  io::SafeTensors file = io::load_safetensors(folder / "x");
  file.arrays[1].first = "z";
  CHECK(file.at("z").item<int>() == file.arrays[1].second.item<int>());
  CHECK(file.at("c").item<int>() == 3);
  file.arrays.emplace_back("d", full({}, 4));
  CHECK(file.at("d").item<int>() == 4);
  file.arrays.clear();
  CHECK_FALSE(file.contains("a"));
}

TEST_CASE("safetensors: names and metadata that are no UTF-8 are refused, not changed") {
  const Folder folder;
  CHECK_THROWS_AS(io::save_safetensors(folder / "x", {{"\xff", ones({1})}}), ValueError);
  CHECK_THROWS_AS(io::save_safetensors(folder / "x", {{"a", ones({1})}}, {{"k", "\xc3"}}), ValueError);
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("map_safetensors: arrays borrow the file") {
  const Folder folder;
  const Array x = reshape(arange(30000), {100, 300});
  io::save_safetensors(folder / "x", {{"x", x},
                                      {"half", ones({3}, DType::bfloat16)},
                                      {"bool", array({true, false})},
                                      {"empty", zeros({0, 2})}});
  const std::int64_t before = detail::memory_stats().bytes_in_use;
  const io::SafeTensors mapped = io::map_safetensors(folder / "x");
  CHECK(detail::memory_stats().bytes_in_use == before);
  io::save_safetensors(folder / "x", {});  // replaces the file, which the arrays keep
  CHECK(LeafTraits<Array>::equal(mapped.at("x"), x));
  CHECK(mapped.at("half").to_vector<float>() == std::vector<float>(3, 1.0f));
  CHECK(mapped.at("bool").to_vector<int>() == std::vector<int>{1, 0});
  CHECK(mapped.at("empty").shape() == Shape{0, 2});
  // Elements that do not lie at a multiple of their size are copied.
  for (int shift = 0; shift < 4; ++shift) {
    const std::string header = R"({"x":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}})" +
                               std::string(4u + static_cast<unsigned>(shift), ' ');
    write_bytes(folder / "y", with_header(header, std::string("\1\0\0\0\2\0\0\0", 8)));
    CHECK(io::map_safetensors(folder / "y").at("x").to_vector<int>() == std::vector<int>{1, 2});
  }
}

TEST_CASE("safetensors: several files with an index") {
  const Folder folder;
  const io::NamedArrays arrays{
      {"a", arange(10)}, {"b", ones({6})}, {"c", zeros({0})}, {"d", full({20}, 2)}, {"e", ones({1})}};
  const fs::path index = folder / "model.safetensors.index.json";
  io::save_safetensors_sharded(index, arrays, 64, {{"format", "pt"}});
  CHECK(fs::exists(folder / "model-00001-of-00003.safetensors"));
  CHECK(fs::exists(folder / "model-00003-of-00003.safetensors"));
  for (const auto& loaded : {io::load_safetensors(index), io::map_safetensors(index)}) {
    CHECK(loaded.arrays.size() == arrays.size());
    for (const auto& [name, array] : arrays) CHECK(LeafTraits<Array>::equal(loaded.at(name), array));
    CHECK(loaded.metadata.at("format") == "pt");
  }
  CHECK_THROWS_AS(io::save_safetensors_sharded(folder / "model", arrays, 64), ValueError);
  CHECK_THROWS_AS(io::save_safetensors_sharded(index, {{"a", ones({1})}, {"a", ones({1})}}, 1), ValueError);

  const auto error = [&](const std::string& text) {
    write_bytes(index, text);
    return message_of<IoError>([&] { (void)io::load_safetensors(index); });
  };
  const auto map = [](const std::string& entries) { return "{\"weight_map\":{" + entries + "}}"; };
  const std::string first = R"("a":"model-00001-of-00003.safetensors")";
  CHECK(error(map(first)).empty());
  CHECK(contains(error(map(first + R"(,"d":"model-00001-of-00003.safetensors")")), "'d' should be in"));
  CHECK(contains(error(map(first + R"(,"x":"model-00002-of-00003.safetensors")")), "'x' should be in"));
  CHECK(contains(error(map(R"("a":"model-00004-of-00003.safetensors")")), "no such file"));
  for (const char* name : {"../a", "/etc/passwd", "..", ".", ""}) {
    CHECK(contains(error(map("\"a\":\"" + std::string(name) + "\"")), "beside the index"));
  }
  CHECK(contains(error(map("\"a\":1")), "malformed"));
  CHECK(contains(error(map("\"a\":[]")), "malformed"));
  CHECK(contains(error("[]"), "malformed"));
  CHECK(contains(error("{}"), "no weight_map"));
  CHECK(contains(error("{\"weight_map\":"), "malformed"));
  fs::copy_file(folder / "model-00001-of-00003.safetensors", folder / "again.safetensors");
  CHECK(contains(error(map(first + R"(,"b":"again.safetensors")")), "two of its files"));
}
