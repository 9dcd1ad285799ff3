// Runs a chain of elementwise steps over arrays tile by tile, so that what passes between the steps stays in
// cache.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "copse/core/dtype.hpp"
#include "copse/core/traits.hpp"
#include "machine.hpp"

namespace copse::tiles {

using traits::ReductionLoops;

/// A straight-line program of elementwise steps over one iteration space. Values are numbered: inputs first,
/// then the result of each step. Inputs are read through strides in that space; 0 repeats an element.
///
/// The space may be divided into rows of `row` contiguous elements. Then there are also values with one
/// element for each row: made by reducing rows, used by steps on rows, and broadcast over rows again.
class TileProgram {
 public:
  struct Input {
    std::vector<std::int64_t> strides;  // one for each dimension of the space, in elements
    std::int64_t offset = 0;            // of the first element
    DType dtype;
    enum class Per : std::uint8_t {
      element,
      row,
      program
    } per = Per::element;  // row: dense; program: one for all
  };
  struct Step {
    enum class Kind : std::uint8_t { elements, rows, reduce };
    traits::Elementwise operation;  // but for reduce
    std::vector<std::int32_t> operands;
    DType dtype;
    Kind kind = Kind::elements;
    const ReductionLoops* loops = nullptr;  // of reduce
  };
  /// A value that leaves the program: as it is (dense in the space or the rows), or reduced: over all of the
  /// space, or over its leading dimensions, leaving `extent` columns.
  struct Output {
    enum class Kind : std::uint8_t { dense, all, columns };
    std::int32_t value;
    Kind kind = Kind::dense;
    std::int64_t extent = 0;
    const ReductionLoops* loops = nullptr;
  };

  TileProgram(const Shape& space, std::vector<Input> inputs, std::vector<Step> steps,
              std::vector<Output> outputs, std::int64_t row = 0);

  /// Elements of a tile, unless rows want it otherwise.
  static constexpr std::int64_t usual_tile = 1024;
  /// Most operands of a step.
  static constexpr std::size_t most_operands = 3;
  /// Longest row that a program takes.
  static constexpr std::int64_t most_row = 4096;

  /// Bytes of scratch memory for `run`: totals of parts of the space.
  std::size_t workspace() const { return workspace_; }
  void run(const void* const* inputs, void* const* outputs, void* workspace = nullptr) const;

 private:
  // repeated: a dense part of the space again and again; read where it is, or copied over a tile once.
  enum class Access : std::uint8_t { dense, constant, strided, rows, repeated };
  struct Source {
    Access access;
    std::uint8_t item;
    std::int64_t offset;
    std::vector<std::int64_t> strides;
    std::int32_t slot;
    bool filled;              // whether a constant is read as a tile, not only as one element
    std::int64_t period = 0;  // of what is repeated
  };
  // Where a value is while a tile is worked on.
  struct Storage {
    enum class In : std::uint8_t { slot, input, output } in = In::slot;
    bool per_row = false;
    std::int32_t index = 0;   // of the input or output
    std::int64_t offset = 0;  // in bytes
    std::int64_t step = 0;  // bytes from one element (or row) to the next; 0 if it is the same for all tiles
    std::int64_t period = 0;  // after which it repeats, or 0
  };
  struct Operation {
    TileFunction function;
    const ReductionLoops* loops;
    std::int32_t operands[most_operands];  // value numbers
    std::int32_t arity;
    std::int32_t result;
    std::int32_t scalar;  // the operand that is one element (for the program or the row), or -1
    enum class Kind : std::uint8_t {
      tile,
      rows,
      reduce,
      reduce_squares,
      broadcast_row,
      each_row,
      chain
    } kind;
    std::int32_t chain = -1;
  };
  struct ChainOfTile : Chain {
    bool past_caches = false;           // whether the result goes to memory without staying in a cache
    bool by_row = false;                // whether there are operands with one element for each row
    std::vector<std::int64_t> advance;  // elements from one row's operand to the next row's
  };
  /// A reduction. Each block of the space has totals of its own; the blocks do not depend on the number of
  /// threads.
  struct Reduction {
    std::int32_t output;
    Output spec;
    std::size_t offset;  // of its totals in a block's part of the workspace
  };
  struct Tile;

  void collapse(std::vector<Input>& inputs);
  void choose_tile(const std::vector<Input>& inputs);
  std::int64_t period_of(const Input& input) const;
  Storage storage_of(std::size_t v) const;
  void prefetch(const Tile& tile) const;
  void find_sources(const std::vector<Input>& inputs);
  void find_filled();
  void assign_slots();
  void weigh();
  std::vector<bool> read_again(const std::vector<Step>& steps) const;
  std::int32_t broadcast_row(std::int32_t value);
  void add_chain(Chain made, std::int32_t result, bool past_caches);
  void add_step(const Step& step, std::int32_t result);
  void add_sum_of_squares(const Step& step, std::int32_t squared, std::int32_t result);
  void make_operations(std::size_t inputs, const std::vector<Step>& steps,
                       const std::vector<Output>& outputs);
  bool one_element(std::int32_t value) const;
  bool one_of_row(std::int32_t value) const;
  std::span<const std::int32_t> reads(const Operation& op) const;
  bool reads_whole(const Operation& op, std::size_t operand) const;
  void plan_reductions();
  bool goes_past_caches(const void* const* inputs, void* const* outputs) const;
  void run_range(const void* const* inputs, void* const* outputs, std::int64_t begin, std::int64_t end,
                 std::byte* totals) const;
  void run_operation(const Operation& op, const Tile& tile) const;
  void run_chain(const ChainOfTile& chain, float* result, const Tile& tile) const;
  void next_row(const Source& source, std::int64_t* index, std::int64_t& offset) const;
  void gather(const Source& source, const void* from, void* to, std::int64_t begin, std::int64_t count) const;
  void reduce_tile(const Reduction& r, const void* x, std::int64_t at, std::int64_t n,
                   std::byte* totals) const;

  std::vector<std::int64_t> space_;
  std::int64_t elements_ = 0, row_ = 0;
  std::vector<Source> sources_;
  std::vector<Operation> operations_;
  std::vector<ChainOfTile> chains_;
  std::vector<Storage> storage_;                  // of each value
  std::vector<std::int32_t> prepared_, strided_;  // inputs copied to slots: once, and for each tile
  ChainFunction chain_function_ = COPSE_ISA_SELECT(chain_function)();
  std::vector<std::uint8_t> per_row_;    // whether each value has one element a row
  std::vector<std::int32_t> slot_of_;    // scratch slot of each value, -1 for dense inputs and for outputs
  std::vector<std::int32_t> output_of_;  // output index of each value, or -1
  std::vector<std::uint8_t> item_;       // element size of each value
  std::vector<std::pair<std::int32_t, std::int32_t>>
      copies_;  // (value, output) for values that are inputs or repeat
  std::int32_t slots_ = 0;
  std::size_t slot_bytes_ = 0;
  std::int64_t tile_ = 1024;
  bool large_ = false;        // whether inputs and outputs come from beyond the second-level cache
  bool past_caches_ = false;  // whether they are more than all caches hold
  std::vector<Reduction> reductions_;
  std::int64_t blocks_ = 1, block_elements_ = 0;
  std::size_t block_bytes_ = 0, workspace_ = 0;
};

}  // namespace copse::tiles
