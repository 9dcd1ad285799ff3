// Fusion. Every instruction gets a stage: one more than that of its operands' instructions, unless both can
// share a loop over the same space. Instructions of one space and one stage then can run together: a path
// between two of them that left the group would have raised the stage.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <queue>

#include "../../ops/reduction/reduce.hpp"
#include "fused.hpp"
#include "passes.hpp"

namespace copse::passes {
namespace {

using elementwise::TileProgram;

constexpr std::int64_t most_columns_fused = 16384;
constexpr std::size_t most_steps = 256;

// How a reduction fits a loop over its input, if it does.
std::optional<TileProgram::Output> as_terminal(const ir::Program& program, const ir::Instruction& i) {
  const reduction::ReduceParams* params = reduction::as_reduce(*i.primitive);
  if (!params) return std::nullopt;
  const ShapeDtype& type = program.types[program.operands(i)[0]];
  const std::int64_t elements = type.shape.elements();
  if (elements == 0) return std::nullopt;
  std::vector<std::uint8_t> reduced(type.shape.size(), 0);
  for (const int axis : params->axes) reduced[static_cast<std::size_t>(axis)] = 1;
  // Dimensions of extent 1 belong to either side.
  std::int64_t extent = 1, changes = 0;
  int first = -1, last = -1;
  for (int d = 0; d < type.shape.rank(); ++d) {
    if (type.shape[d] == 1) continue;
    const int now = reduced[static_cast<std::size_t>(d)];
    if (first < 0) first = now;
    if (last >= 0 && now != last) ++changes, extent = 1;
    extent *= type.shape[d];
    last = now;
  }
  TileProgram::Output out{};
  out.loops = &reduction::loops(params->op, type.dtype);
  if (!out.loops->start) return std::nullopt;
  out.item = static_cast<std::int64_t>(size_of(program.types[i.first_result].dtype));
  if (changes == 0 && first != 0)
    out.kind = TileProgram::Output::Kind::all;
  else if (changes == 1 && last == 1)
    out.kind = TileProgram::Output::Kind::rows;
  else if (changes == 1 && last == 0 && extent <= most_columns_fused)
    out.kind = TileProgram::Output::Kind::columns;
  else
    return std::nullopt;
  out.extent = extent;
  return out;
}

struct Node {
  bool element = false;
  std::optional<TileProgram::Output> terminal;
  Shape space;
  std::uint32_t stage = 0;
  std::int32_t group = -1;
  bool fusable() const { return element || terminal; }
};

// An operand read through a view instruction is the view's own operand with other strides.
struct Read {
  ir::Id id;
  std::vector<std::int64_t> strides;
  std::int64_t offset;
};

Read read(const ir::Program& program, const std::vector<std::int32_t>& producer, ir::Id id,
          const Shape& space) {
  const ShapeDtype& type = program.types[id];
  Read r{id, TileProgram::broadcast_strides(type.shape, space), 0};
  if (producer[id] < 0) return r;
  const ir::Instruction& maker = program.instructions[static_cast<std::size_t>(producer[id])];
  if (maker.operands != 1) return r;
  const ir::Id source = program.operands(maker)[0];
  const std::optional<View> view = maker.primitive->view(program.types[source], type);
  if (!view) return r;
  r.id = source;
  r.offset = view->offset;
  const std::size_t lead = space.size() - type.shape.size();
  for (std::size_t d = 0; d < space.size(); ++d)
    r.strides[d] = d < lead || type.shape[static_cast<int>(d - lead)] == 1 ? 0 : view->strides[d - lead];
  return r;
}

std::int32_t find(std::vector<std::int32_t>& parent, std::int32_t x) {
  while (parent[static_cast<std::size_t>(x)] != x) {
    auto& p = parent[static_cast<std::size_t>(x)];
    p = parent[static_cast<std::size_t>(p)];
    x = p;
  }
  return x;
}

class Fuser {
 public:
  explicit Fuser(const ir::Program& program)
      : program_(program), producer_(producers(program)), nodes_(program.instructions.size()) {}

  ir::Program run() {
    stage();
    group();
    return emit();
  }

 private:
  void stage() {
    std::vector<std::uint32_t> made_at(program_.types.size(), 0);
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
      const ir::Instruction& i = program_.instructions[k];
      const auto operands = program_.operands(i);
      Node& node = nodes_[k];
      if (i.results == 1 && !operands.empty()) {
        std::vector<ShapeDtype> types;
        for (const ir::Id id : operands) types.push_back(program_.types[id]);
        node.element = i.primitive->tile(types, program_.types[i.first_result]) != nullptr;
        if (node.element)
          node.space = program_.types[i.first_result].shape;
        else if ((node.terminal = as_terminal(program_, i)))
          node.space = types[0].shape;
      }
      for (const ir::Id id : operands) {
        if (producer_[id] < 0) continue;
        const Node& before = nodes_[static_cast<std::size_t>(producer_[id])];
        const bool together = node.fusable() && before.element && before.space == node.space;
        node.stage = std::max(node.stage, before.stage + (together ? 0u : 1u));
      }
    }
  }

