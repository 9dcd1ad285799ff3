// The compiler's passes, one after the other.
#pragma once

#include <exception>
#include <string_view>

#include "passes.hpp"

namespace copse::passes {

/// Where programs are written while they are compiled, or nowhere.
class Dump {
 public:
  /// Makes a folder for one compilation in `folder`, unless that is empty. Throws IoError.
  Dump(const std::filesystem::path& folder, std::string_view name);
  void write(const ir::Program& program, std::string_view pass);

 private:
  std::filesystem::path folder_;
  int count_ = 0;
};

/// The passes that run.
class Enabled {
 public:
  /// All but those named. Throws ValueError for a name that no pass has.
  explicit Enabled(std::span<const std::string> without);
  /// What works after a fault of any pass.
  static Enabled inlining_alone();
  bool operator[](std::string_view pass) const;

 private:
  Enabled() = default;
  std::vector<std::string_view> without_;
};

/// Takes a program through all passes that are enabled. Each is verified; what a faulty one has made is
/// left out.
ir::Program optimize(const ir::Program& recorded, const Enabled& enabled,
                     std::span<const std::uint8_t> donated, Dump& dump);

/// A fault of the compiler's own: throws InternalError where the compiler is strict, else says so once.
void report_fault(std::string_view where, const std::exception& error);

}  // namespace copse::passes
