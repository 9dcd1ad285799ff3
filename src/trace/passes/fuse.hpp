// The state of the fusion pass: what each instruction can be in a loop, and which of them share one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "../../ops/elementwise/tile_program.hpp"
#include "copse/trace/ir.hpp"

namespace copse::passes {

class Rewriter;

class Fuser {
 public:
  explicit Fuser(const ir::Program& program, std::vector<std::uint8_t> copies = {});

  /// The program with what is cheap made again where a later loop reads it, and which of its instructions are
  /// copies, which are to run where they are read. Nothing if there are none.
  std::optional<ir::Program> rematerialize(std::vector<std::uint8_t>& copies);

  /// The program with loops in the place of groups. Nothing if there are none.
  std::optional<ir::Program> run();

 private:
  enum class Role : std::uint8_t {
    none,
    element,   // one result an element of the space
    reduce,    // one result a row
    on_rows,   // arithmetic on such results
    alias,     // such results under another shape
    terminal,  // reduces the whole space, or its leading dimensions
  };
  struct Node {
    Role role = Role::none;
    std::optional<elementwise::TileProgram::Output> terminal;
    const reduction::Loops* loops = nullptr;
    Shape space;
    std::int64_t row = 0;  // elements of a row, where there are rows
    std::uint32_t stage = 0;
    std::int32_t group = -1;  // first an instruction that stands for it, then its number
  };
  struct Group {
    std::vector<std::int32_t> members;
    std::int64_t row = 0;
  };
  struct Read {
    ir::Id id;
    std::vector<std::int64_t> strides;
    std::int64_t offset;
    elementwise::TileProgram::Input::Per per;
  };
  class Builder;
  class Groups;
  class Rematerializer;

  void classify();
  void classify(std::size_t k);
  void estimate();
  void wait();
  void assign();
  void group();
  ir::Program emit();

  void classify_reduction(std::size_t k, const reduction::ReduceParams& params);
  bool classify_on_rows(std::size_t k);
  void mark_row(ir::Id id, std::size_t k);
  bool spreads(ir::Id id, const Shape& space) const;
  bool together(const Node& node, ir::Id operand) const;
  bool at_once(std::size_t k, ir::Id operand) const;
  std::uint32_t earliest(std::size_t k) const;
  bool gains(const Group& g) const;
  Read read(ir::Id id, const Shape& space) const;
  bool leaves(ir::Id id, std::int32_t group);

  const ir::Program& program_;
  std::vector<std::uint8_t> copies_;  // by instruction; empty if there are none
  std::vector<std::int32_t> producer_;
  std::vector<std::int32_t> effect_before_;  // by instruction with side effects: the one before, or -1
  std::vector<Node> nodes_;
  std::vector<std::int64_t> row_;        // by value: elements of the row that one element stands for
  std::vector<std::int32_t> row_space_;  // by value: an instruction whose space those rows divide, or -1
  std::vector<Group> groups_;
  std::vector<std::vector<std::int32_t>> readers_;
};

}  // namespace copse::passes
