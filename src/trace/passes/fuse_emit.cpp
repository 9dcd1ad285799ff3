// The second half of fusion: groups of instructions become fused ones.
#include <algorithm>
#include <map>
#include <queue>

#include "copse/core/error.hpp"
#include "facts.hpp"
#include "fuse.hpp"
#include "fused.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {

using tiles::TileProgram;
using Per = TileProgram::Input::Per;
using Kind = TileProgram::Step::Kind;

// Whether a value is read outside of its group.
bool Fuser::escapes(ir::Id id, std::int32_t group) const {
  return escaping_[id] || std::any_of(readers_[id].begin(), readers_[id].end(),
                                      [&](std::size_t k) { return nodes_[k].group != group; });
}

namespace {

// The path that most of a loop's instructions have, the first of those that are equally frequent.
std::uint32_t common_path(const std::vector<FusedFrom>& from) {
  std::map<std::uint32_t, int> counts;
  int most = 0;
  std::uint32_t path = 0;
  for (const FusedFrom& f : from)
    if (f.path) most = std::max(most, ++counts[f.path]);
  for (const FusedFrom& f : from)
    if (!path && f.path && counts[f.path] == most) path = f.path;
  return path;
}

}  // namespace

// Makes one instruction of a group. Steps are numbered after the inputs, whose number is known only at the
// end: until then a step is a negative number, -1 being the first.
class Fuser::Builder {
 public:
  Builder(const Fuser& fuser, const Group& group) : fuser_(fuser), program_(fuser.program_), group_(group) {
    space_ = fuser.nodes_[static_cast<std::size_t>(group.members[0])].space;
    number_ = fuser.nodes_[static_cast<std::size_t>(group.members[0])].group;
  }

  void build(Rewriter& rewriter) {
    std::vector<FusedFrom> from;
    for (const std::int32_t k : group_.members) {
      const ir::Instruction& i = program_.instructions[static_cast<std::size_t>(k)];
      add(fuser_.nodes_[static_cast<std::size_t>(k)], i);
      from.push_back({i.path, std::string(i.primitive->name())});
    }
    const std::uint32_t path = common_path(from);
    const auto final_number = [&](std::int32_t v) {
      return v < 0 ? static_cast<std::int32_t>(inputs_.size()) - 1 - v : v;
    };
    for (TileProgram::Step& step : steps_)
      for (std::int32_t& v : step.operands) v = final_number(v);
    for (TileProgram::Output& out : outputs_) out.value = final_number(out.value);
    std::vector<ir::Id> operands;
    for (const Read& r : reads_) operands.push_back(rewriter[r.id]);
    std::vector<ShapeDtype> types;
    for (const ir::Id id : results_) types.push_back(program_.types[id]);
    const ir::Id first =
        rewriter.to.add(std::make_shared<Fused>(space_, std::move(inputs_), std::move(steps_),
                                                std::move(outputs_), types, group_.row, std::move(from)),
                        operands, types);
    rewriter.to.instructions.back().path = path;
    for (std::size_t o = 0; o < results_.size(); ++o)
      rewriter.set(results_[o], first + static_cast<ir::Id>(o));
  }

 private:
  void add(const Node& node, const ir::Instruction& i) {
    const auto operands = program_.operands(i);
    const ir::Id result = i.first_result;
    if (node.role == Role::terminal) {
      outputs_.push_back(*node.terminal);
      outputs_.back().value = element(operands[0]);
      results_.push_back(result);
      return;
    }
    if (node.role == Role::alias) {
      value_[result] = on_row(operands[0]);
    } else {
      TileProgram::Step step;
      step.dtype = program_.types[result].dtype;
      for (const ir::Id id : operands)
        step.operands.push_back(node.role == Role::on_rows ? on_row(id) : element(id));
      if (node.role == Role::reduce) {
        step.kind = Kind::reduce;
        step.loops = node.loops;
      } else {
        step.kind = node.role == Role::on_rows ? Kind::rows : Kind::elements;
        step.operation = *elementwise_of(program_, i);
      }
      value_[result] = append(std::move(step));
    }
    if (fuser_.escapes(result, number_)) {
      outputs_.push_back({value_[result]});
      results_.push_back(result);
    }
  }

