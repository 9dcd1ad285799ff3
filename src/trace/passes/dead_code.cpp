#include <algorithm>

#include "loops.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {
namespace {

// What the outputs of a program need, in loops as well.
class Needed {
 public:
  explicit Needed(const ir::Program& program)
      : program_(program),
        loops_(program),
        live_(liveness(program, escaping(program),
                       [&](std::size_t k, PerValue<Flag>& values) { visit(k, values); })) {}

  bool constant(const ir::Constant& c) const { return live_.values[c.id] != 0; }
  bool instruction(std::size_t k) const { return live_.instructions[k] != 0; }
  /// A loop of which a part is needed.
  const std::optional<PrunedScan>& loop(std::size_t k) const { return loops_[k]; }
  bool all() const {
    const auto& kept = live_.instructions;
    return std::find(kept.begin(), kept.end(), 0) == kept.end() &&
           std::all_of(program_.constants.begin(), program_.constants.end(),
                       [&](const ir::Constant& c) { return constant(c); }) &&
           std::none_of(loops_.begin(), loops_.end(), [](const auto& loop) { return loop.has_value(); });
  }

 private:
  void visit(std::size_t k, PerValue<Flag>& values) {
    const ir::Instruction& i = program_.instructions[k];
    const auto operands = program_.operands(i);
    // What a loop with side effects prints may need any part of it.
    if (const control::ScanParams* scan =
            i.primitive->has_effect() ? nullptr : control::as_scan(*i.primitive))
      loops_[k] = pruned(*scan, values.results(i));
    if (!loops_[k])
      for (const ir::Id id : operands) values[id] = 1;
    else
      for (const std::size_t n : loops_[k]->operands) values[operands[n]] = 1;
  }

  const ir::Program& program_;
  PerInstruction<std::optional<PrunedScan>> loops_;
  Liveness live_;
};

void add_pruned(Rewriter& rewriter, const ir::Program& program, const ir::Instruction& i,
                const PrunedScan& loop) {
  std::vector<ir::Id> operands;
  std::vector<ShapeDtype> types;
  for (const std::size_t n : loop.operands) operands.push_back(rewriter[program.operands(i)[n]]);
  for (const std::size_t r : loop.results) types.push_back(program.types[i.first_result + r]);
  const ir::Id first = rewriter.to.add(loop.primitive, operands, types);
  for (std::size_t r = 0; r < loop.results.size(); ++r)
    rewriter.set(i.first_result + static_cast<ir::Id>(loop.results[r]), first + static_cast<ir::Id>(r));
}

}  // namespace

Result dead_code(const ir::Program& program) {
  const Needed needed(program);
  if (needed.all()) return std::nullopt;
  ir::Program trimmed = program;
  std::erase_if(trimmed.constants, [&](const ir::Constant& c) { return !needed.constant(c); });
  Rewriter rewriter(trimmed);
  for (std::size_t k = 0; k < program.instructions.size(); ++k) {
    if (!needed.instruction(k)) continue;
    if (needed.loop(k))
      add_pruned(rewriter, program, program.instructions[k], *needed.loop(k));
    else
      rewriter.copy(program.instructions[k]);
  }
  return rewriter.finish();
}

}  // namespace copse::passes
