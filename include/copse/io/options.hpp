// What all writers and all readers of files can be told.
#pragma once

#include "copse/core/config.hpp"

#include <cstdint>
#include <limits>

namespace copse::io {

/// How a file is written.
struct SaveOptions {
  /// Whether the contents must be on the disk when the call returns, so that they outlive a loss of power.
  /// Without it a save is faster and still atomic, but the operating system writes the contents to the disk
  /// later, and a loss of power may undo the save.
  bool durable = true;
};

/// How a file is read.
struct ReadOptions {
  /// The most bytes that what is compressed may unpack to, all parts of a file together. More is an IoError
  /// as soon as it is met. What does not fit in memory is one in any case.
  std::uint64_t max_unpacked = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace copse::io
