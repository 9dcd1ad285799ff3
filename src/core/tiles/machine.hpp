// Arithmetic of float32 whose intermediate results stay in registers: trees of steps of a tile program become
// one pass over a tile.
#pragma once

#include <cstdint>
#include <vector>

#include "../isa.hpp"
#include "copse/core/traits.hpp"

namespace copse::tiles {

using traits::Arithmetic;

/// One move of a machine with a stack of three blocks of elements. The operand of `_memory` is an array, of
/// `_scalar` one element, of `_top` the top of the stack, which goes; `reversed` takes it as the left one.
struct ChainStep {
  enum class Move : std::uint8_t {
    load,
    add_memory,
    subtract_memory,
    multiply_memory,
    divide_memory,
    reversed_subtract_memory,
    reversed_divide_memory,
    add_scalar,
    subtract_scalar,
    multiply_scalar,
    divide_scalar,
    reversed_subtract_scalar,
    reversed_divide_scalar,
    add_top,
    subtract_top,
    multiply_top,
    divide_top,
    negative,
    square,
    sqrt,
  };
  static constexpr int most_depth = 3;

  constexpr ChainStep(Move move, int depth, int from = 0)
      : code(code_of(move, depth)), operand(static_cast<std::uint8_t>(from)) {}
  static constexpr std::uint8_t code_of(Move move, int depth) {
    return static_cast<std::uint8_t>(static_cast<int>(move) * most_depth + depth);
  }

  std::uint8_t code;     // the move, and which block of the stack is its result
  std::uint8_t operand;  // index among the chain's operands
};

/// A chain, and the numbers of the values that it reads.
struct Chain {
  static constexpr std::size_t most_operands = 32;
  std::vector<ChainStep> steps;
  std::vector<std::int32_t> operands;
  std::vector<bool> scalar;  // whether an operand is one element: for the program or for each row
};

/// Runs a chain over n elements. `past_caches` writes the result by stores that leave the caches alone.
using ChainFunction = void (*)(const std::vector<ChainStep>& steps, const float* const* operands, float* out,
                               std::int64_t n, bool past_caches);

COPSE_ISA_DECLARE(ChainFunction chain_function())

}  // namespace copse::tiles
