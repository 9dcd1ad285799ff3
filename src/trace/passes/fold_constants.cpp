#include "../../ops/create.hpp"
#include "../../ops/elementwise/algebra.hpp"
#include "../../ops/shaping/primitives.hpp"
#include "copse/core/error.hpp"
#include "copse/core/trace.hpp"
#include "copse/trace/flat.hpp"
#include "passes.hpp"

namespace copse::passes {
namespace {

// Larger results are better computed when they are needed than carried along.
constexpr std::size_t most_folded_bytes = 1 << 16;

// The value of a constant if it is one number, whatever its shape.
const Array* scalar_of(const std::vector<const Array*>& constants, ir::Id id) {
  const Array* c = constants[id];
  return c && c->size() == 1 && c->dtype() != DType::bool_ ? c : nullptr;
}

// The operand that an elementwise instruction gives back unchanged, or -1. Only what keeps IEEE results bit
// for bit: x + 0 is not among them, as it turns -0 into 0.
int passed_through(const Primitive& primitive, const Array* a, const Array* b) {
  const elementwise::Algebra* algebra = elementwise::algebra_of(primitive);
  if (!algebra) return -1;
  if (b && algebra->right_identity == b->item<double>()) return 0;
  if (a && algebra->left_identity == a->item<double>()) return 1;
  return -1;
}

}  // namespace

Result fold_constants(const ir::Program& program) {
  Rewriter rewriter(program);
  // By new numbers: what is known, and who made it.
  std::vector<const Array*> constants(program.types.size() * 2 + 16, nullptr);
  std::vector<Array> owned;
  owned.reserve(program.instructions.size() + program.constants.size());
  const auto remember = [&](ir::Id id, const Array& value) {
    if (id >= constants.size()) constants.resize(id * 2 + 1, nullptr);
    owned.push_back(value);
    constants[id] = &owned.back();
  };
  for (const ir::Constant& c : rewriter.to.constants)
    if (!c.value.is_abstract()) remember(c.id, c.value);

  bool changed = false;
  for (const ir::Instruction& i : program.instructions) {
    if (const create::FullParams* full = create::as_full(*i.primitive)) {
      // One number, read through a view: what fusion and kernels like best.
      const ShapeDtype& type = program.types[i.first_result];
      Array scalar = detail::allocate({{}, type.dtype, type.weak});
      std::memcpy(detail::mutable_data(scalar), full->value.data(), size_of(type.dtype));
      ir::Id id = rewriter.to.add_constant(scalar);
      remember(id, scalar);
      if (!type.shape.empty()) {
        const ir::Id operand = id;
        id = rewriter.add(shaping::broadcast(type.shape), {&operand, 1}, type);
      }
      if (id >= constants.size()) constants.resize(id * 2 + 1, nullptr);
      rewriter.set(i.first_result, id);
      changed = true;
      continue;
    }
    const auto operands = program.operands(i);
    bool known =
        i.results == 1 && !operands.empty() && program.types[i.first_result].bytes() <= most_folded_bytes;
    for (const ir::Id id : operands) known = known && constants[rewriter[id]];
    if (known) {
      std::vector<Array> in;
      for (const ir::Id id : operands) in.push_back(*constants[rewriter[id]]);
      Array out;
      try {
        i.primitive->eval(in, {&out, 1});
      } catch (const Error&) {
        rewriter.copy(i);  // an error belongs to the run, if it ever comes to this instruction
        if (rewriter.to.types.size() > constants.size())
          constants.resize(rewriter.to.types.size() * 2, nullptr);
        continue;
      }
      const ir::Id id = rewriter.to.add_constant(out);
      remember(id, out);
      rewriter.set(i.first_result, id);
      changed = true;
      continue;
    }
    if (operands.size() == 2 && i.results == 1) {
      const int same = passed_through(*i.primitive, scalar_of(constants, rewriter[operands[0]]),
                                      scalar_of(constants, rewriter[operands[1]]));
      if (same >= 0 &&
          program.types[operands[static_cast<std::size_t>(same)]] == program.types[i.first_result]) {
        rewriter.set(i.first_result, rewriter[operands[static_cast<std::size_t>(same)]]);
        changed = true;
        continue;
      }
    }
    rewriter.copy(i);
    if (rewriter.to.types.size() > constants.size()) constants.resize(rewriter.to.types.size() * 2, nullptr);
  }
  if (!changed) return std::nullopt;
  return rewriter.finish();
}

}  // namespace copse::passes
