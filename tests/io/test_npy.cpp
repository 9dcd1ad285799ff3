#include "copse/io/npy.hpp"

#include <chrono>
#include <limits>
#include <random>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "files.hpp"

using namespace copse;
using namespace testing_files;

namespace {

std::string npy(const std::string& header, const std::string& data, char version = 1) {
  std::string out = "\x93NUMPY";
  out += {version, '\0'};
  out += {static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  if (version > 1) out += {'\0', '\0'};
  return out + header + data;
}

Array load(const Folder& folder, const std::string& bytes) {
  write_bytes(folder / "x.npy", bytes);
  return io::load_npy(folder / "x.npy");
}

std::string load_error(const Folder& folder, const std::string& bytes) {
  return message_of<IoError>([&] { (void)load(folder, bytes); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("npy: arrays of all shapes and NumPy's dtypes come back") {
  const Folder folder;
  for (const DType dtype : {DType::bool_, DType::uint8, DType::uint32, DType::int32, DType::int64,
                            DType::float32, DType::float64}) {
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 3}, Shape{2, 0, 3}}) {
      const Array x = full(shape, 1, dtype);
      io::save_npy(folder / "x.npy", x);
      const Array y = io::load_npy(folder / "x.npy");
      CHECK(y.type() == x.type());
      CHECK(LeafTraits<Array>::equal(x, y));
    }
  }
  CHECK(contains(message_of<DTypeError>([&] { io::save_npy(folder / "b.npy", ones({2}, DType::bfloat16)); }),
                 "bfloat16"));
}

TEST_CASE("npy: the bytes are NumPy's own") {
  const Folder folder;
  io::save_npy(folder / "x.npy", array({1, 2}));
  const std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }";
  const std::string bytes = read_bytes(folder / "x.npy");
  CHECK(bytes.size() == 128 + 8);
  CHECK(bytes ==
        npy(header + std::string(118 - header.size() - 1, ' ') + "\n", std::string("\1\0\0\0\2\0\0\0", 8)));
}

TEST_CASE("npy: other orders, versions and widths are understood") {
  const Folder folder;
  const auto big = load(folder, npy("{'descr': '>i4', 'fortran_order': False, 'shape': (2,), }\n",
                                    std::string("\0\0\0\1\0\0\1\0", 8)));
  CHECK(big.to_vector<int>() == std::vector<int>{1, 256});
  const auto fortran = load(folder, npy("{'fortran_order': True, 'descr': '|u1', 'shape': (2, 3)}",
                                        std::string("\1\4\2\5\3\6", 6), 2));
  CHECK(fortran.shape() == Shape{2, 3});
  CHECK(fortran.to_vector<int>() == std::vector<int>{1, 2, 3, 4, 5, 6});
  const auto shorts = load(folder, npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2,)}",
                                       std::string("\xff\xff\1\0", 4), 3));
  CHECK(shorts.dtype() == DType::int32);
  CHECK(shorts.to_vector<int>() == std::vector<int>{-1, 1});
  const auto bytes = load(folder, npy("{'descr': '|i1', 'fortran_order': False, 'shape': (2,)}", "\xff\x7f"));
  CHECK(bytes.to_vector<int>() == std::vector<int>{-1, 127});
  // 1.5, the smallest subnormal, -infinity
  const auto halves = load(folder, npy("{'descr': '<f2', 'fortran_order': False, 'shape': (3,)}",
                                       std::string("\0\x3e\1\0\0\xfc", 6)));
  CHECK(halves.dtype() == DType::float32);
  CHECK(halves.to_vector<float>() ==
        std::vector<float>{1.5f, 0x1p-24f, -std::numeric_limits<float>::infinity()});
}

TEST_CASE("npy: headers of Python 2, and elements of 64 bits without sign") {
  const Folder folder;
  const auto shape_of = [&](const std::string& shape, const std::string& data) {
    return load(folder, npy("{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }", data))
        .shape();
  };
  CHECK(shape_of("(2L, 3L)", "abcdef") == Shape{2, 3});
  CHECK(shape_of("(4L,)", "abcd") == Shape{4});
  CHECK(shape_of("(0L, 5L)", "") == Shape{0, 5});
  CHECK(shape_of("(1L, 2, 1L)", "ab") == Shape{1, 2, 1});
  const auto columns = load(folder, npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2L, 3L)}",
                                        std::string("\1\4\2\5\3\6", 6), 2));
  CHECK(columns.to_vector<int>() == std::vector<int>{1, 2, 3, 4, 5, 6});
  for (const char* shape : {"(L,)", "(2LL,)", "(2 L,)", "(L2,)"}) {
    INFO(shape);
    const std::string header =
        std::string("{'descr': '|u1', 'fortran_order': False, 'shape': ") + shape + "}";
    CHECK(contains(load_error(folder, npy(header, "ab")), "malformed"));
  }

  const std::string u8 = "{'descr': '<u8', 'fortran_order': False, 'shape': (2,)}";
  const auto large =
      load(folder, npy(u8, std::string("\1\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f", 16)));
  CHECK(large.dtype() == DType::int64);
  CHECK(large.to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{1, std::numeric_limits<std::int64_t>::max()});
  CHECK(contains(load_error(folder, npy(u8, std::string(16, '\xff'))), "18446744073709551615"));
  // A byte that is neither 0 nor 1 is no bool.
  const auto bools =
      load(folder, npy("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}", std::string("\0\2\1", 3)));
  CHECK(bools.to_vector<int>() == std::vector<int>{0, 1, 1});
}

