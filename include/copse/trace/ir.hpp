// The recorded form of a function on arrays: a flat list of instructions over numbered values.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "copse/core/primitive.hpp"

namespace copse::ir {

/// Number of a value in a program.
using Id = std::uint32_t;

/// One applied primitive: operands [first_operand, first_operand + operands) of the program's pool; its
/// results are the values first_result, first_result + 1, ...
struct Instruction {
  PrimitivePtr primitive;
  std::uint32_t first_operand = 0;
  std::uint32_t operands = 0;
  Id first_result = 0;
  std::uint32_t results = 0;
  /// The layer or named scope that has recorded it, see `path_text` of core/name_scope.hpp: 0 where there is
  /// none. An instruction of a gradient has that of the instruction that it is derived from.
  std::uint32_t path = 0;
};

/// A value known when the program was recorded.
struct Constant {
  Id id;
  Array value;
};

/// A straight-line program. Plain vectors: programs of any length are walked and destroyed without recursion.
struct Program {
  std::vector<ShapeDtype> types;  ///< of each value
  std::vector<Id> inputs;
  std::vector<Constant> constants;
  std::vector<Instruction> instructions;
  std::vector<Id> pool;  ///< operands of all instructions
  std::vector<Id> outputs;
  /// Instructions that a pass has added; their types are not yet compared with what their primitives infer.
  std::vector<std::uint32_t> unverified;

  Id add_value(const ShapeDtype& type) {
    types.push_back(type);
    return static_cast<Id>(types.size() - 1);
  }
  Id add_input(const ShapeDtype& type) { return inputs.emplace_back(add_value(type)); }
  Id add_constant(const Array& value);
  /// Appends an instruction and gives the number of its first result.
  Id add(const PrimitivePtr& primitive, std::span<const Id> operands, std::span<const ShapeDtype> results);

  std::span<const Id> operands(const Instruction& i) const {
    return {pool.data() + i.first_operand, i.operands};
  }
  std::span<Id> operands(const Instruction& i) { return {pool.data() + i.first_operand, i.operands}; }
};

/// The one of a program's instructions that makes a value, or null. They number their results in order.
const Instruction* maker(std::span<const Instruction> instructions, Id id);

/// Throws InternalError unless a program is whole: every value has one place where it is made, before it is
/// read; instructions have the results, of the types, that their primitives infer; constants have the types
/// of their values. `after` names what has made the program, for the message. Takes time in proportion to the
/// program's length.
void verify(const Program& program, std::string_view after = "recording");

/// The same, but types only of what is `unverified`: recording infers types, and passes copy them.
void verify_new(Program& program, std::string_view after);

/// A line for each instruction: `%3:float32(4,) = multiply %1 %2`, with its path behind `#` if it has one.
std::string to_text(const Program& program);
std::ostream& operator<<(std::ostream& out, const Program& program);
/// The same as a Graphviz digraph.
std::string to_graphviz(const Program& program);

/// Applies a program to arrays, one primitive after the other, so that transforms see inside.
std::vector<Array> evaluate(const Program& program, std::span<const Array> inputs);

/// What a program costs.
struct Cost {
  double flops = 0;  ///< two for each multiply-add of products and convolutions, one for each other operation
  double bytes = 0;  ///< read and written by all instructions
  std::int64_t peak_bytes = 0;  ///< most memory in use at once besides inputs and outputs
};

}  // namespace copse::ir
