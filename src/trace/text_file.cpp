#include "text_file.hpp"

#include <fmt/format.h>

#include <fstream>

#include "copse/core/error.hpp"

namespace copse {

void write_text(const std::filesystem::path& path, const std::string& text, std::string_view who) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw IoError(fmt::format("{}: cannot write {}", who, path.string()));
}

}  // namespace copse
