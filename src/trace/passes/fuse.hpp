// The state of the fusion pass: what each instruction can be in a loop, and which of them share one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis.hpp"
#include "core/tiles/program.hpp"

namespace copse::passes {

class Rewriter;

class Fuser {
 public:
  explicit Fuser(const ir::Program& program, std::vector<Flag> copies = {});

  /// The program with what is cheap made again where a later loop reads it, and which of its instructions are
  /// copies, which are to run where they are read. Nothing if there are none.
  std::optional<ir::Program> rematerialize(std::vector<Flag>& copies);

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
    std::optional<tiles::TileProgram::Output> terminal;
    const traits::ReductionLoops* loops = nullptr;
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
    tiles::TileProgram::Input::Per per;
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

  void classify_reduction(std::size_t k, const traits::Reduction& reduction);
  bool classify_on_rows(std::size_t k);
  void mark_row(ir::Id id, std::size_t k);
  bool repeats_by_row(ir::Id id, const Shape& space) const;
  bool together(const Node& node, ir::Id operand) const;
  bool at_once(std::size_t k, ir::Id operand) const;
  std::uint32_t earliest(std::size_t k) const;
  bool gains(const Group& g) const;
  Read read(ir::Id id, const Shape& space) const;
  bool escapes(ir::Id id, std::int32_t group) const;

  const ir::Program& program_;
  std::vector<Flag> copies_;  // by instruction; empty if there are none
  PerValue<std::int32_t> producer_;
  PerInstruction<Node> nodes_;
  PerInstruction<std::int32_t> effect_before_;  // for side effects the instruction with the last ones, or -1
  PerValue<std::int64_t> row_;                  // elements of the row that one element stands for
  PerValue<std::int32_t> row_space_;            // an instruction whose space those rows divide, or -1
  std::vector<Group> groups_;
  PerValue<std::vector<std::uint32_t>> readers_;
  PerValue<Flag> escaping_;
};

}  // namespace copse::passes
