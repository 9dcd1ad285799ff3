// What the backward loop of a scan's gradient would compute again from the carries of the forward loop, the
// forward loop keeps for it, step by step: products, reductions, random numbers and, where there are such,
// values of functions. A step of elementwise operations alone is computed again: that takes about as long as
// to read what was kept, and no memory.
#include <algorithm>
#include <map>

#include "instruction_table.hpp"
#include "loops.hpp"

namespace copse::passes {
namespace {

using control::ScanParams;

// A scan of the program, with what has been added to it.
struct Loop {
  std::size_t at = 0;  // which instruction it is
  ScanParams params;
  std::vector<ir::Id> operands;
  std::vector<ir::Id> results;  // its ys that were added have numbers behind the program's
  bool changed = false;
};

// Which values of one loop's step are at every step those of another one's.
class Twins {
 public:
  Twins(const Loop& forward, const Loop& backward)
      : forward_(forward), backward_(backward), twin_(backward.params.step->types.size(), Rewriter::none) {
    inputs();
    constants();
    instructions();
  }

  ir::Id of(ir::Id id) const { return twin_[id]; }
  bool any() const { return found_; }

 private:
  const ir::Program& theirs() const { return *forward_.params.step; }
  const ir::Program& ours() const { return *backward_.params.step; }

  // The value of the forward loop's step that an outer value is a constant of, or is at each step an element
  // of.
  void inputs() {
    const ScanParams &f = forward_.params, &b = backward_.params;
    std::map<ir::Id, ir::Id> constant, element;
    for (std::size_t n = 0; n < forward_.operands.size(); ++n) {
      if (n < f.constants) constant.emplace(forward_.operands[n], theirs().inputs[n]);
      if (n >= f.constants + f.carries) element.emplace(forward_.operands[n], theirs().inputs[n]);
    }
    for (std::size_t r = f.carries; r < forward_.results.size(); ++r)
      element.emplace(forward_.results[r], theirs().outputs[r]);
    for (std::size_t n = 0; n < backward_.operands.size(); ++n) {
      if (n >= b.constants && n < b.constants + b.carries) continue;
      const auto& known = n < b.constants ? constant : element;
      if (const auto it = known.find(backward_.operands[n]); it != known.end())
        twin_[ours().inputs[n]] = it->second;
    }
  }

  void constants() {
    for (const ir::Constant& c : ours().constants)
      for (const ir::Constant& other : theirs().constants)
        if (control::same_value(c.value, other.value)) twin_[c.id] = other.id;
  }

  void instructions() {
    InstructionTable known(theirs());
    const auto results = [](const ir::Program& program, const ir::Instruction& i) {
      return std::span(program.types).subspan(i.first_result, i.results);
    };
    for (std::size_t k = 0; k < theirs().instructions.size(); ++k) {
      const ir::Instruction& i = theirs().instructions[k];
      (void)known.find_or_add(*i.primitive, theirs().operands(i), results(theirs(), i), k);
    }
    std::vector<ir::Id> operands;
    for (const ir::Instruction& i : ours().instructions) {
      operands.clear();
      for (const ir::Id id : ours().operands(i)) operands.push_back(twin_[id]);
      if (std::find(operands.begin(), operands.end(), Rewriter::none) != operands.end()) continue;
      const ir::Instruction* other = known.find(*i.primitive, operands, results(ours(), i));
      if (!other) continue;
      for (std::uint32_t r = 0; r < i.results; ++r) twin_[i.first_result + r] = other->first_result + r;
      found_ = true;
    }
  }

  const Loop &forward_, &backward_;
  std::vector<ir::Id> twin_;  // by value of the backward loop's step
  bool found_ = false;
};

// The values with twins that the backward step is to be given; with `functions` also those of elementwise
// functions.
class Choice {
 public:
  Choice(const Loop& backward, const Twins& twins, bool functions)
      : step_(*backward.params.step),
        twins_(twins),
        functions_(functions),
        state_(step_.types.size(), State::unseen) {
    for (const ir::Id id : step_.inputs) state_[id] = State::there;
    for (const ir::Constant& c : step_.constants) state_[c.id] = State::there;
    for (const ir::Id id : step_.outputs) want(id);
    // From the last: what reads a value is decided before the value is.
    for (std::size_t k = step_.instructions.size(); k-- > 0;) visit(step_.instructions[k]);
  }

  std::vector<ir::Id> kept;

  /// Of one step.
  std::size_t bytes() const {
    std::size_t total = 0;
    for (const ir::Id id : kept) total += step_.types[id].bytes();
    return total;
  }

 private:
  enum class State : std::uint8_t { unseen, there, wanted };

  void want(ir::Id id) {
    if (state_[id] == State::unseen) state_[id] = State::wanted;
  }

  void visit(const ir::Instruction& i) {
    bool made = false;
    for (ir::Id id = i.first_result; id < i.first_result + i.results; ++id) {
      if (state_[id] != State::wanted) continue;
      if (twins_.of(id) != Rewriter::none && !repeated(i))
        kept.push_back(id);
      else
        made = true;
    }
    if (made)
      for (const ir::Id id : step_.operands(i)) want(id);
  }

