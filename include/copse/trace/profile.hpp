// Where the time of a compiled program goes, instruction by instruction.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "copse/core/config.hpp"

namespace copse {

/// What this machine reaches with as many threads as are set now.
struct MachineLimits {
  double gflops = 0;  ///< billions of floating-point operations a second, in a large product of matrices
  double gbytes = 0;  ///< gigabytes a second, read from memory and written to it
};

/// Measured when it is first asked for with a number of threads, which takes about a tenth of a second.
MachineLimits machine_limits();

/// The time of each instruction of a compiled program, and what it does in that time. Made by `profile` of a
/// compiled function: `std::cout << step.profile(model, x, y) << "\n";`.
class Profile {
 public:
  /// An instruction that another one was fused from.
  struct Part {
    std::string path;
    std::string operation;
  };
  /// An instruction of the program, in its order.
  struct Row {
    std::string path;         ///< of the layer: `Classifier.hidden`; of a fused one what most parts have
    std::string operation;    ///< what it is: `matmul`, `fused`
    std::string parameters;   ///< as programs are printed
    std::string result;       ///< the types of its results
    std::vector<Part> parts;  ///< what it was fused from, none for others
    double microseconds = 0;  ///< of one run, the median of several
    double gflops = 0;        ///< billions of operations a second
    double gbytes = 0;        ///< gigabytes a second, operands and results
    double share = 0;         ///< of the time of all rows: 1 in all
    double flops = 0;         ///< operations of one run
    double bytes = 0;         ///< read and written by one run
  };
  /// The time of all that belongs to a layer.
  struct Layer {
    std::string path;
    double microseconds = 0;
    double share = 0;
  };

  Profile() = default;
  Profile(std::string name, std::vector<Row> rows, MachineLimits limits);

  const std::string& name() const noexcept { return name_; }
  const std::vector<Row>& rows() const noexcept { return rows_; }
  /// The sum over all rows.
  double microseconds() const noexcept { return microseconds_; }
  const MachineLimits& limits() const noexcept { return limits_; }
  /// By layer, that with the largest share first. The time of a fused instruction is divided equally among
  /// its parts.
  std::vector<Layer> by_layer() const;

  /// Everything as JSON: `{"name", "microseconds", "limits", "rows", "layers"}`. Throws IoError.
  void write_json(const std::filesystem::path& path) const;
  /// A trace for https://ui.perfetto.dev or chrome://tracing: the instructions one after the other, and below
  /// them the layers. Throws IoError.
  void write_trace(const std::filesystem::path& path) const;

 private:
  std::string name_;
  std::vector<Row> rows_;
  MachineLimits limits_;
  double microseconds_ = 0;
};

/// A table of the rows by share, one of the layers, the total and the machine's limits.
std::string to_string(const Profile& profile);
std::ostream& operator<<(std::ostream& out, const Profile& profile);

}  // namespace copse
