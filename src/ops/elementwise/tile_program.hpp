// Runs a chain of elementwise steps over arrays tile by tile, so that what passes between the steps stays in
// cache.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "../reduction/reduce.hpp"
#include "copse/core/primitive.hpp"

namespace copse::elementwise {

/// A straight-line program of elementwise steps over one iteration space. Values are numbered: inputs first,
/// then the result of each step. Inputs are read through strides in that space; 0 repeats an element.
class TileProgram {
 public:
  struct Input {
    std::vector<std::int64_t> strides;  // one for each dimension of the space, in elements
    std::int64_t offset = 0;            // of the first element
    DType dtype;
  };
  struct Step {
    TileFunction function;
    std::vector<std::int32_t> operands;
    DType dtype;
  };

  /// A value that leaves the program: as it is, dense in the space, or reduced: over all of the space, over
  /// rows of `extent` elements each, or over the rows, leaving `extent` columns.
  struct Output {
    enum class Kind : std::uint8_t { dense, all, rows, columns };
    std::int32_t value;
    Kind kind = Kind::dense;
    std::int64_t extent = 0;
    const reduction::Loops* loops = nullptr;
    std::int64_t item = 0;  // size of a reduced element
  };

  TileProgram(const Shape& space, std::vector<Input> inputs, std::vector<Step> steps,
              std::vector<Output> outputs);

  /// Bytes of scratch memory for `run`: sums of parts of the space.
  std::size_t workspace() const { return workspace_; }
  void run(const void* const* inputs, void* const* outputs, void* workspace = nullptr) const;

  /// Strides with which an array of `shape` is read when it broadcasts to `space`.
  static std::vector<std::int64_t> broadcast_strides(const Shape& shape, const Shape& space);

 private:
  enum class Access : std::uint8_t { dense, constant, strided };
  struct Source {
    Access access;
    std::uint8_t item;
    std::int64_t offset;
    std::vector<std::int64_t> strides;
    std::int32_t slot;
  };
  struct Operation {
    TileFunction function;
    std::int32_t operands[3];  // value numbers
    std::int32_t arity;
    std::int32_t result;
  };

  /// A reduction. Each block of the space has totals of its own; the blocks do not depend on the number of
  /// threads.
  struct Reduction {
    std::int32_t output;
    Output spec;
    std::size_t offset;  // of its totals in a block's part of the workspace
  };

  void collapse(std::vector<Input>& inputs);
  void plan_reductions();
  void run_range(const void* const* inputs, void* const* outputs, std::int64_t begin, std::int64_t end,
                 std::byte* totals) const;
  void reduce_tile(const Reduction& r, const void* x, void* out, std::int64_t at, std::int64_t n,
                   std::byte* totals) const;
  void gather(const Source& source, const void* from, void* to, std::int64_t begin, std::int64_t count) const;

  std::vector<std::int64_t> space_;
  std::int64_t elements_ = 0;
  std::vector<Source> sources_;
  std::vector<Operation> operations_;
  std::vector<std::int32_t> slot_of_;    // scratch slot of each value, -1 for dense inputs and for outputs
  std::vector<std::int32_t> output_of_;  // output index of each value, or -1
  std::vector<std::uint8_t> item_;       // element size of each value
  std::vector<std::pair<std::int32_t, std::int32_t>>
      copies_;  // (value, output) for values that are inputs or repeat
  std::int32_t slots_ = 0;
  std::int64_t tile_ = 1024;
  std::vector<Reduction> reductions_;
  std::int64_t blocks_ = 1, block_elements_ = 0;
  std::size_t block_bytes_ = 0, workspace_ = 0;
};

}  // namespace copse::elementwise
