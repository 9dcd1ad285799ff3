#include "facts.hpp"

namespace copse::passes {

std::vector<ShapeDtype> operand_types(const ir::Program& program, const ir::Instruction& i) {
  std::vector<ShapeDtype> types;
  for (const ir::Id id : program.operands(i)) types.push_back(program.types[id]);
  return types;
}

std::optional<traits::Elementwise> elementwise_of(const ir::Program& program, const ir::Instruction& i) {
  if (i.results != 1 || i.operands == 0) return std::nullopt;
  return i.primitive->elementwise(operand_types(program, i), program.types[i.first_result]);
}

const traits::Algebra& algebra_of(const ir::Program& program, const ir::Instruction& i) {
  static constexpr traits::Algebra none;
  const std::optional<traits::Elementwise> operation = elementwise_of(program, i);
  return operation && operation->algebra ? *operation->algebra : none;
}

bool cheap_arithmetic(const ir::Program& program, const ir::Instruction& i) {
  using traits::Arithmetic;
  const std::optional<traits::Elementwise> operation = elementwise_of(program, i);
  if (!operation) return false;
  if (operation->algebra && operation->algebra->cheap) return true;
  const std::optional<Arithmetic>& what = operation->arithmetic;
  return what && *what != Arithmetic::divide && *what != Arithmetic::sqrt;
}

std::optional<traits::View> view_of(const ir::Program& program, const ir::Instruction& i) {
  if (i.operands != 1 || i.results != 1) return std::nullopt;
  return i.primitive->view(program.types[program.operands(i)[0]], program.types[i.first_result]);
}

}  // namespace copse::passes