  // Connected instructions of one space and stage; what only stands side by side stays apart.
  void group() {
    std::map<std::pair<std::uint32_t, std::vector<std::int64_t>>, std::vector<std::int32_t>> classes;
    for (std::size_t k = 0; k < nodes_.size(); ++k)
      if (nodes_[k].fusable())
        classes[{nodes_[k].stage, nodes_[k].space.to_vector()}].push_back(static_cast<std::int32_t>(k));
    std::vector<std::int32_t> parent(nodes_.size());
    std::iota(parent.begin(), parent.end(), 0);
    for (const auto& [key, members] : classes) {
      std::map<ir::Id, std::int32_t> reader;  // who of them reads a value
      std::map<std::int32_t, std::size_t> size;
      std::int64_t row_extent = 0;
      for (const std::int32_t k : members) {
        size[k] = 1;
        const auto join = [&](std::int32_t other) {
          const std::int32_t a = find(parent, k), b = find(parent, other);
          if (a == b || size[a] + size[b] > most_steps) return;
          parent[static_cast<std::size_t>(b)] = a;
          size[a] += size[b];
        };
        Node& node = nodes_[static_cast<std::size_t>(k)];
        if (node.terminal && node.terminal->kind == TileProgram::Output::Kind::rows) {
          if (row_extent && row_extent != node.terminal->extent) {
            node.terminal.reset();  // rows of two lengths cannot share blocks
            continue;
          }
          row_extent = node.terminal->extent;
        }
        const ir::Instruction& i = program_.instructions[static_cast<std::size_t>(k)];
        for (const ir::Id id : program_.operands(i)) {
          const std::int32_t p = producer_[id];
          if (p >= 0 && nodes_[static_cast<std::size_t>(p)].element &&
              nodes_[static_cast<std::size_t>(p)].stage == node.stage &&
              nodes_[static_cast<std::size_t>(p)].space == node.space) {
            join(p);
          } else if (program_.types[id].shape == node.space && node.space.elements() > 1) {
            const auto [it, fresh] = reader.try_emplace(id, k);
            if (!fresh) join(it->second);
          }
        }
      }
    }
    std::vector<std::int32_t> number(nodes_.size(), -1);
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
      if (!nodes_[k].fusable()) continue;
      const auto root = static_cast<std::size_t>(find(parent, static_cast<std::int32_t>(k)));
      if (number[root] < 0) {
        number[root] = static_cast<std::int32_t>(groups_.size());
        groups_.emplace_back();
      }
      nodes_[k].group = number[root];
      groups_[static_cast<std::size_t>(number[root])].push_back(static_cast<std::int32_t>(k));
    }
    // An instruction on its own is better run by its own kernel, unless it reads through a view or reduces
    // nothing big.
    for (auto& members : groups_) {
      if (members.size() > 1) continue;
      const auto k = static_cast<std::size_t>(members[0]);
      const ir::Instruction& i = program_.instructions[k];
      bool views = false;
      for (const ir::Id id : program_.operands(i))
        views = views || read(program_, producer_, id, nodes_[k].space).id != id;
      if (!views || nodes_[k].terminal) {
        nodes_[k].group = -1;
        members.clear();
      }
    }
  }

