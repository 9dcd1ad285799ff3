#include "depend.hpp"

#include <algorithm>

#include "../over_axis.hpp"

namespace copse::control {
namespace {

bool joins_elements(const ir::Program& program) {
  return std::ranges::any_of(program.instructions, [](const ir::Instruction& i) {
    if (const auto* inside = dynamic_cast<const OfPrograms*>(i.primitive.get()))
      return inside->joins_elements();
    const auto* collective = dynamic_cast<const flat::OverAxis*>(i.primitive.get());
    return collective && !collective->axis().communicator;
  });
}

}  // namespace

OfPrograms::OfPrograms(const std::vector<ProgramPtr>& programs)
    : has_effect_(std::ranges::any_of(programs, [](const ProgramPtr& p) { return has_effects(*p); })),
      joins_elements_(
          std::ranges::any_of(programs, [](const ProgramPtr& p) { return control::joins_elements(*p); })) {}

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
