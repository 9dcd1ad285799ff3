// Which steps of a tile program run as chains.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "machine.hpp"
#include "program.hpp"

namespace copse::tiles {

/// What a step is in a chain.
struct ChainLink {
  std::optional<Arithmetic> arithmetic;
  bool inner = false;     // its one reader takes the result from a register
  bool ends = false;      // takes such results itself, and leaves its own in memory
  bool squares = false;   // a sum that makes the squares of its operand's operand itself
  int depth = 1;          // blocks of the stack that it needs
  std::size_t reads = 0;  // operands that it and the steps inside of it read
};

/// One for each step. Values are numbered as in the program: inputs first.
std::vector<ChainLink> chain_links(std::size_t inputs, const std::vector<TileProgram::Step>& steps,
                                   const std::vector<TileProgram::Output>& outputs);

/// Moves the steps of a chain next to each other. Which step is the last to read an input has to be asked
/// after this.
void order_chains(std::size_t inputs, std::vector<TileProgram::Step>& steps,
                  std::vector<TileProgram::Output>& outputs);

/// The chain that ends with step `s`. `one` says of a value whether it is read as one element.
Chain make_chain(std::size_t inputs, std::size_t s, const std::vector<TileProgram::Step>& steps,
                 const std::vector<ChainLink>& links, const std::function<bool(std::int32_t)>& one);

}  // namespace copse::tiles
