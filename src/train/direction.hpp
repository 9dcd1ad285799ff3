// Which way numbers are better, by their names.
#pragma once

#include <optional>
#include <string_view>

namespace copse {

/// Up for what is called as a score is (accuracy, f1, auc), down for losses, errors and distances; none for a
/// name that says neither.
std::optional<bool> direction_of_name(std::string_view name);

}  // namespace copse