  // Whether what an instruction gives is computed again: elementwise operations, which run along in a loop
  // over the elements, and views that take no less than there is.
  bool repeated(const ir::Instruction& i) const {
    const auto operands = step_.operands(i);
    if (operands.empty()) return true;
    if (i.results != 1) return false;
    const ShapeDtype &in = step_.types[operands[0]], &out = step_.types[i.first_result];
    if (elementwise_of(step_, i)) return !functions_ || cheap_arithmetic(step_, i);
    if (operands.size() != 1 || (!i.primitive->aliases() && !i.primitive->as_view(in, out))) return false;
    return state_[operands[0]] != State::unseen || in.bytes() <= out.bytes();
  }

  const ir::Program& step_;
  const Twins& twins_;
  bool functions_;
  std::vector<State> state_;
};

class Keeper {
 public:
  Keeper(const ir::Program& program, SimplifiedSteps& steps)
      : program_(program), next_(program.types.size()), steps_(steps) {
    for (std::size_t k = 0; k < program.instructions.size(); ++k) {
      const ir::Instruction& i = program.instructions[k];
      const ScanParams* scan = control::as_scan(*i.primitive);
      if (!scan || i.primitive->has_effect()) continue;
      Loop loop{.at = k, .params = *scan, .operands = {}, .results = {}};
      const auto operands = program.operands(i);
      loop.operands.assign(operands.begin(), operands.end());
      for (std::uint32_t r = 0; r < i.results; ++r) loop.results.push_back(i.first_result + r);
      loops_.push_back(std::move(loop));
    }
  }

  Result run() {
    bool changed = false;
    for (std::size_t b = 1; b < loops_.size(); ++b)
      for (std::size_t f = b; f-- > 0;) changed = keep(loops_[f], loops_[b]) || changed;
    if (!changed) return std::nullopt;
    return rewritten();
  }

 private:
  // Whether a loop reads what another one gives for each step.
  static bool follows(const Loop& forward, const Loop& backward) {
    if (forward.params.length != backward.params.length) return false;
    const std::size_t first = backward.params.constants + backward.params.carries;
    return std::any_of(backward.operands.begin() + static_cast<std::ptrdiff_t>(first),
                       backward.operands.end(), [&](ir::Id id) {
                         const auto ys =
                             forward.results.begin() + static_cast<std::ptrdiff_t>(forward.params.carries);
                         return std::find(ys, forward.results.end(), id) != forward.results.end();
                       });
  }

  bool keep(Loop& forward, Loop& backward) {
    if (!follows(forward, backward)) return false;
    // As the passes make them, so that what is equal looks equal.
    for (Loop* loop : {&forward, &backward}) loop->params.step = steps_[loop->params.step];
    const Twins twins(forward, backward);
    if (!twins.any()) return false;
    Choice choice(backward, twins, false);
    if (choice.kept.empty()) return false;
    // Functions take time, too, but not memory of another order than what is kept anyway.
    if (Choice more(backward, twins, true); more.bytes() <= 2 * choice.bytes()) choice.kept = more.kept;
    std::vector<ir::Id> outputs = forward.params.step->outputs;
    for (const ir::Id id : choice.kept) {
      outputs.push_back(twins.of(id));
      forward.results.push_back(static_cast<ir::Id>(next_++));
      backward.operands.push_back(forward.results.back());
    }
    give_step(forward, part_of(*forward.params.step, forward.params.step->inputs, outputs));
    std::vector<ir::Id> inputs = backward.params.step->inputs;
    inputs.insert(inputs.end(), choice.kept.begin(), choice.kept.end());
    give_step(backward, part_of(*backward.params.step, inputs, backward.params.step->outputs));
    return true;
  }

  // A step that is a part of a simplified one.
  void give_step(Loop& loop, ir::Program step) {
    loop.params.step = control::shared(std::move(step));
    loop.params.kept = false;
    loop.changed = true;
    steps_.add(loop.params.step);
  }

  ir::Program rewritten() const {
    Rewriter rewriter(program_);
    std::map<ir::Id, ir::Id> added;
    auto loop = loops_.begin();
    for (std::size_t k = 0; k < program_.instructions.size(); ++k) {
      const ir::Instruction& i = program_.instructions[k];
      const bool mine = loop != loops_.end() && loop->at == k;
      if (!mine || !loop->changed)
        rewriter.copy(i);
      else
        add(rewriter, added, i, *loop);
      if (mine) ++loop;
    }
    return rewriter.finish();
  }

  void add(Rewriter& rewriter, std::map<ir::Id, ir::Id>& added, const ir::Instruction& i,
           const Loop& loop) const {
    std::vector<ir::Id> operands;
    for (const ir::Id id : loop.operands)
      operands.push_back(id < program_.types.size() ? rewriter[id] : added.at(id));
    std::vector<ShapeDtype> types;
    const ir::Program& step = *loop.params.step;
    for (std::size_t r = 0; r < loop.results.size(); ++r) {
      const ShapeDtype& type = step.types[step.outputs[r]];
      types.push_back(r < loop.params.carries ? type : control::stacked(type, loop.params.length));
    }
    const ir::Id first = rewriter.to.add(control::scan(loop.params), operands, types);
    for (std::size_t r = 0; r < loop.results.size(); ++r) {
      const ir::Id now = first + static_cast<ir::Id>(r);
      if (r < i.results)
        rewriter.set(i.first_result + static_cast<ir::Id>(r), now);
      else
        added.emplace(loop.results[r], now);
    }
  }

  const ir::Program& program_;
  std::size_t next_;
  std::vector<Loop> loops_;
  SimplifiedSteps& steps_;
};

}  // namespace

Result loop_residuals(const ir::Program& program, SimplifiedSteps& steps) {
  return Keeper(program, steps).run();
}

}  // namespace copse::passes
