// The handwritten digits that the example trains on and is tested with.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "copse/core/array.hpp"

namespace digits {

/// Images as float32 (number, 28, 28, 1) between 0 and 1, and their labels as int32.
struct Digits {
  copse::Array images;
  copse::Array labels;
};

struct DataSet {
  Digits train;
  Digits test;
  std::string description;
};

/// The 5,000 digits in `shipped`, 4,000 of them to train and 1,000 to test; or those of a folder with MNIST's
/// standard files, compressed or not: all four of them, or the `t10k` pair alone, which then is what all
/// shipped ones are tested with. Throws IoError if files are missing, damaged, or something else.
DataSet load(const std::filesystem::path& shipped, const std::optional<std::filesystem::path>& folder);

}  // namespace digits
