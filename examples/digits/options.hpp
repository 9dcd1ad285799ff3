// The example's command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace digits {

struct Options {
  std::optional<std::filesystem::path> data_dir = std::nullopt;  ///< with MNIST's files
  std::filesystem::path shipped_data;                            ///< with the digits that come with Copse
  std::filesystem::path out = "digits-out";
  int epochs = 8;
  std::int64_t batch_size = 64;
  std::int64_t seed = 0;
  int threads = 0;  ///< all processors
  bool help = false;
};

/// Throws std::invalid_argument for what it doesn't understand.
Options parse(int argc, char** argv);

}  // namespace digits
