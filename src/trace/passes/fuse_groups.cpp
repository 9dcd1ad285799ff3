// Which instructions share a loop. Every instruction gets a stage: one more than that of its operands'
// instructions, unless it joins their group. Whether a group takes it is asked when its stage is assigned,
// and what is refused starts a group of a later stage. So no value passes between two groups of one stage,
// and a path between two members of a group that left it would have raised the stage: groups can be put in
// an order.
#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <utility>

#include "facts.hpp"
#include "fuse.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {
namespace {

constexpr std::size_t most_steps = 256;

}  // namespace

// Groups while they grow, each known by one of its members.
class Fuser::Groups {
 public:
  explicit Groups(const PerInstruction<Node>& nodes) : parent_(nodes.size()), size_(nodes.size(), 1) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    for (const Node& node : nodes) row_.push_back(node.row);
  }

  std::size_t find(std::size_t k) {
    while (parent_[k] != k) k = parent_[k] = parent_[parent_[k]];
    return k;
  }

  // Puts an instruction and others with their groups into one group, if that holds so many steps and has rows
  // of one length. Otherwise nothing changes.
  bool join(std::size_t k, std::span<const std::size_t> others) {
    std::vector<std::size_t> roots{find(k)};
    for (const std::size_t other : others)
      if (const std::size_t root = find(other); std::find(roots.begin(), roots.end(), root) == roots.end())
        roots.push_back(root);
    std::size_t size = 0;
    std::int64_t row = 0;
    for (const std::size_t root : roots) {
      size += size_[root];
      if (row && row_[root] && row != row_[root]) return false;
      row = std::max(row, row_[root]);
    }
    if (roots.size() > 1 && size > most_steps) return false;
    for (const std::size_t root : roots) parent_[root] = roots[0];
    size_[roots[0]] = size;
    row_[roots[0]] = row;
    return true;
  }

 private:
  std::vector<std::size_t> parent_, size_;
  std::vector<std::int64_t> row_;
};

// The first stage that an instruction can have where every group takes what could join it.
std::uint32_t Fuser::earliest(std::size_t k) const {
  std::uint32_t stage = 0;
  if (effect_before_[k] >= 0) stage = nodes_[static_cast<std::size_t>(effect_before_[k])].stage;
  for (const ir::Id id : program_.operands(program_.instructions[k]))
    if (producer_[id] >= 0)
      stage =
          std::max(stage, nodes_[static_cast<std::size_t>(producer_[id])].stage + (at_once(k, id) ? 0u : 1u));
  return stage;
}

void Fuser::estimate() {
  for (std::size_t k = 0; k < nodes_.size(); ++k) nodes_[k].stage = earliest(k);
}

// What is computed from the program's inputs alone could be made at once, long before it is read: the old
// moments of an optimizer times their decay, say. It waits for its readers and joins their loop, if there is
// one. So do copies made for a loop.
void Fuser::wait() {
  // By value: the last stage that is early enough, and the last of those that it may join.
  PerValue<std::uint32_t> latest(program_, ~0u), joined(program_);
  for (std::size_t k = nodes_.size(); k-- > 0;) {
    Node& node = nodes_[k];
    const ir::Instruction& i = program_.instructions[k];
    const auto operands = program_.operands(i);
    const ir::Id result = i.first_result;
    const bool of_inputs =
        std::all_of(operands.begin(), operands.end(), [&](ir::Id id) { return producer_[id] < 0; });
    const bool waits = of_inputs || (!copies_.empty() && copies_[k]);
    if (node.role == Role::element && waits && row_space_[result] < 0 && latest[result] != ~0u &&
        joined[result] == latest[result])
      node.stage = std::max(node.stage, latest[result]);
    for (const ir::Id id : operands) {
      const bool joins = together(node, id);
      if (producer_[id] >= 0) latest[id] = std::min(latest[id], at_once(k, id) ? node.stage : node.stage - 1);
      if (joins) joined[id] = std::max(joined[id], node.stage);
    }
  }
}

// Stages and groups at once. What was estimated is a wish: a stage is never earlier than it.
void Fuser::assign() {
  classify();
  estimate();
  wait();
  Groups groups(nodes_);
  // Who of a space and stage reads a value whole: they share a loop, too.
  std::map<std::pair<std::uint32_t, ir::Id>, std::size_t> readers;
  std::vector<std::size_t> makers;
  for (std::size_t k = 0; k < nodes_.size(); ++k) {
    Node& node = nodes_[k];
    node.stage = std::max(node.stage, earliest(k));
    if (node.role == Role::none) continue;
    const auto operands = program_.operands(program_.instructions[k]);
    const auto joins = [&](ir::Id id) {
      return together(node, id) && nodes_[static_cast<std::size_t>(producer_[id])].stage == node.stage;
    };
    makers.clear();
    for (const ir::Id id : operands)
      if (joins(id)) makers.push_back(static_cast<std::size_t>(producer_[id]));
    if (!groups.join(k, makers)) ++node.stage;
    if (node.space.elements() <= 1) continue;
    for (const ir::Id id : operands) {
      if (joins(id) || program_.types[id].shape != node.space) continue;
      const auto [it, fresh] = readers.try_emplace({node.stage, id}, k);
      if (!fresh) groups.join(k, std::span<const std::size_t>(&it->second, 1));
    }
  }
  for (std::size_t k = 0; k < nodes_.size(); ++k)
    if (nodes_[k].role != Role::none) nodes_[k].group = static_cast<std::int32_t>(groups.find(k));
}

// Groups by the order of their first members, without those that gain nothing.
void Fuser::group() {
  PerInstruction<std::int32_t> number(program_, -1);
  for (std::size_t k = 0; k < nodes_.size(); ++k) {
    if (nodes_[k].group < 0) continue;
    std::int32_t& mine = number[static_cast<std::size_t>(nodes_[k].group)];
    if (mine < 0) {
      mine = static_cast<std::int32_t>(groups_.size());
      groups_.emplace_back();
    }
    Group& group = groups_[static_cast<std::size_t>(mine)];
    nodes_[k].group = mine;
    group.row = std::max(group.row, nodes_[k].row);
    group.members.push_back(static_cast<std::int32_t>(k));
  }
  for (Group& g : groups_) {
    if (gains(g)) continue;
    for (const std::int32_t k : g.members) nodes_[static_cast<std::size_t>(k)].group = -1;
    g.members.clear();
  }
}

std::optional<ir::Program> Fuser::run() {
  assign();
  group();
  if (std::all_of(groups_.begin(), groups_.end(), [](const Group& g) { return g.members.empty(); }))
    return std::nullopt;
  return emit();
}

// A group cannot hold an operation on rows without the loop that its rows come from, and one alone gains
// nothing: it is better run by its own kernel, unless it reads through a view. What is dissolved can still be
// put in order, since its instructions were in one.
bool Fuser::gains(const Group& g) const {
  std::size_t working = 0;
  bool views = false, elements = false;
  for (const std::int32_t k : g.members) {
    const Node& node = nodes_[static_cast<std::size_t>(k)];
    working += node.role != Role::alias;
    elements =
        elements || node.role == Role::element || node.role == Role::reduce || node.role == Role::terminal;
    if (node.role != Role::element) continue;
    for (const ir::Id id : program_.operands(program_.instructions[static_cast<std::size_t>(k)]))
      views = views || read(id, node.space).id != id;
  }
  return elements && (working > 1 || views);
}

}  // namespace copse::passes
