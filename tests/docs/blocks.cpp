// Every block of C++ in README.md and docs/*.md stands in one of the programs of this folder, where it is
// compiled and run, or in the file of the library or the example that a comment in the line above it names.
// White space does not count: pages break lines in their own way.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string without_space(std::string text) {
  std::erase_if(text, [](unsigned char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; });
  return text;
}

// The file that the line before a block names, <!-- like/this.cpp -->; empty if there is none.
std::string named_before(const std::string& text, std::size_t block) {
  const std::string open = "<!-- ", close = " -->\n";
  if (block < close.size() || text.compare(block - close.size(), close.size(), close) != 0) return {};
  const std::size_t line = text.rfind(open, block);
  return text.substr(line + open.size(), block - close.size() - line - open.size());
}

int main() {
  const fs::path root = COPSE_SOURCE_DIR, here = root / "tests/docs";
  std::vector<std::string> programs;
  for (const auto& entry : fs::directory_iterator(here))
    if (entry.path().extension() == ".cpp" && entry.path().filename() != "blocks.cpp")
      programs.push_back(without_space(text_of(entry.path())));
  std::vector<fs::path> pages{root / "README.md"};
  for (const auto& entry : fs::directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  int blocks = 0, missing = 0, of_library = 0;
  for (const fs::path& page : pages) {
    const std::string text = text_of(page), begin = "```cpp\n", end = "```";
    for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
      const std::string file = named_before(text, at);
      at += begin.size();
      const std::string block = text.substr(at, text.find(end, at) - at), code = without_space(block);
      at += block.size();
      ++blocks;
      if (std::any_of(programs.begin(), programs.end(),
                      [&](const std::string& program) { return program.find(code) != std::string::npos; }))
        continue;
      if (file.starts_with("src/") || file.starts_with("include/") || file.starts_with("examples/")) {
        ++of_library;
        if (without_space(text_of(root / file)).find(code) != std::string::npos) continue;
        std::printf("not in %s:\n", file.c_str());
      }
      ++missing;
      std::size_t most = 0;  // of the block, how much a program has
      for (const std::string& program : programs)
        for (std::size_t n = most + 8;
             n <= code.size() && program.find(code.substr(0, n)) != std::string::npos; n += 8)
          most = n;
      std::printf("%s: no program has this block; it differs after \"%s\"\n%s\n", page.filename().c_str(),
                  code.substr(most > 40 ? most - 40 : 0, std::min<std::size_t>(most, 40)).c_str(),
                  block.c_str());
    }
  }
  std::printf("%d blocks, %d missing\n", blocks, missing);
  return missing == 0 && blocks > 20 && of_library > 3 ? 0 : 1;
}
