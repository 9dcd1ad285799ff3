#include <algorithm>

#include "passes.hpp"

namespace copse::passes {

Result dead_code(const ir::Program& program) {
  std::vector<std::uint8_t> needed(program.types.size(), 0);
  for (const ir::Id id : program.outputs) needed[id] = 1;
  std::vector<std::uint8_t> keep(program.instructions.size(), 0);
  for (std::size_t k = program.instructions.size(); k-- > 0;) {
    const ir::Instruction& i = program.instructions[k];
    keep[k] = i.primitive->has_effect();
    for (std::uint32_t r = 0; r < i.results; ++r) keep[k] = keep[k] || needed[i.first_result + r];
    if (keep[k])
      for (const ir::Id id : program.operands(i)) needed[id] = 1;
  }
  const auto needless = [&](const ir::Constant& c) { return !needed[c.id]; };
  if (std::find(keep.begin(), keep.end(), 0) == keep.end() &&
      std::none_of(program.constants.begin(), program.constants.end(), needless))
    return std::nullopt;
  ir::Program trimmed = program;
  std::erase_if(trimmed.constants, needless);
  Rewriter rewriter(trimmed);
  for (std::size_t k = 0; k < program.instructions.size(); ++k)
    if (keep[k]) rewriter.copy(program.instructions[k]);
  return rewriter.finish();
}

}  // namespace copse::passes
