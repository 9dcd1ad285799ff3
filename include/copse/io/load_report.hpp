// What has become of the arrays of a file that was loaded.
#pragma once

#include "copse/core/config.hpp"

#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace copse {

/// The arrays of a file and of what it was loaded into, by name.
struct LoadReport {
  std::vector<std::string> loaded;      ///< taken from the file
  std::vector<std::string> missing;     ///< here, but not in the file: left as they were
  std::vector<std::string> unexpected;  ///< in the file, but with no place here: passed over
  std::vector<std::string> mismatched;  ///< of another shape or dtype than in the file: left as they were
  std::vector<std::string> skipped;     ///< in the file, but not asked for

  /// Whether all that was asked for has been loaded, and nothing was left out on either side.
  bool complete() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
  /// Why an array was not loaded; empty for one that was. Throws ValueError for a name that is not in the
  /// report.
  std::string reason(std::string_view name) const;

  std::map<std::string, std::string, std::less<>> reasons{};  ///< of all that was not loaded
};

/// How many arrays were loaded, a line for each that was asked for and was not, with the reason, and how many
/// were not asked for.
std::string to_string(const LoadReport& report);
std::ostream& operator<<(std::ostream& out, const LoadReport& report);

}  // namespace copse
