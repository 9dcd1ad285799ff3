// Where each value of a program lives while it runs.
#pragma once

#include <span>
#include <vector>

#include "analysis.hpp"

namespace copse::passes {

/// Where in memory a value is.
struct Location {
  enum class Kind : std::uint8_t { none, input, constant, arena, output };
  Kind kind = Kind::none;
  std::uint32_t index = 0;  ///< of the input, constant or output
  std::size_t offset = 0;   ///< in the arena, or from the beginning of the input, constant or output
};

/// The memory of an output: of its own, or that of an input.
struct OutputBuffer {
  ir::Id base;              ///< the value whose memory it is
  std::int32_t donor = -1;  ///< input whose memory it may take over
};

struct BufferAssignment {
  PerValue<Location> locations;
  std::vector<OutputBuffer> outputs;       ///< those that the program makes
  std::vector<std::uint32_t> output_of;    ///< for each output of the program its buffer, or `borrowed`
  PerInstruction<std::size_t> workspaces;  ///< arena offset of each instruction's scratch memory
  std::size_t arena_bytes = 0;
  static constexpr std::uint32_t borrowed = ~std::uint32_t{0};
};

/// For each instruction whose result is memory that its operand has, the byte of the operand at which it
/// begins; -1 for those that have to run. With `slices`, what a slice takes without gaps is such memory,
/// unless it escapes from the program.
PerInstruction<std::int64_t> aliases(const ir::Program& program, bool slices);

/// Gives values memory. `workspaces` are the bytes that each instruction's kernel needs. With `share` off
/// every value has memory of its own. `aliased` is what `aliases` says.
BufferAssignment assign_buffers(const ir::Program& program, const PerInstruction<std::int64_t>& aliased,
                                const PerInstruction<std::size_t>& workspaces,
                                std::span<const std::uint8_t> donated, bool share);

/// Whether a result may be written over an operand: each element is read before it is written.
bool may_overwrite(const ir::Program& program, const ir::Instruction& i, std::size_t operand,
                   std::uint32_t result);

/// Throws InternalError if an assignment lets anything be overwritten that is still read. Takes time in
/// proportion to the program's length, but for a logarithm.
void verify_buffers(const ir::Program& program, const PerInstruction<std::int64_t>& aliased,
                    const PerInstruction<std::size_t>& workspaces, const BufferAssignment& assignment);

}  // namespace copse::passes
