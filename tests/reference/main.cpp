// reference_runner: compares the library with golden values.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "compare.hpp"
#include "run.hpp"

namespace {

using namespace reference;
namespace fs = std::filesystem;

constexpr const char* usage = R"(reference_runner [options] [file or folder]...

Runs every case of the JSON files (by default those of COPSE_REFERENCE_DIR, or of the repository) and compares
what the library gives with what they expect. The last line counts.

  --group G   only cases of this group
  --case C    only the case of this name, or all cases of this call
  --mode M    eager (default), jit: the call is compiled, grad-jit: its derivatives are compiled, too
)";

struct Settings {
  std::vector<fs::path> paths;
  std::vector<std::string> groups, cases;
  Mode mode = Mode::eager;
};

struct Count {
  int passed = 0, failed = 0, unsupported = 0;
};

bool picked(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What is wrong, a line each.
std::vector<std::string> check(const Case& c, Mode mode) {
  std::vector<std::string> wrong;
  const Results results = run(find_job(c), c, mode);
  for (const auto& [name, wanted] : c.expected) {
    const auto got = std::find_if(results.begin(), results.end(),
                                  [&](const auto& result) { return result.first == name; });
    if (got == results.end())
      wrong.push_back(name + ": there is no such result");
    else if (const auto text = difference(got->second, wanted, c.rtol, c.atol))
      wrong.push_back(name + ": " + *text);
  }
  return wrong;
}

void run_case(const Case& c, Mode mode, Count& count) {
  std::vector<std::string> wrong;
  try {
    if (!c.problem.empty()) {
      if (c.problem_is_support) throw Unsupported(c.problem);
      throw Malformed(c.problem);
    }
    wrong = check(c, mode);
  } catch (const Unsupported& e) {
    ++count.unsupported;
    fmt::print("unsupported {} {}: {}\n", c.group, c.name, e.what());
    return;
  } catch (const std::exception& e) {
    wrong.push_back(std::string("threw: ") + e.what());
  }
  ++(wrong.empty() ? count.passed : count.failed);
  for (const std::string& text : wrong) fmt::print("failed {} {}: {}\n", c.group, c.name, text);
}

std::vector<fs::path> files_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

fs::path default_folder() {
  const char* given = std::getenv("COPSE_REFERENCE_DIR");
  return given && *given ? given : COPSE_REFERENCE_DATA;
}

int run_all(const Settings& settings) {
  Count count;
  for (const fs::path& path : settings.paths) {
    for (const fs::path& file : files_of(path)) {
      try {
        for (const Case& c : read_cases(file)) {
          if (!settings.groups.empty() && !picked(settings.groups, c.group)) continue;
          if (!settings.cases.empty() && !picked(settings.cases, c.name) && !picked(settings.cases, c.call))
            continue;
          run_case(c, settings.mode, count);
        }
      } catch (const std::exception& e) {
        ++count.failed;
        fmt::print("failed {}: {}\n", file.string(), e.what());
      }
    }
  }
  fmt::print("{} passed, {} failed, {} unsupported\n", count.passed, count.failed, count.unsupported);
  return count.failed == 0 && count.passed > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      fmt::print("{}", usage);
      return 0;
    }
    if (!argument.starts_with("--")) {
      settings.paths.emplace_back(argument);
      continue;
    }
    const bool known = argument == "--group" || argument == "--case" || argument == "--mode";
    const std::string given = i + 1 < argc ? argv[++i] : "";
    const auto mode = mode_from_name(given);
    if (!known || given.empty() || (argument == "--mode" && !mode)) {
      fmt::print(stderr, "reference_runner: cannot use {} {}\n\n{}", argument, given, usage);
      return 2;
    }
    if (argument == "--group") settings.groups.push_back(given);
    if (argument == "--case") settings.cases.push_back(given);
    if (argument == "--mode") settings.mode = *mode;
  }
  if (settings.paths.empty()) settings.paths.push_back(default_folder());
  try {
    return run_all(settings);
  } catch (const std::exception& e) {
    fmt::print("failed: {}\n0 passed, 1 failed, 0 unsupported\n", e.what());
    return 1;
  }
}
