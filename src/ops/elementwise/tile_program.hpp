// Runs a chain of elementwise steps over arrays tile by tile, so that what passes between the steps stays in cache.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "copse/core/primitive.hpp"

namespace copse::elementwise {

/// A straight-line program of elementwise steps over one iteration space. Values are numbered: inputs first, then
/// the result of each step. Inputs are read through strides in that space; 0 repeats an element.
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

  TileProgram(const Shape& space, std::vector<Input> inputs, std::vector<Step> steps, std::vector<std::int32_t> outputs);

  /// Outputs are dense in the iteration space.
  void run(const void* const* inputs, void* const* outputs) const;

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

  void collapse(std::vector<Input>& inputs);
  void run_range(const void* const* inputs, void* const* outputs, std::int64_t begin, std::int64_t end) const;
  void gather(const Source& source, const void* from, void* to, std::int64_t begin, std::int64_t count) const;

  std::vector<std::int64_t> space_;
  std::int64_t elements_ = 0;
  std::vector<Source> sources_;
  std::vector<Operation> operations_;
  std::vector<std::int32_t> slot_of_;    // scratch slot of each value, -1 for dense inputs and for outputs
  std::vector<std::int32_t> output_of_;  // output index of each value, or -1
  std::vector<std::uint8_t> item_;       // element size of each value
  std::vector<std::pair<std::int32_t, std::int32_t>> copies_;  // (value, output) for values that are inputs or repeat
  std::int32_t slots_ = 0;
};

}  // namespace copse::elementwise
