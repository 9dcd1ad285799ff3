#include "targets.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <copse/io.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "copse/core/error.hpp"
#include "repair.hpp"

namespace fuzz {
namespace {

namespace fs = std::filesystem;
using namespace copse;

// The same result by both ways, where there are two.
template <class Load, class Map>
void both(Load load, Map map) {
  std::string loaded, mapped;
  try {
    (void)load();
  } catch (const IoError& error) {
    loaded = error.what();
  }
  try {
    (void)map();
  } catch (const IoError& error) {
    mapped = error.what();
  }
  if (loaded.empty() != mapped.empty() && loaded.find("gzip") == mapped.find("gzip")) {
    std::fprintf(stderr, "read and mapped differ: '%s' and '%s'\n", loaded.c_str(), mapped.c_str());
    std::abort();
  }
  if (!loaded.empty()) throw IoError(loaded);
}

void read_npy(const fs::path& path) {
  both([&] { return io::load_npy(path); }, [&] { return io::map_npy(path); });
}
void read_safetensors(const fs::path& path) {
  both([&] { return io::load_safetensors(path); }, [&] { return io::map_safetensors(path); });
}
// Read piece by piece, a table is the same.
void check_pieces(const fs::path& path, const io::CsvOptions& options, const io::Table& whole) {
  io::CsvReader reader(path, options);
  const auto* values = static_cast<const char*>(whole.values.raw());
  while (true) {
    const io::Table part = reader.next(7);
    if (part.values.shape(0) == 0) {
      if (part.report.rows != whole.report.rows || part.report.skipped != whole.report.skipped) std::abort();
      return;
    }
    const std::size_t bytes = part.values.nbytes();
    if (bytes > 0 && std::memcmp(values, part.values.raw(), bytes) != 0) std::abort();
    values += bytes;
  }
}
void read_csv(const fs::path& path) {
  // Each row is read or reported.
  const io::CsvOptions options{.header = false, .dtype = DType::float64, .skip_malformed = true};
  const io::Table table = io::load_csv(path, options);
  if (table.values.shape(0) != table.report.rows) std::abort();
  check_pieces(path, options, table);
  (void)io::load_csv(path, {.delimiter = ';', .dtype = DType::int32, .decimal = ',', .skip_malformed = true});
  (void)io::load_csv(path);
}

constexpr Target all[] = {
    {"npy", read_npy, repair_npy},
    {"npz", [](const fs::path& path) { (void)io::load_npz(path); }, repair_npz},
    {"safetensors", read_safetensors, repair_safetensors},
    {"shards", [](const fs::path& path) { (void)io::load_safetensors(path); }, nullptr},
    {"csv", read_csv, nullptr},
    {"idx", [](const fs::path& path) { (void)io::load_idx(path); }, nullptr},
    {"cifar", [](const fs::path& path) { (void)io::load_cifar10({path}); }, nullptr},
    {"png", [](const fs::path& path) { (void)io::load_image(path); }, repair_png},
    {"jpeg", [](const fs::path& path) { (void)io::load_image(path); }, nullptr},
};

// A file in memory, which readers open by its path.
class MemoryFile {
 public:
  MemoryFile() : handle_(::memfd_create("input", 0)) {
    if (handle_ < 0) std::abort();
    // An index is told by its name.
    folder_ = fs::temp_directory_path() / ("copse-fuzz-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    plain_ = "/proc/self/fd/" + std::to_string(handle_);
    index_ = folder_ / "x.index.json";
    fs::create_symlink(plain_, index_);
  }
  ~MemoryFile() {
    std::error_code error;
    fs::remove_all(folder_, error);
    ::close(handle_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const fs::path& write(std::string_view bytes, bool index) const {
    if (::ftruncate(handle_, 0) != 0 ||
        ::pwrite(handle_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
      std::abort();
    }
    return index ? index_ : plain_;
  }

 private:
  int handle_;
  fs::path folder_, plain_, index_;
};

}  // namespace

std::span<const Target> targets() { return all; }

std::string check(const Target& target, std::string_view bytes) {
  static const MemoryFile file;
  const fs::path& path = file.write(bytes, std::string_view(target.name) == "shards");
  const std::int64_t before = detail::memory_stats().bytes_in_use;
  detail::reset_peak_memory();
  std::string outcome;
  try {
    target.read(path);
  } catch (const IoError& error) {
    outcome = error.what();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: not an IoError: %s\n", target.name, error.what());
    std::abort();
  }
  // Compressed data unpacks to 1032 bytes a byte at most, palettes and small integers to four and more a
  // byte.
  const auto most = static_cast<std::int64_t>(bytes.size() + 1024) * 1032 * 32;
  if (detail::memory_stats().peak_bytes - before > most) {
    std::fprintf(stderr, "%s: %zu bytes took %lld bytes of memory\n", target.name, bytes.size(),
                 static_cast<long long>(detail::memory_stats().peak_bytes - before));
    std::abort();
  }
  return outcome;
}

}  // namespace fuzz
