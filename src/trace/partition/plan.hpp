// How a recorded program is computed by several ranks: decided once, alike for all of them.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../passes/analysis.hpp"
#include "placement.hpp"
#include "view_axes.hpp"

namespace copse::sharding {

struct Plan;

/// How one instruction is computed.
struct Step {
  enum class Making : std::uint8_t {
    same,     ///< by its own primitive, on what the rank has
    view,     ///< by a view of the rank's part
    reshape,  ///< by a reshape of the rank's part
    within,   ///< by a primitive of the same kind that holds local programs
    effect,   ///< by the first rank with, by the others without its side effects
  };

  Making making = Making::same;
  std::vector<Placement> operands{}, results{};  ///< as the primitive takes and gives them
  std::optional<ViewAxes> view{};
  std::vector<std::shared_ptr<const Plan>> inside{};  ///< of the programs that the primitive holds
  bool on_whole = false;  ///< whether it is computed on whole operands for want of a better way
};

/// A program and how each of its values and instructions is placed.
struct Plan {
  /// How a partial value is needed otherwise than as it is: not at all, only in parts, or whole.
  enum Combined : std::uint8_t { not_at_all, in_parts, whole };

  ir::Program program;
  int parts = 1;
  std::vector<Placement> inputs, outputs;
  passes::PerValue<Placement> values;  ///< as their instructions give them
  passes::PerInstruction<Step> steps;
  /// The instructions in the order in which ranks run them: what waits for no sum first, then what waits for
  /// sums of that, and so on, so that as many sums as possible are added up in one exchange.
  std::vector<std::size_t> order;
  passes::PerValue<Combined> combined;    ///< of partial values
  std::vector<passes::Flag> given_whole;  ///< by input: placed as divided, but each rank is given all of it
};

/// What is asked of a plan.
struct Request {
  std::vector<Placement> inputs{};                  ///< how each input is placed
  std::vector<std::optional<Placement>> outputs{};  ///< how each output is wanted; nothing: as it comes
  std::vector<passes::Flag> given_whole{};          ///< see Plan; empty for none
  int parts = 1;
};

/// Plans a program whose definitions and compositions are in place.
Plan plan(ir::Program program, const Request& request);

}  // namespace copse::sharding
