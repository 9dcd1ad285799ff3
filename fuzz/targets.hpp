// The readers that take files from anywhere, each as a function that is given one.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace fuzz {

/// A format.
struct Target {
  const char* name;
  /// Reads a file. What it throws besides copse::IoError is a fault.
  void (*read)(const std::filesystem::path& path);
  /// Makes lengths and checksums of a mutated file right again, so that what they guard is reached; null if
  /// there are none.
  void (*repair)(std::string& bytes);
};

std::span<const Target> targets();

/// Reads an input; ends the process, with a message, if anything but an IoError comes of it or if arrays take
/// far more memory than the input explains. Gives the text of the IoError; empty if it could be read.
std::string check(const Target& target, std::string_view bytes);

}  // namespace fuzz
