// Compiling a recorded program: simplified, fused, its memory planned; then run as often as wanted.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "copse/trace/ir.hpp"

namespace copse {

/// A pass of the compiler: what it is called, and what it does.
struct PassInfo {
  const char* name;
  const char* text;
};
/// The passes in the order in which they run.
std::vector<PassInfo> compiler_passes();

/// How a program is compiled. Control flow within it is compiled the same way.
struct CompileOptions {
  /// Passes that are left out, by name, which helps to find a fault. Throws ValueError for a name that no
  /// pass has.
  std::vector<std::string> without = {};
  /// A folder for the program as it is recorded and after each pass that has changed it, as text and for
  /// Graphviz: in a folder of its own for each compilation, by number and name. By default what the
  /// environment variable COPSE_DUMP says; without either nothing is written. Throws IoError.
  std::filesystem::path dump = {};
  /// Whether a run throws ValueError at the first operation whose result has a nan that its operands do not
  /// have, naming the operation, its types and its layer, also within loops and branches. Operations then run
  /// one by one, without the passes that join them, and each result is looked at: slow.
  bool check_nan = false;
};

class Profile;

/// What the compiler does about a fault of its own: a pass that throws, or makes a program that `ir::verify`
/// refuses. Strict, it throws InternalError: for tests. Otherwise it goes on without the pass, and says so on
/// stderr the first time. Strict from the beginning if the environment variable COPSE_STRICT is 1.
void set_strict_compiler(bool strict);
bool strict_compiler();

namespace flat {

/// A program ready to run. Immutable: several threads may run it at once.
class Compiled {
 public:
  Compiled();
  ~Compiled();
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  /// Runs the program. Inputs flagged in `donated` are taken: where nobody else holds their memory, it may be
  /// reused.
  std::vector<Array> run(std::span<Array> inputs, std::span<const std::uint8_t> donated = {}) const;
  /// The same with the results in a list that is there already.
  void run(std::span<Array> inputs, std::span<const std::uint8_t> donated, std::vector<Array>& outputs) const;

  /// Bytes of scratch memory that `run_raw` needs.
  std::size_t workspace() const;
  /// The same on bare memory, for kernels that contain programs: every output has its own memory already.
  void run_raw(const void* const* inputs, void* const* outputs, void* workspace) const;

  /// Runs the program again and again for a moment and tells where the time goes, instruction by instruction.
  /// What it prints it prints once. Inputs are only read.
  Profile profile(std::span<const Array> inputs, std::string_view name = "program") const;

  /// The program after all passes.
  const ir::Program& program() const;
  const ir::Cost& cost() const;

 private:
  friend std::shared_ptr<const Compiled> compile(ir::Program program, std::span<const std::uint8_t> donated,
                                                 const CompileOptions& options, std::string_view name);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Compiles a program. `donated` says which inputs callers may give away, `name` is for what is written about
/// it.
std::shared_ptr<const Compiled> compile(ir::Program program, std::span<const std::uint8_t> donated = {},
                                        const CompileOptions& options = {},
                                        std::string_view name = "program");

}  // namespace flat
}  // namespace copse
