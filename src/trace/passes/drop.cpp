#include "passes.hpp"

namespace copse::passes {

ir::Program drop(const ir::Program& program) {
  std::vector<std::uint8_t> needed(program.types.size(), 0);
  for (const ir::Id id : program.outputs) needed[id] = 1;
  std::vector<std::uint8_t> keep(program.instructions.size(), 0);
  for (std::size_t k = program.instructions.size(); k-- > 0;) {
    const ir::Instruction& i = program.instructions[k];
    for (std::uint32_t r = 0; r < i.results; ++r) keep[k] = keep[k] || needed[i.first_result + r];
    if (keep[k])
      for (const ir::Id id : program.operands(i)) needed[id] = 1;
  }
  ir::Program trimmed = program;
  std::erase_if(trimmed.constants, [&](const ir::Constant& c) { return !needed[c.id]; });
  Rewriter rewriter(trimmed);
  for (std::size_t k = 0; k < program.instructions.size(); ++k)
    if (keep[k]) rewriter.copy(program.instructions[k]);
  return rewriter.finish();
}

}  // namespace copse::passes