  // Groups and single instructions in an order that respects their dependences and otherwise the original
  // one.
  ir::Program emit() {
    const std::size_t units = nodes_.size() + groups_.size();
    const auto unit_of = [&](std::size_t k) {
      return nodes_[k].group >= 0 ? nodes_.size() + static_cast<std::size_t>(nodes_[k].group) : k;
    };
    std::vector<std::vector<std::size_t>> after(units);
    std::vector<std::uint32_t> waits(units, 0);
    std::vector<std::size_t> place(units, ~std::size_t{0});
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
      const std::size_t me = unit_of(k);
      place[me] = std::min(place[me], k);
      if (nodes_[k].group >= 0) place[me] = k;  // as late as its last member: values live shorter
      for (const ir::Id id : program_.operands(program_.instructions[k])) {
        if (producer_[id] < 0) continue;
        const std::size_t from = unit_of(static_cast<std::size_t>(producer_[id]));
        if (from == me) continue;
        after[from].push_back(me);
        ++waits[me];
        // A view that a group reads through makes its own operand wait, too: it comes before the view anyway.
      }
    }
    using Entry = std::pair<std::size_t, std::size_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
    for (std::size_t u = 0; u < units; ++u)
      if (place[u] != ~std::size_t{0} && waits[u] == 0) ready.emplace(place[u], u);
    Rewriter rewriter(program_);
    while (!ready.empty()) {
      const std::size_t u = ready.top().second;
      ready.pop();
      if (u < nodes_.size())
        rewriter.copy(program_.instructions[u]);
      else
        emit_group(rewriter, groups_[u - nodes_.size()]);
      for (const std::size_t next : after[u])
        if (--waits[next] == 0) ready.emplace(place[next], next);
    }
    return rewriter.finish();
  }

  void emit_group(Rewriter& rewriter, const std::vector<std::int32_t>& members) {
    const std::int32_t group = nodes_[static_cast<std::size_t>(members[0])].group;
    const Shape& space = nodes_[static_cast<std::size_t>(members[0])].space;
    std::vector<Read> reads;
    std::vector<TileProgram::Input> inputs;
    std::map<ir::Id, std::int32_t>
        step_of;  // steps are numbered after the inputs, which are not all known yet
    struct Pending {
      TileFunction function;
      DType dtype;
      std::vector<std::pair<bool, std::int32_t>> operands;  // (is a step, number)
    };
    std::vector<Pending> pending;
    const auto operand = [&](ir::Id id) -> std::pair<bool, std::int32_t> {
      if (const auto it = step_of.find(id); it != step_of.end()) return {true, it->second};
      const Read r = read(program_, producer_, id, space);
      for (std::size_t n = 0; n < reads.size(); ++n)
        if (reads[n].id == r.id && reads[n].strides == r.strides && reads[n].offset == r.offset)
          return {false, static_cast<std::int32_t>(n)};
      reads.push_back(r);
      inputs.push_back({r.strides, r.offset, program_.types[r.id].dtype});
      return {false, static_cast<std::int32_t>(reads.size() - 1)};
    };
    std::vector<ir::Id> results;
    std::vector<std::pair<std::pair<bool, std::int32_t>, TileProgram::Output>> outputs;
    std::string text;
    for (const std::int32_t k : members) {
      const Node& node = nodes_[static_cast<std::size_t>(k)];
      const ir::Instruction& i = program_.instructions[static_cast<std::size_t>(k)];
      text += fmt::format("{}{}", text.empty() ? "" : " ", i.primitive->name());
      if (node.terminal) {
        outputs.emplace_back(operand(program_.operands(i)[0]), *node.terminal);
        results.push_back(i.first_result);
        continue;
      }
      std::vector<ShapeDtype> types;
      Pending step;
      for (const ir::Id id : program_.operands(i)) {
        types.push_back(program_.types[id]);
        step.operands.push_back(operand(id));
      }
      step.function = i.primitive->tile(types, program_.types[i.first_result]);
      step.dtype = program_.types[i.first_result].dtype;
      step_of[i.first_result] = static_cast<std::int32_t>(pending.size());
      pending.push_back(std::move(step));
      if (leaves(i.first_result, group)) {
        outputs.emplace_back(std::pair{true, step_of[i.first_result]}, TileProgram::Output{0});
        results.push_back(i.first_result);
      }
    }
    const auto number = [&](std::pair<bool, std::int32_t> v) {
      return v.first ? static_cast<std::int32_t>(inputs.size()) + v.second : v.second;
    };
    std::vector<TileProgram::Step> steps;
    for (const Pending& p : pending) {
      TileProgram::Step step{p.function, {}, p.dtype};
      for (const auto& v : p.operands) step.operands.push_back(number(v));
      steps.push_back(std::move(step));
    }
    std::vector<TileProgram::Output> outs;
    std::vector<ShapeDtype> types;
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      outs.push_back(outputs[o].second);
      outs.back().value = number(outputs[o].first);
      types.push_back(program_.types[results[o]]);
    }
    std::vector<ir::Id> operands;
    for (const Read& r : reads) operands.push_back(rewriter[r.id]);
    const ir::Id first = rewriter.to.add(
        std::make_shared<Fused>(space, std::move(inputs), std::move(steps), std::move(outs), std::move(text)),
        operands, types);
    for (std::size_t o = 0; o < results.size(); ++o) rewriter.set(results[o], first + static_cast<ir::Id>(o));
  }

  // Whether somebody outside of the group needs a value.
  bool leaves(ir::Id id, std::int32_t group) {
    if (readers_.empty()) {
      readers_.resize(program_.types.size());
      for (std::size_t k = 0; k < nodes_.size(); ++k)
        for (const ir::Id operand : program_.operands(program_.instructions[k]))
          readers_[operand].push_back(static_cast<std::int32_t>(k));
      for (const ir::Id out : program_.outputs) readers_[out].push_back(-1);
    }
    return std::any_of(readers_[id].begin(), readers_[id].end(), [&](std::int32_t k) {
      return k < 0 || nodes_[static_cast<std::size_t>(k)].group != group;
    });
  }

  const ir::Program& program_;
  std::vector<std::int32_t> producer_;
  std::vector<Node> nodes_;
  std::vector<std::vector<std::int32_t>> groups_;
  std::vector<std::vector<std::int32_t>> readers_;
};

}  // namespace

ir::Program fuse(const ir::Program& program) { return drop(Fuser(program).run()); }

}  // namespace copse::passes
