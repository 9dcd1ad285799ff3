// Where each value of a program lives while it runs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "copse/trace/ir.hpp"

namespace copse::passes {

/// The memory that a value uses.
struct Place {
  enum class Kind : std::uint8_t { none, input, constant, arena, output };
  Kind kind = Kind::none;
  std::uint32_t index = 0;  ///< of the input, constant or output
  std::size_t offset = 0;   ///< in the arena
};

/// An output: memory of its own, or that of another value.
struct OutputPlan {
  ir::Id base;              ///< the value whose memory it is
  std::int32_t donor = -1;  ///< input whose memory it may take over
};

struct MemoryPlan {
  std::vector<Place> places;             ///< by value
  std::vector<OutputPlan> outputs;       ///< memory blocks that leave the program
  std::vector<std::uint32_t> output_of;  ///< for each output of the program its block, or `borrowed`
  std::vector<std::size_t> workspaces;   ///< arena offset of each instruction's scratch memory
  std::size_t arena_bytes = 0;
  static constexpr std::uint32_t borrowed = ~std::uint32_t{0};
};

/// Plans memory. `workspaces` are the bytes that each instruction's kernel needs. With `share` off every
/// value has memory of its own.
MemoryPlan plan(const ir::Program& program, std::span<const std::size_t> workspaces,
                std::span<const std::uint8_t> donated, bool share);

}  // namespace copse::passes
