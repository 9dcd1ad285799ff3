// Programs as files, to see what each pass did.
#include <fmt/format.h>

#include <atomic>
#include <cctype>
#include <cstdlib>

#include "../text_file.hpp"
#include "copse/core/error.hpp"
#include "pipeline.hpp"

namespace copse::passes {
namespace {

// What may be in the name of a file anywhere.
std::string plain(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return text;
}

}  // namespace

Dump::Dump(const std::filesystem::path& folder, std::string_view name) {
  const char* by_default = std::getenv("COPSE_DUMP");
  const std::filesystem::path all = folder.empty() && by_default ? by_default : folder;
  if (all.empty()) return;
  // Compilations of this process are numbered; what an earlier one has left stays.
  static std::atomic<int> number{0};
  std::error_code error;
  do folder_ = all / fmt::format("{:04}-{}", ++number, plain(name));
  while (std::filesystem::exists(folder_, error));
  std::filesystem::create_directories(folder_, error);
  if (error)
    throw IoError(fmt::format("compile: cannot make the folder {}: {}", folder_.string(), error.message()));
}

void Dump::write(const ir::Program& program, std::string_view pass) {
  if (folder_.empty()) return;
  const std::string name = fmt::format("{:02}-{}", count_++, pass);
  write_text(folder_ / (name + ".txt"), ir::to_text(program), "compile");
  write_text(folder_ / (name + ".dot"), ir::to_graphviz(program), "compile");
}

}  // namespace copse::passes
