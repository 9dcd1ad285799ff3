// What tests of files share: a folder that goes away, and bytes in files.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "../message.hpp"

namespace testing_files {

namespace fs = std::filesystem;

/// A new empty folder that goes away with this.
class Folder {
 public:
  Folder() {
    static std::atomic<int> serial{0};
    path_ = fs::temp_directory_path() /
            ("copse-test-" + std::to_string(::getpid()) + "-" + std::to_string(serial++));
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path operator/(const std::string& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

inline void write_bytes(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string read_bytes(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(out).str();
}

/// The message of the E that f throws; empty if it throws none.
template <class E, class F>
std::string message_of(const F& f) {
  return testing_messages::message<E>(f);
}

}  // namespace testing_files