TEST_CASE("map_npy: arrays borrow the file, and give what load_npy gives") {
  const Folder folder;
  const fs::path path = folder / "x.npy";
  for (const DType dtype : {DType::bool_, DType::uint8, DType::uint32, DType::int32, DType::int64,
                            DType::float32, DType::float64}) {
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 3}, Shape{2, 0, 3}}) {
      io::save_npy(path, full(shape, 1, dtype));
      CHECK(LeafTraits<Array>::equal(io::map_npy(path), io::load_npy(path)));
    }
  }
  // What must be converted, or lies where it cannot be read, is copied.
  for (const std::string& bytes :
       {npy("{'descr': '>i4', 'fortran_order': False, 'shape': (2,)}", std::string("\0\0\0\1\0\0\1\0", 8)),
        npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2,)} ", std::string("\1\0\0\0\0\0\0\1", 8)),
        npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2,)}  ", std::string("\1\0\0\0\0\0\0\1", 8)),
        npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", "abcdef"),
        npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", std::string("\7\0", 2)),
        npy("{'descr': '<f2', 'fortran_order': False, 'shape': (1,)}", std::string("\0\x3e", 2))}) {
    write_bytes(path, bytes);
    CHECK(LeafTraits<Array>::equal(io::map_npy(path), io::load_npy(path)));
  }
  const Array x = arange(100000);
  io::save_npy(path, x);
  const std::int64_t before = detail::memory_stats().bytes_in_use;
  Array mapped = io::map_npy(path);
  CHECK(detail::memory_stats().bytes_in_use == before);
  io::save_npy(path, zeros({3}));  // replaces the file, which the array keeps
  CHECK(LeafTraits<Array>::equal(mapped, x));
  mapped = std::move(mapped) + 1;  // never written into
  CHECK(mapped.to_vector<int>()[99999] == 100000);

  const auto error = [&](const std::string& bytes) {
    write_bytes(path, bytes);
    return message_of<IoError>([&] { (void)io::map_npy(path); });
  };
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}";
  CHECK(contains(error(npy(header, "1234567")), "truncated"));
  CHECK(contains(error(npy(header, "123456789")), "malformed"));
  CHECK(contains(error(""), "truncated"));
}

TEST_CASE("npy: what is malformed, truncated or hostile is an IoError that says why") {
  const Folder folder;
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}";
  CHECK(contains(load_error(folder, ""), "truncated"));
  CHECK(contains(load_error(folder, "not an npy file"), "no npy file"));
  CHECK(contains(load_error(folder, npy(good, "123")), "truncated"));
  CHECK(contains(load_error(folder, npy(good, "12345")), "more after"));
  CHECK(contains(load_error(folder, npy(good, "1234", 9)), "version 9"));
  CHECK(contains(load_error(folder, npy("{'descr': '<c8', 'fortran_order': False, 'shape': ()}", "12345678")),
                 "<c8"));
  CHECK(contains(
      load_error(folder, npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", "1234")),
      "structured"));
  CHECK(contains(load_error(folder, npy("{'descr': '<f4', 'shape': ()}", "1234")), "wanted descr"));
  CHECK(contains(load_error(folder, npy("{'descr': '<f4'", "1234")), "malformed"));
  CHECK(contains(load_error(folder, npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "1234")),
                 "dimension"));
  CHECK(contains(
      load_error(folder,
                 npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "")),
      "too large"));
  CHECK(contains(
      load_error(folder,
                 npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,)}", "")),
      "too large"));
  CHECK(contains(
      load_error(folder, npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,)}", "")),
      "truncated"));
  CHECK(contains(
      load_error(folder,
                 npy("{'descr': '<i2', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1)}", "1")),
      "truncated"));
}

TEST_CASE("npz: several arrays, compressed or not") {
  const Folder folder;
  const io::NamedArrays arrays{
      {"a", arange(1000)}, {"b/c", ones({2, 2})}, {"empty", zeros({0})}, {"s", full({}, 3)}};
  for (const bool compress : {false, true}) {
    io::save_npz(folder / "x.npz", arrays, compress);
    const io::NamedArrays loaded = io::load_npz(folder / "x.npz");
    REQUIRE(loaded.size() == arrays.size());
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      CHECK(loaded[i].first == arrays[i].first);
      CHECK(LeafTraits<Array>::equal(loaded[i].second, arrays[i].second));
    }
  }
  CHECK(fs::file_size(folder / "x.npz") < 4000);
  CHECK_THROWS_AS(io::save_npz(folder / "y.npz", {{"a", ones({1})}, {"a", ones({1})}}), ValueError);
  io::save_npz(folder / "none.npz", {});
  CHECK(io::load_npz(folder / "none.npz").empty());
}

