// Fusion: what each instruction can be in a loop. Which of them share one is decided in fuse_groups.cpp.
//
// A loop over a space may also work row by row: a reduction of the rows, arithmetic on its results, and what
// reads those results for each element of the rows all belong to the loop. That is what softmax and layer
// norm are made of.
#include "fuse.hpp"

#include <algorithm>
#include <utility>

#include "facts.hpp"
#include "passes.hpp"
#include "rewriter.hpp"

namespace copse::passes {

using tiles::TileProgram;

namespace {

constexpr std::int64_t most_columns_fused = 16384;

// How the dimensions of a reduction fall: alike ones next to each other, those of extent 1 on either side.
struct AxisRuns {
  bool leading_reduced = false, trailing_reduced = false;
  int changes = 0;
  std::int64_t trailing = 1;  // elements of the last run
};

AxisRuns axis_runs(const Shape& shape, std::span<const int> axes) {
  AxisRuns s;
  int last = -1;
  for (int d = 0; d < shape.rank(); ++d) {
    if (shape[d] == 1) continue;
    const int now = std::find(axes.begin(), axes.end(), d) != axes.end();
    if (last < 0) s.leading_reduced = now;
    if (last >= 0 && now != last) ++s.changes, s.trailing = 1;
    s.trailing *= shape[d];
    last = now;
  }
  s.trailing_reduced = last == 1;
  return s;
}

}  // namespace

Fuser::Fuser(const ir::Program& program, std::vector<Flag> copies)
    : program_(program),
      copies_(std::move(copies)),
      producer_(producers(program)),
      nodes_(program),
      effect_before_(program, -1),
      row_(program),
      row_space_(program, -1),
      readers_(readers(program)),
      escaping_(escaping(program)) {
  std::int32_t last = -1;
  for (std::size_t k = 0; k < nodes_.size(); ++k)
    if (program.instructions[k].primitive->has_effect())
      effect_before_[k] = std::exchange(last, static_cast<std::int32_t>(k));
}

// What a reduction can be in a loop over its input: the end of it, or rows.
void Fuser::classify_reduction(std::size_t k, const traits::Reduction& reduction) {
  const ir::Instruction& i = program_.instructions[k];
  const ShapeDtype& type = program_.types[program_.operands(i)[0]];
  if (type.shape.elements() == 0) return;
  if (!reduction.loops) return;
  const AxisRuns s = axis_runs(type.shape, reduction.axes);
  Node& node = nodes_[k];
  TileProgram::Output out{0, TileProgram::Output::Kind::all, s.trailing, reduction.loops};
  if (s.changes == 0 && s.leading_reduced) {
    node.terminal = out;
  } else if (s.changes == 1 && !s.trailing_reduced && s.trailing <= most_columns_fused) {
    out.kind = TileProgram::Output::Kind::columns;
    node.terminal = out;
  } else if (s.changes == 1 && s.trailing_reduced && s.trailing <= TileProgram::most_row) {
    node.role = Role::reduce;
    node.row = s.trailing;
    node.loops = reduction.loops;
  } else {
    return;
  }
  if (node.terminal) node.role = Role::terminal;
  node.space = type.shape;
  if (node.role == Role::reduce) mark_row(i.first_result, k);
}

void Fuser::mark_row(ir::Id id, std::size_t k) {
  row_[id] = nodes_[k].row;
  row_space_[id] = static_cast<std::int32_t>(k);  // whose space the rows divide
}

// An elementwise operation on values that have one element a row belongs to the loop over the rows.
bool Fuser::classify_on_rows(std::size_t k) {
  const ir::Instruction& i = program_.instructions[k];
  const ShapeDtype& type = program_.types[i.first_result];
  const std::int64_t elements = type.shape.elements();
  std::int32_t owner = -1;
  for (const ir::Id id : program_.operands(i))
    if (row_space_[id] >= 0 && program_.types[id].shape.elements() == elements) owner = row_space_[id];
  if (owner < 0) return false;
  const Node& loop = nodes_[static_cast<std::size_t>(owner)];
  for (const ir::Id id : program_.operands(i)) {
    const std::int64_t n = program_.types[id].shape.elements();
    if (n == 1 && elements != 1) continue;
    if (n != elements) return false;
    const std::int32_t other = row_space_[id];
    if (other >= 0 && !(nodes_[static_cast<std::size_t>(other)].space == loop.space && row_[id] == loop.row))
      return false;
  }
  Node& node = nodes_[k];
  node.role = i.primitive->aliases() ? Role::alias : Role::on_rows;
  node.space = loop.space;
  node.row = loop.row;
  mark_row(i.first_result, k);
  return true;
}

// Whether a value with one element a row is read, in a loop over `space`, at the place of its row.
bool Fuser::repeats_by_row(ir::Id id, const Shape& space) const {
  if (row_space_[id] < 0 || !(nodes_[static_cast<std::size_t>(row_space_[id])].space == space)) return false;
  const std::vector<std::int64_t> strides = broadcast_strides(program_.types[id].shape, space);
  std::int64_t inside = 1, rows = 1;
  for (int d = space.rank() - 1; d >= 0; --d) {
    if (space[d] == 1) continue;
    const std::int64_t stride = strides[static_cast<std::size_t>(d)];
    if (inside < row_[id]) {
      if (stride != 0) return false;
      inside *= space[d];
    } else {
      if (stride != rows) return false;
      rows *= space[d];
    }
  }
  return inside == row_[id];
}

// Whether an operand and its maker can be in one loop.
bool Fuser::together(const Node& node, ir::Id operand) const {
  if (producer_[operand] < 0) return false;
  const Node& before = nodes_[static_cast<std::size_t>(producer_[operand])];
  if (before.role == Role::none || before.role == Role::terminal || !(before.space == node.space))
    return false;
  const bool rows_before = before.role != Role::element;
  switch (node.role) {
    case Role::element:
      return !rows_before || repeats_by_row(operand, node.space);
    case Role::terminal:
    case Role::reduce:
      return !rows_before && (node.row == 0 || before.row == 0 || before.row == node.row);
    case Role::on_rows:
    case Role::alias:
      return rows_before && before.row == node.row;
    default:
      return false;
  }
}

// Whether an instruction can have the stage of an operand's maker: in one loop, or because another shape of
// the same memory is there as soon as the memory is.
bool Fuser::at_once(std::size_t k, ir::Id operand) const {
  const Node& node = nodes_[k];
  return together(node, operand) ||
         (node.role == Role::none && program_.instructions[k].primitive->aliases());
}

// What an instruction can be in a loop.
void Fuser::classify(std::size_t k) {
  const ir::Instruction& i = program_.instructions[k];
  const auto operands = program_.operands(i);
  if (i.results != 1 || operands.empty()) return;
  if (operands.size() <= TileProgram::most_operands && elementwise_of(program_, i)) {
    if (classify_on_rows(k)) return;
    nodes_[k].role = Role::element;
    nodes_[k].space = program_.types[i.first_result].shape;
  } else if (i.primitive->aliases() && operands.size() == 1) {
    classify_on_rows(k);
  } else if (const auto reduction = i.primitive->as_reduction(program_.types[operands[0]])) {
    classify_reduction(k, *reduction);
  }
}

void Fuser::classify() {
  for (std::size_t k = 0; k < nodes_.size(); ++k) classify(k);
}

// An operand read through a view instruction is the view's own operand with other strides.
Fuser::Read Fuser::read(ir::Id id, const Shape& space) const {
  const ShapeDtype& type = program_.types[id];
  Read r{id, broadcast_strides(type.shape, space), 0, TileProgram::Input::Per::element};
  if (producer_[id] < 0) return r;
  const ir::Instruction& maker = program_.instructions[static_cast<std::size_t>(producer_[id])];
  const std::optional<traits::View> view = view_of(program_, maker);
  if (!view) return r;
  r.id = program_.operands(maker)[0];
  r.offset = view->offset;
  const std::size_t lead = space.size() - type.shape.size();
  for (std::size_t d = 0; d < space.size(); ++d)
    r.strides[d] = d < lead || type.shape[static_cast<int>(d - lead)] == 1 ? 0 : view->strides[d - lead];
  return r;
}

Result rematerialize(const ir::Program& program, std::vector<Flag>& copies) {
  return Fuser(program).rematerialize(copies);
}

Result fuse(const ir::Program& program, const std::vector<Flag>& copies) {
  return Fuser(program, copies).run();
}

}  // namespace copse::passes
