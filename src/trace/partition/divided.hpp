// A program that several ranks run together, ready to run.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "copse/comm/communicator.hpp"
#include "copse/trace/compile.hpp"
#include "copse/trace/partition.hpp"
#include "placement.hpp"

namespace copse::sharding {

/// How a program is divided: by input, how it is placed, and who takes part. Where all ranks are threads of
/// this process, inputs are given whole.
struct Division {
  std::vector<Placement> inputs;
  comm::Group group;
};

/// The programs of the ranks of this process. Immutable; the ranks of a group run one program at a time,
/// whichever threads call.
class Divided {
 public:
  /// Compiles a recorded program for the ranks of this process. `donated` says which inputs callers may give
  /// away.
  Divided(const ir::Program& recorded, const Division& division, std::span<const std::uint8_t> donated,
          const CompileOptions& options, std::string_view name);

  /// Runs the program. Outputs are whole, the same on all ranks. Throws what a rank throws.
  void run(std::span<Array> inputs, std::vector<Array>& outputs) const;

  const Communication& communication() const { return communication_; }
  /// Of the first rank of this process.
  const flat::Compiled& first() const { return *ranks_[0]; }

 private:
  comm::Group group_;
  std::shared_ptr<std::mutex> turn_;  // of all programs of the group
  std::vector<std::shared_ptr<const flat::Compiled>> ranks_;
  std::vector<std::uint8_t> donated_;  // by input: what the first rank may reuse
  Communication communication_;
};

}  // namespace copse::sharding
