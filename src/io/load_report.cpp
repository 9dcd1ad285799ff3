#include "copse/io/load_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "copse/core/error.hpp"

namespace copse {

std::string LoadReport::reason(std::string_view name) const {
  if (const auto found = reasons.find(name); found != reasons.end()) return found->second;
  if (std::find(loaded.begin(), loaded.end(), name) == loaded.end())
    throw ValueError(fmt::format("LoadReport: there is no '{}' in the file or here", name));
  return {};
}

std::string to_string(const LoadReport& report) {
  std::string out =
      fmt::format("{} array{} loaded", report.loaded.size(), report.loaded.size() == 1 ? "" : "s");
  const auto list = [&](const char* title, const std::vector<std::string>& names) {
    if (names.empty()) return;
    out += fmt::format("\n{} {}:", names.size(), title);
    for (const auto& name : names) out += fmt::format("\n  {}: {}", name, report.reason(name));
  };
  list("missing", report.missing);
  list("unexpected", report.unexpected);
  list("mismatched", report.mismatched);
  if (!report.skipped.empty()) out += fmt::format("\n{} skipped: not asked for", report.skipped.size());
  return out;
}

std::ostream& operator<<(std::ostream& out, const LoadReport& report) { return out << to_string(report); }

}  // namespace copse
