// Names made of types: what submodules, metrics and logs are called unless somebody says otherwise.
#pragma once

#include "copse/core/config.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace copse {

/// `BatchNorm` as `batch_norm`, `MLP` as `mlp`, `Conv2D` as `conv2_d`: an underscore wherever a capital
/// follows a small letter or a digit.
inline std::string snake_case(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    bool capital = c >= 'A' && c <= 'Z';
    if (capital && i > 0 && !(name[i - 1] >= 'A' && name[i - 1] <= 'Z') && name[i - 1] != '_') out += '_';
    out += capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

/// A name that is not taken: `linear`, then `linear2`, `linear3`; after `b9` comes `b10`. `taken(name)` says
/// what is.
template <class Taken>
std::string unique_name(std::string_view name, Taken&& taken) {
  std::string unique(name);
  if (!taken(unique)) return unique;
  auto last = name.find_last_not_of("0123456789");
  auto stem = last == std::string_view::npos ? std::string_view{} : name.substr(0, last + 1);
  auto digits = name.substr(stem.size());
  std::size_t number = digits.empty() || digits.size() > 9 ? 1 : std::stoul(std::string(digits));
  if (digits.size() > 9) stem = name;
  do {
    unique = std::string(stem) + std::to_string(++number);
  } while (taken(unique));
  return unique;
}

/// Names without repetitions, in order: `{a, a, a1, a}` as `{a, a2, a1, a3}`.
inline std::vector<std::string> unique_names(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) {
    out.push_back(unique_name(
        name, [&](const std::string& n) { return std::find(out.begin(), out.end(), n) != out.end(); }));
  }
  return out;
}

}  // namespace copse
