#include "sums.hpp"

namespace copse::passes {

Sums::Sums(const ir::Program& program)
    : program_(program), producer_(producers(program)), uses_(use_counts(program)), inside_(program) {
  for (const ir::Instruction& i : program.instructions)
    if (is_sum(i))
      for (const ir::Id id : program.operands(i))
        inside_[id] = uses_[id] == 1 && program.types[id] == program.types[i.first_result];
}

std::vector<ir::Id> Sums::terms(const ir::Instruction& root) const {
  std::vector<ir::Id> terms, stack(program_.operands(root).rbegin(), program_.operands(root).rend());
  while (!stack.empty()) {
    const ir::Id id = stack.back();
    stack.pop_back();
    const ir::Instruction* i = maker(id);
    if (i && is_sum(*i) && inside_[id])
      stack.insert(stack.end(), program_.operands(*i).rbegin(), program_.operands(*i).rend());
    else
      terms.push_back(id);
  }
  return terms;
}

ir::Id add_up(Rewriter& rewriter, const ir::Instruction& sum, const std::vector<ir::Id>& terms,
              const ShapeDtype& type) {
  ir::Id total = terms[0];
  for (std::size_t n = 1; n < terms.size(); ++n) {
    const ir::Id both[] = {total, terms[n]};
    total = rewriter.add(sum.primitive, both, type);
  }
  return total;
}

}  // namespace copse::passes
