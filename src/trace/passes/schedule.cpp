#include <algorithm>

#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {
namespace {

// Instructions whose results all leave the program need no scratch memory for them: run as soon as what they
// read is there, they set it free. An optimizer's update of a parameter follows the gradient at once, while
// that is in the cache, and no two gradients wait for one another.
class Scheduler {
 public:
  Scheduler(const ir::Program& program, std::span<const std::uint8_t> donated)
      : program_(program),
        remaining_(use_counts(program)),
        missing_(program),
        lent_(program),
        made_(program),
        last_(program),
        early_readers_(program) {
    for (std::size_t n = 0; n < program.inputs.size() && n < donated.size(); ++n)
      lent_[program.inputs[n]] = donated[n];
    const PerValue<Flag> escapes = escaping(program);
    const PerValue<std::int32_t> producer = producers(program);
    for (ir::Id v = 0; v < made_.size(); ++v) made_[v] = producer[v] < 0;
    for (std::size_t k = 0; k < program.instructions.size(); ++k) {
      const ir::Instruction& i = program.instructions[k];
      if (i.primitive->aliases() || i.primitive->has_effect() || i.results == 0) continue;
      const auto results = escapes.results(i);
      last_[k] = std::find(results.begin(), results.end(), 0) == results.end();
      if (!last_[k]) continue;
      for (const ir::Id id : program.operands(i)) {
        missing_[k] += !made_[id];
        if (!made_[id] || lent_[id]) early_readers_[id].push_back(k);
      }
    }
  }

  std::vector<std::size_t> run() {
    std::vector<std::size_t> order;
    PerInstruction<Flag> done(program_);
    std::vector<std::size_t> ready;
    const auto emit = [&](std::size_t k) {
      done[k] = 1;
      order.push_back(k);
      const ir::Instruction& i = program_.instructions[k];
      for (const ir::Id id : program_.operands(i)) {
        --remaining_[id];
        if (lent_[id]) ready.insert(ready.end(), early_readers_[id].begin(), early_readers_[id].end());
      }
      for (std::uint32_t r = 0; r < i.results; ++r)
        for (const std::size_t reader : early_readers_[i.first_result + r]) {
          --missing_[reader];
          ready.push_back(reader);
        }
    };
    for (std::size_t k = 0; k < program_.instructions.size(); ++k)
      if (is_setting(program_.instructions[k])) emit(k);
    ready.clear();
    for (std::size_t k = 0; k < program_.instructions.size(); ++k) {
      if (!done[k]) emit(k);
      for (std::size_t r = 0; r < ready.size(); ++r)  // which grows
        if (const std::size_t next = ready[r]; !done[next] && may_run(next)) emit(next);
      ready.clear();
    }
    return order;
  }

 private:
  // Little that all updates wait for and that waits for nothing itself, as the factors of a step number.
  bool is_setting(const ir::Instruction& i) const {
    std::size_t bytes = 0;
    bool wanted = false;
    for (std::uint32_t r = 0; r < i.results; ++r) {
      bytes += program_.types[i.first_result + r].bytes();
      wanted = wanted || !early_readers_[i.first_result + r].empty();
    }
    if (!wanted || bytes > 256) return false;
    for (const ir::Id id : program_.operands(i))
      if (!made_[id] || (lent_[id] && program_.types[id].bytes() > 16)) return false;
    return true;
  }

  // All operands are there, one of them is needed no more afterwards, and whatever lends its memory to the
  // results is read by no other instruction.
  bool may_run(std::size_t k) {
    if (missing_[k] > 0) return false;
    const auto operands = program_.operands(program_.instructions[k]);
    for (const ir::Id id : operands) --remaining_[id];
    bool frees = false, lends = true;
    for (const ir::Id id : operands) {
      lends = lends && !(lent_[id] && remaining_[id] > 0);
      frees = frees || (!early_readers_[id].empty() && !lent_[id] && remaining_[id] == 0);
    }
    for (const ir::Id id : operands) ++remaining_[id];
    return frees && lends;
  }

  const ir::Program& program_;
  PerValue<std::uint32_t> remaining_;                 // how often it is still read
  PerInstruction<std::uint32_t> missing_;             // operands that are not there yet
  PerValue<Flag> lent_, made_;                        // inputs given away; what needs no instruction
  PerInstruction<Flag> last_;                         // see above
  PerValue<std::vector<std::size_t>> early_readers_;  // those of its readers that may run early
};

}  // namespace

Result schedule(const ir::Program& program, std::span<const std::uint8_t> donated) {
  const std::vector<std::size_t> order = Scheduler(program, donated).run();
  if (std::is_sorted(order.begin(), order.end())) return std::nullopt;
  Rewriter rewriter(program);
  for (const std::size_t k : order) rewriter.copy(program.instructions[k]);
  return rewriter.finish();
}

}  // namespace copse::passes