TEST_CASE("npz: more arrays than a zip file's old end record counts, in linear time") {
  const Folder folder;
  io::NamedArrays arrays;
  for (int i = 0; i < 100'000; ++i) arrays.emplace_back("a" + std::to_string(i), array(i));
  const auto start = std::chrono::steady_clock::now();
  io::save_npz(folder / "many.npz", arrays, false, {.durable = false});
  const io::NamedArrays loaded = io::load_npz(folder / "many.npz");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  REQUIRE(loaded.size() == arrays.size());
  bool same = true;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    same = same && loaded[i].first == arrays[i].first && loaded[i].second.item<int>() == static_cast<int>(i);
  }
  CHECK(same);
}

TEST_CASE("npz: no more is unpacked than a header says, and than the limit") {
  const Folder folder;
  const fs::path path = folder / "x.npz";
  io::save_npz(path, {{"a", zeros({1'000'000})}, {"b", zeros({1'000'000})}}, true);
  CHECK(fs::file_size(path) < 20'000);
  CHECK(io::load_npz(path, {.max_unpacked = 8'000'256}).size() == 2);
  CHECK(contains(message_of<IoError>([&] { (void)io::load_npz(path, {.max_unpacked = 8'000'255}); }),
                 "'b.npy'"));
  CHECK(contains(message_of<IoError>([&] { (void)io::load_npz(path, {.max_unpacked = 100}); }), "'a.npy'"));
  // The directory promises a terabyte, or less than there is.
  const std::string good = read_bytes(path);
  const std::size_t entry = good.find("PK\1\2");
  for (const char* size : {"\xfe\xff\xff\xff", "\x00\x02\x00\x00", "\x81\x09\x3d\x00", "\x7f\x09\x3d\x00"}) {
    std::string bytes = good;
    bytes.replace(entry + 24, 4, std::string(size, 4));
    write_bytes(path, bytes);
    detail::reset_peak_memory();
    const std::int64_t before = detail::memory_stats().peak_bytes;
    CHECK_THROWS_AS(io::load_npz(path), IoError);
    CHECK(detail::memory_stats().peak_bytes - before < 16'000'000);
  }
}

TEST_CASE("npz: names that no archive can hold are refused") {
  const Folder folder;
  for (const std::string& name : {std::string("a\0b", 3), std::string(65'532, 'n'), std::string("\xff")}) {
    CHECK_THROWS_AS(io::save_npz(folder / "x.npz", {{name, ones({1})}}), ValueError);
  }
  io::save_npz(folder / "x.npz", {{std::string(65'531, 'n'), ones({1})}});
  CHECK(io::load_npz(folder / "x.npz")[0].first.size() == 65'531);
}

TEST_CASE("npz: a damaged file is an IoError or reads as something, whichever bytes change") {
  const Folder folder;
  io::save_npz(folder / "good", {{"weights", ones({4, 4})}, {"steps", arange(100)}}, true);
  const std::string good = read_bytes(folder / "good");
  std::mt19937 random(0);
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = good;
    for (int k = 0; k <= i % 4; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (i % 3 == 0) bytes.resize(random() % bytes.size());
    write_bytes(folder / "bad", bytes);
    try {
      (void)io::load_npz(folder / "bad");
    } catch (const IoError&) {
      ++refused;
    }
  }
  CHECK(refused > 800);  // checksums notice
  CHECK(contains(message_of<IoError>([&] {
                   write_bytes(folder / "bad", "PK nothing");
                   (void)io::load_npz(folder / "bad");
                 }),
                 "zip"));
}

TEST_CASE("npz: members that share their data are refused, however small the file") {
  const Folder folder;
  io::save_npz(folder / "good", {{"a", zeros({100000})}}, true);
  std::string bytes = read_bytes(folder / "good");
  // The directory's entry once more, under the same name and under others.
  const std::size_t entry = bytes.find("PK\1\2"), end = bytes.find("PK\5\6");
  const std::string one = bytes.substr(entry, end - entry);
  const auto with_entries = [&](int count, bool rename) {
    std::string out = bytes.substr(0, entry), tail = bytes.substr(end);
    for (int i = 0; i < count; ++i) {
      out += one;
      if (rename) out[out.size() - 5] = static_cast<char>('a' + i);
    }
    for (const std::size_t at : {std::size_t{8}, std::size_t{10}}) tail[at] = static_cast<char>(count);
    const std::size_t size = one.size() * static_cast<std::size_t>(count);
    for (const std::size_t i : {0u, 1u}) tail[12 + i] = static_cast<char>(size >> (8 * i));
    write_bytes(folder / "bad", out + tail);
    return message_of<IoError>([&] { (void)io::load_npz(folder / "bad"); });
  };
  CHECK(with_entries(1, false).empty());
  CHECK(contains(with_entries(2, false), "twice"));
  CHECK(contains(with_entries(20, true), "overlap"));
}
