// Values that are cheaper to make again than to keep. What a loop makes for a later loop goes through memory:
// half of an argument, a deviation from a mean, a gradient times a scale. Where it is a few steps of
// arithmetic from values that are in memory anyway, the later loop takes these steps itself.
#include <algorithm>
#include <map>
#include <set>

#include "facts.hpp"
#include "fuse.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {
namespace {

constexpr std::size_t most_steps = 4;          // to make a value again
constexpr std::int64_t least_elements = 4096;  // smaller values stay in the caches

}  // namespace

class Fuser::Rematerializer {
 public:
  explicit Rematerializer(const Fuser& fuser)
      : fuser_(fuser), program_(fuser.program_), kept_(program_, 1), late_(program_), sources_(program_) {
    find_late();
    find_sources();
    choose();
  }

  Result run(std::vector<Flag>& copies) {
    if (std::find(kept_.begin(), kept_.end(), 0) == kept_.end()) return std::nullopt;
    copies.clear();
    const Liveness live = find_live();
    Rewriter rewriter(program_);
    for (std::size_t k = 0; k < program_.instructions.size(); ++k) {
      if (!live.instructions[k]) continue;
      const ir::Instruction& i = program_.instructions[k];
      const auto given = program_.operands(i);
      if (std::none_of(given.begin(), given.end(), [&](ir::Id id) { return made_again(k, id); })) {
        rewriter.copy(i);
        continue;
      }
      std::vector<ir::Id> operands;
      for (const ir::Id id : program_.operands(i))
        operands.push_back(made_again(k, id) ? again(rewriter, id, fuser_.nodes_[k].stage, copies)
                                             : rewriter[id]);
      const ir::Id first =
          rewriter.to.add(i.primitive, operands, {program_.types.data() + i.first_result, i.results});
      for (std::uint32_t r = 0; r < i.results; ++r) rewriter.set(i.first_result + r, first + r);
    }
    copies.resize(rewriter.to.instructions.size(), 0);
    return rewriter.finish();
  }

 private:
  const ir::Instruction& maker(ir::Id id) const {
    return program_.instructions[static_cast<std::size_t>(fuser_.producer_[id])];
  }

  bool made_by_element(ir::Id id) const {
    return fuser_.producer_[id] >= 0 &&
           fuser_.nodes_[static_cast<std::size_t>(fuser_.producer_[id])].role == Role::element;
  }

  // Whether an instruction reads a value in a loop of its own that could make it.
  bool reads_late(std::size_t k, ir::Id id) const {
    return made_by_element(id) && fuser_.together(fuser_.nodes_[k], id) &&
           fuser_.nodes_[k].stage > fuser_.nodes_[static_cast<std::size_t>(fuser_.producer_[id])].stage;
  }

  bool made_again(std::size_t k, ir::Id id) const { return !kept_[id] && reads_late(k, id); }

  // Late readers, and what is in memory whatever they do: all that no loop makes, and what others read, too.
  void find_late() {
    for (ir::Id v = 0; v < kept_.size(); ++v) kept_[v] = !made_by_element(v);
    for (std::size_t k = 0; k < program_.instructions.size(); ++k)
      for (const ir::Id id : program_.operands(program_.instructions[k])) {
        if (!made_by_element(id)) continue;
        if (reads_late(k, id))
          late_[id] = 1;
        else if (!fuser_.together(fuser_.nodes_[k], id))
          kept_[id] = 1;
      }
    for (const ir::Id id : program_.outputs) kept_[id] = 1;
    for (ir::Id v = 0; v < kept_.size(); ++v)
      if (late_[v] && !cheap(v)) kept_[v] = 1;
  }

  bool cheap(ir::Id id) const {
    const ir::Instruction& i = maker(id);
    return program_.types[id].shape.elements() >= least_elements && cheap_arithmetic(program_, i);
  }

  bool large(ir::Id id) const { return program_.types[id].shape.elements() >= least_elements; }

