#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/trace/flat.hpp"
#include "facts.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {
namespace {

// What a composed operation is made of for operands of these types.
ir::Program composition(const Primitive& primitive, std::span<const ShapeDtype> in) {
  return flat::record([&](const flat::Arrays& inputs) { return primitive.compose(inputs); }, in, "compile")
      .program;
}

// Of compositions in one another. An operation with more of them is composed of itself.
constexpr int deepest = 200;

Result inlined(const ir::Program& program, bool definitions, int depth) {
  bool any = false;
  for (const ir::Instruction& i : program.instructions)
    any = any || (definitions && i.primitive->definition()) || i.primitive->composed();
  if (!any) return std::nullopt;
  if (depth > deepest) throw InternalError("an operation is composed of itself");
  Rewriter rewriter(program);
  for (const ir::Instruction& i : program.instructions) {
    const auto given = program.operands(i);
    const ir::Program* definition = definitions ? i.primitive->definition() : nullptr;
    ir::Program composed;
    if (!definition && i.primitive->composed()) {
      composed = composition(*i.primitive, operand_types(program, i));
      definition = &composed;
    }
    if (!definition) {
      rewriter.copy(i);
      continue;
    }
    const Result inside = inlined(*definition, definitions, depth + 1);
    const ir::Program& body = inside ? *inside : *definition;
    if (body.inputs.size() != given.size() || body.outputs.size() != i.results)
      throw InternalError(fmt::format("{} is composed of what takes {} operands and gives {} results",
                                      i.primitive->name(), body.inputs.size(), body.outputs.size()));
    const std::vector<ir::Id> results = rewriter.splice(body, rewriter[given]);
    for (std::uint32_t r = 0; r < i.results; ++r) rewriter.set(i.first_result + r, results[r]);
  }
  return rewriter.finish();
}

}  // namespace

Result inline_programs(const ir::Program& program, bool definitions) {
  return inlined(program, definitions, 0);
}

}  // namespace copse::passes
