// Files larger than what may be in memory.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "../io/files.hpp"
#include "catch.hpp"
#include "copse/data.hpp"
#include "copse/io/npy.hpp"
#include "copse/ops/create.hpp"
#include "sanitized.hpp"

using namespace copse;
using namespace testing_files;

namespace {

// Bytes of this process that are in memory.
std::int64_t resident() {
  std::int64_t all = 0, there = 0;
  std::ifstream("/proc/self/statm") >> all >> there;
  return there * ::sysconf(_SC_PAGESIZE);
}

// A file of float32(rows, 1024) whose first column has the rows' numbers. The rest are zeros that the file
// system need not keep, but that are read like others.
void write_rows(const fs::path& path, std::int64_t rows) {
  std::string header = "\x93NUMPY\x01";
  header += std::string(1, '\0');
  std::string text =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", 1024), }";
  text.resize(117, ' ');
  text += '\n';
  header += static_cast<char>(text.size());
  header += std::string(1, '\0') + text;
  write_bytes(path, header);
  fs::resize_file(path, header.size() + static_cast<std::uintmax_t>(rows) * 4096);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto number = static_cast<float>(row);
    file.seekp(static_cast<std::streamoff>(header.size()) + row * 4096);
    file.write(reinterpret_cast<const char*>(&number), sizeof number);
  }
}

}  // namespace

TEST_CASE("400 MB are streamed from a mapped file with less than 64 MB in memory") {
  const Folder folder;
  constexpr std::int64_t rows = 100'000;
  write_rows(folder / "large.npy", rows);
  REQUIRE(fs::file_size(folder / "large.npy") > 400'000'000);
  const Array mapped = io::map_npy(folder / "large.npy");
  const auto all = data::arrays(Batch{mapped, {}, {}});
  for (const bool shuffled : {false, true}) {
    data::Loader loader{(shuffled ? all.shuffle(1) : all).batch(256), {.workers = 2}};
    const std::int64_t before = resident();
    std::int64_t most = before;
    double sum = 0;
    for (const Batch& batch : loader.epoch(0)) {
      const auto* numbers = batch.inputs.data<float>();
      for (std::int64_t i = 0; i < batch.inputs.shape(0); ++i) sum += static_cast<double>(numbers[i * 1024]);
      most = std::max(most, resident());
    }
    CHECK(sum == static_cast<double>(rows) * static_cast<double>(rows - 1) / 2);
    INFO((most - before) / 1'000'000 << " MB");
#ifndef COPSE_TEST_SANITIZED
    CHECK(most - before < 64'000'000);
#endif
  }
}