  // The large values from which a cheap one can be made in few steps, none if it can't.
  void find_sources() {
    for (const ir::Instruction& i : program_.instructions) {
      const ir::Id id = i.first_result;
      if (i.results != 1 || kept_[id] || !cheap(id)) continue;
      Source& mine = sources_[id];
      mine.steps = 1;
      for (const ir::Id operand : program_.operands(i)) {
        if (!kept_[operand] && sources_[operand].steps > 0) {
          mine.steps += sources_[operand].steps;
          mine.values.insert(sources_[operand].values.begin(), sources_[operand].values.end());
        } else {
          // A small value made in a loop may be one that the loop keeps to itself.
          if (!large(operand) && !kept_[operand]) mine.steps += most_steps;
          mine.values.insert(operand);
        }
      }
      if (mine.steps > most_steps) mine = {};
    }
  }

  std::int64_t bytes(ir::Id id) const { return static_cast<std::int64_t>(program_.types[id].bytes()); }

  // A late value is made again if what it is made of takes hardly more memory than itself and is kept anyway,
  // or serves to make several.
  void choose() {
    std::map<ir::Id, int> wanted;
    for (ir::Id v = 0; v < late_.size(); ++v)
      if (late_[v] && !kept_[v])
        for (const ir::Id source : sources_[v].values)
          if (!kept_[source]) ++wanted[source];
    PerValue<Flag> kept(program_, 1);
    for (ir::Id v = 0; v < late_.size(); ++v) {
      if (!late_[v] || kept_[v] || sources_[v].steps == 0) continue;
      std::int64_t read = 0;
      int arrays = 0;
      bool there = true;
      for (const ir::Id source : sources_[v].values) {
        if (large(source)) read += bytes(source), ++arrays;
        there = there && (kept_[source] || wanted[source] > 1);
      }
      if (there && (arrays <= 1 || read <= 2 * bytes(v))) kept[v] = 0;
    }
    kept_ = std::move(kept);
  }

  // What is needed once late readers make values again.
  Liveness find_live() const {
    return liveness(program_, escaping(program_), [&](std::size_t k, PerValue<Flag>& live) {
      for (const ir::Id id : program_.operands(program_.instructions[k])) {
        if (!made_again(k, id))
          live[id] = 1;
        else
          for (const ir::Id source : sources_[id].values) live[source] = 1;
      }
    });
  }

  // A value made again for the readers of a stage.
  ir::Id again(Rewriter& rewriter, ir::Id id, std::uint32_t stage, std::vector<Flag>& copies) {
    if (sources_[id].steps == 0) return rewriter[id];
    const auto known = copies_.find({id, stage});
    if (known != copies_.end()) return known->second;
    const ir::Instruction& i = maker(id);
    std::vector<ir::Id> operands;
    for (const ir::Id operand : program_.operands(i))
      operands.push_back(sources_[id].values.count(operand) ? rewriter[operand]
                                                            : again(rewriter, operand, stage, copies));
    const ir::Id copy = rewriter.add(i.primitive, operands, program_.types[id]);
    rewriter.to.instructions.back().path = i.path;
    copies.resize(rewriter.to.instructions.size(), 0);
    copies.back() = 1;
    copies_[{id, stage}] = copy;
    return copy;
  }

  struct Source {
    std::size_t steps = 0;
    std::set<ir::Id> values;
  };

  const Fuser& fuser_;
  const ir::Program& program_;
  PerValue<Flag> kept_;  // whether it is in memory, whatever late readers do
  PerValue<Flag> late_;  // whether a later loop reads it
  PerValue<Source> sources_;
  std::map<std::pair<ir::Id, std::uint32_t>, ir::Id> copies_;
};

Result Fuser::rematerialize(std::vector<Flag>& copies) {
  assign();
  return Rematerializer(*this).run(copies);
}

}  // namespace copse::passes
