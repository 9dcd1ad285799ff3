#include "temporaries.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

namespace copse::io {
namespace {

constexpr std::string_view prefix = ".copse-";
constexpr std::size_t letters = 16;
constexpr std::string_view alphabet = "0123456789abcdefghijklmnopqrstuv";

bool is_temporary(std::string_view name) {
  return name.size() == prefix.size() + letters && name.starts_with(prefix) &&
         name.find_first_not_of(alphabet, prefix.size()) == std::string_view::npos;
}

// Whether it is time to list that folder again: each call pays for 64 files.
bool due(int folder, bool record, std::size_t files) {
  struct Seen {
    std::size_t files = 0, calls = 0;
  };
  static std::mutex mutex;
  static auto* seen = new std::map<std::pair<dev_t, ino_t>, Seen>;  // outlives static objects that save
  struct stat status;
  if (::fstat(folder, &status) != 0) return false;
  const std::lock_guard lock(mutex);
  if (seen->size() > 1000) seen->clear();
  Seen& entry = (*seen)[{status.st_dev, status.st_ino}];
  if (record) {
    entry = {files, 0};
    return false;
  }
  return 64 * ++entry.calls >= entry.files;
}

// A writer holds a lock from right after the file's creation. It looks again whether the file still has its
// name then, so that one which was swept in between does not go unnoticed.
void remove_if_stale(int folder, const char* name) {
  const int file = ::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return;
  struct stat status;
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && ::flock(file, LOCK_EX | LOCK_NB) == 0) {
    ::unlinkat(folder, name, 0);
  }
  ::close(file);
}

}  // namespace

std::string temporary_name() {
  static std::atomic<std::uint64_t> serial{0};
  std::uint64_t bits[2] = {};
  if (::getrandom(bits, sizeof bits, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof bits)) {
    bits[0] = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    bits[1] = static_cast<std::uint64_t>(::getpid()) << 32 ^ serial.fetch_add(1);
  }
  std::string name(prefix);
  for (std::size_t i = 0; i < letters; ++i) name += alphabet[bits[i / 8] >> (5 * (i % 8)) & 31];
  return name;
}

void sweep_temporaries(int folder) noexcept {
  try {
    if (!due(folder, false, 0)) return;
    const int handle = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) return;
    DIR* list = ::fdopendir(handle);
    if (!list) {
      ::close(handle);
      return;
    }
    std::size_t files = 0;
    while (const dirent* entry = ::readdir(list)) {
      ++files;
      if (is_temporary(entry->d_name)) remove_if_stale(folder, entry->d_name);
    }
    ::closedir(list);
    (void)due(folder, true, files);
  } catch (...) {  // short of memory: another time
  }
}

}  // namespace copse::io