  std::int32_t append(TileProgram::Step step) {
    steps_.push_back(std::move(step));
    return -static_cast<std::int32_t>(steps_.size());
  }

  // An operand of which each element of the space has one, or reads that of its row.
  std::int32_t element(ir::Id id) {
    if (const auto it = value_.find(id); it != value_.end()) return it->second;
    return input(fuser_.read(id, space_));
  }

  // An operand of which each row has one.
  std::int32_t on_row(ir::Id id) {
    if (const auto it = value_.find(id); it != value_.end()) return it->second;
    const bool one = program_.types[id].shape.elements() == 1;
    return input({id, {}, 0, one ? Per::program : Per::row});
  }

  std::int32_t input(const Read& r) {
    for (std::size_t n = 0; n < reads_.size(); ++n)
      if (reads_[n].id == r.id && reads_[n].strides == r.strides && reads_[n].offset == r.offset &&
          reads_[n].per == r.per)
        return static_cast<std::int32_t>(n);
    reads_.push_back(r);
    inputs_.push_back({r.strides, r.offset, program_.types[r.id].dtype, r.per});
    return static_cast<std::int32_t>(reads_.size() - 1);
  }

  const Fuser& fuser_;
  const ir::Program& program_;
  const Group& group_;
  Shape space_;
  std::int32_t number_;
  std::vector<Read> reads_;
  std::vector<TileProgram::Input> inputs_;
  std::vector<TileProgram::Step> steps_;
  std::vector<TileProgram::Output> outputs_;
  std::vector<ir::Id> results_;
  std::map<ir::Id, std::int32_t> value_;  // what instructions of the group make
};

// Groups and single instructions in an order that respects their dependences and otherwise the original one.
ir::Program Fuser::emit() {
  const std::size_t units = nodes_.size() + groups_.size();
  const auto unit_of = [&](std::size_t k) {
    return nodes_[k].group >= 0 ? nodes_.size() + static_cast<std::size_t>(nodes_[k].group) : k;
  };
  std::vector<std::vector<std::size_t>> after(units);
  std::vector<std::uint32_t> waits(units, 0);
  std::vector<std::size_t> place(units, ~std::size_t{0});
  for (std::size_t k = 0; k < nodes_.size(); ++k) {
    const std::size_t me = unit_of(k);
    place[me] = k;  // a group as late as its last member: values live shorter
    const auto wait_for = [&](std::int32_t other) {
      if (other < 0) return;
      const std::size_t from = unit_of(static_cast<std::size_t>(other));
      if (from == me) return;
      after[from].push_back(me);
      ++waits[me];
    };
    for (const ir::Id id : program_.operands(program_.instructions[k])) wait_for(producer_[id]);
    wait_for(effect_before_[k]);
  }
  using Entry = std::pair<std::size_t, std::size_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  for (std::size_t u = 0; u < units; ++u)
    if (place[u] != ~std::size_t{0} && waits[u] == 0) ready.emplace(place[u], u);
  Rewriter rewriter(program_);
  std::size_t emitted = 0;
  while (!ready.empty()) {
    const std::size_t u = ready.top().second;
    ready.pop();
    emitted += u < nodes_.size() ? 1 : groups_[u - nodes_.size()].members.size();
    if (u < nodes_.size())
      rewriter.copy(program_.instructions[u]);
    else
      Builder(*this, groups_[u - nodes_.size()]).build(rewriter);
    for (const std::size_t next : after[u])
      if (--waits[next] == 0) ready.emplace(place[next], next);
  }
  if (emitted != nodes_.size()) throw InternalError("fuse: groups wait for one another");
  return rewriter.finish();
}

}  // namespace copse::passes
