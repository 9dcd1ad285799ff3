#include <algorithm>

#include "loops.hpp"
#include "passes.hpp"

namespace copse::passes {
namespace {

// What is needed of a program.
class Liveness {
 public:
  explicit Liveness(const ir::Program& program)
      : program_(program),
        needed_(program.types.size(), 0),
        keep_(program.instructions.size(), 0),
        loops_(program.instructions.size()) {
    for (const ir::Id id : program.outputs) needed_[id] = 1;
    for (std::size_t k = program.instructions.size(); k-- > 0;) visit(k);
  }

  bool constant(const ir::Constant& c) const { return needed_[c.id] != 0; }
  bool instruction(std::size_t k) const { return keep_[k] != 0; }
  /// A loop of which a part is needed.
  const std::optional<PrunedScan>& loop(std::size_t k) const { return loops_[k]; }
  bool all() const {
    return std::find(keep_.begin(), keep_.end(), 0) == keep_.end() &&
           std::all_of(program_.constants.begin(), program_.constants.end(),
                       [&](const ir::Constant& c) { return constant(c); }) &&
           std::none_of(loops_.begin(), loops_.end(), [](const auto& loop) { return loop.has_value(); });
  }

 private:
  void visit(std::size_t k) {
    const ir::Instruction& i = program_.instructions[k];
    const std::span<const std::uint8_t> read(needed_.data() + i.first_result, i.results);
    const bool has_effect = i.primitive->has_effect();
    keep_[k] = has_effect || std::find(read.begin(), read.end(), 1) != read.end();
    if (!keep_[k]) return;
    const auto operands = program_.operands(i);
    // What a loop with side effects prints may need any part of it.
    if (const control::ScanParams* scan = has_effect ? nullptr : control::as_scan(*i.primitive))
      loops_[k] = pruned(*scan, read);
    if (!loops_[k])
      for (const ir::Id id : operands) needed_[id] = 1;
    else
      for (const std::size_t n : loops_[k]->operands) needed_[operands[n]] = 1;
  }

  const ir::Program& program_;
  std::vector<std::uint8_t> needed_, keep_;
  std::vector<std::optional<PrunedScan>> loops_;
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
  const Liveness needed(program);
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
