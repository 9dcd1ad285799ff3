#include "depend.hpp"

#include <algorithm>

namespace copse::control {

Flags depends(const ir::Program& program, const Flags& inputs) {
  Flags known(program.types.size(), 0), operands;
  for (std::size_t i = 0; i < inputs.size(); ++i) known[program.inputs[i]] = inputs[i];
  for (const ir::Instruction& i : program.instructions) {
    operands.clear();
    for (const ir::Id id : program.operands(i)) operands.push_back(known[id]);
    if (count(operands) == 0) continue;
    const auto results = known.begin() + i.first_result;
    if (const auto* inside = dynamic_cast<const OfPrograms*>(i.primitive.get()))
      std::ranges::copy(inside->depends(operands), results);
    else
      std::fill_n(results, i.results, std::uint8_t{1});
  }
  Flags outputs;
  for (const ir::Id id : program.outputs) outputs.push_back(known[id]);
  return outputs;
}

}  // namespace copse::control
