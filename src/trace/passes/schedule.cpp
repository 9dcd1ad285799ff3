#include <algorithm>

#include "passes.hpp"

namespace copse::passes {
namespace {

// Instructions whose results all leave the program need no scratch memory for them: run as soon as what they
// read is there, they set it free. An optimizer's update of a parameter follows the gradient at once, while
// that is in the cache, and no two gradients wait for one another.
class Scheduler {
 public:
  Scheduler(const ir::Program& program, std::span<const std::uint8_t> donated)
      : program_(program), remaining_(use_counts(program)), missing_(program.instructions.size(), 0) {
    std::vector<std::uint8_t> leaves(program.types.size(), 0);
    for (const ir::Id id : program.outputs) leaves[id] = 1;
    lent_.assign(program.types.size(), 0);
    for (std::size_t n = 0; n < program.inputs.size() && n < donated.size(); ++n)
      lent_[program.inputs[n]] = donated[n];
    made_.assign(program.types.size(), 1);
    for (const ir::Instruction& i : program.instructions)
      for (std::uint32_t r = 0; r < i.results; ++r) made_[i.first_result + r] = 0;
    last_.resize(program.instructions.size());
    readers_.resize(program.types.size());
    for (std::size_t k = 0; k < program.instructions.size(); ++k) {
      const ir::Instruction& i = program.instructions[k];
      if (i.primitive->aliases() || i.primitive->has_effect() || i.results == 0) continue;
      last_[k] = true;
      for (std::uint32_t r = 0; r < i.results; ++r) last_[k] = last_[k] && leaves[i.first_result + r];
      if (!last_[k]) continue;
      for (const ir::Id id : program.operands(i)) {
        missing_[k] += !made_[id];
        if (!made_[id] || lent_[id]) readers_[id].push_back(static_cast<std::uint32_t>(k));
      }
    }
  }

  std::vector<std::uint32_t> run() {
    std::vector<std::uint32_t> order;
    std::vector<std::uint8_t> done(program_.instructions.size(), 0);
    std::vector<std::uint32_t> ready;
    const auto emit = [&](std::uint32_t k) {
      done[k] = 1;
      order.push_back(k);
      const ir::Instruction& i = program_.instructions[k];
      for (const ir::Id id : program_.operands(i)) {
        --remaining_[id];
        if (lent_[id]) ready.insert(ready.end(), readers_[id].begin(), readers_[id].end());
      }
      for (std::uint32_t r = 0; r < i.results; ++r)
        for (const std::uint32_t reader : readers_[i.first_result + r]) {
          --missing_[reader];
          ready.push_back(reader);
        }
    };
    for (std::uint32_t k = 0; k < program_.instructions.size(); ++k)
      if (is_setting(program_.instructions[k])) emit(k);
    ready.clear();
    for (std::uint32_t k = 0; k < program_.instructions.size(); ++k) {
      if (!done[k]) emit(k);
      for (std::size_t r = 0; r < ready.size(); ++r)  // which grows
        if (const std::uint32_t next = ready[r]; !done[next] && may_run(next)) emit(next);
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
      wanted = wanted || !readers_[i.first_result + r].empty();
    }
    if (!wanted || bytes > 256) return false;
    for (const ir::Id id : program_.operands(i))
      if (!made_[id] || (lent_[id] && program_.types[id].bytes() > 16)) return false;
    return true;
  }

  // All operands are there, one of them is needed no more afterwards, and whatever lends its memory to the
  // results is read by nobody else.
  bool may_run(std::uint32_t k) {
    if (missing_[k] > 0) return false;
    const auto operands = program_.operands(program_.instructions[k]);
    for (const ir::Id id : operands) --remaining_[id];
    bool frees = false, lends = true;
    for (const ir::Id id : operands) {
      lends = lends && !(lent_[id] && remaining_[id] > 0);
      frees = frees || (!readers_[id].empty() && !lent_[id] && remaining_[id] == 0);
    }
    for (const ir::Id id : operands) ++remaining_[id];
    return frees && lends;
  }

  const ir::Program& program_;
  std::vector<std::uint32_t> remaining_;          // by value: how often it is still read
  std::vector<std::uint32_t> missing_;            // by instruction: operands that are not there yet
  std::vector<std::uint8_t> lent_, made_, last_;  // inputs given away; what needs no instruction; see above
  std::vector<std::vector<std::uint32_t>> readers_;  // by value: those of its readers that may run early
};

}  // namespace

Result schedule(const ir::Program& program, std::span<const std::uint8_t> donated) {
  const std::vector<std::uint32_t> order = Scheduler(program, donated).run();
  if (std::is_sorted(order.begin(), order.end())) return std::nullopt;
  Rewriter rewriter(program);
  for (const std::uint32_t k : order) rewriter.copy(program.instructions[k]);
  return rewriter.finish();
}

}  // namespace copse::passes
