// Analyses of a whole program for the passes: uses, producers, readers, escapes, liveness. Indices are typed:
// a table by value takes the number of a value, a table by instruction the place of an instruction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "copse/trace/ir.hpp"

namespace copse::passes {

/// What tables by value and by instruction have in common.
template <class T>
class Table {
 public:
  bool empty() const { return all_.empty(); }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 protected:
  Table() = default;
  Table(std::size_t size, const T& initial) : all_(size, initial) {}
  std::vector<T> all_;
};

/// Something for each value of a program.
template <class T>
class PerValue : public Table<T> {
  using Table<T>::all_;

 public:
  PerValue() = default;
  explicit PerValue(const ir::Program& program, const T& initial = T())
      : Table<T>(program.types.size(), initial) {}

  auto& operator[](ir::Id value) { return all_[value]; }
  const auto& operator[](ir::Id value) const { return all_[value]; }
  template <class Other>
  void operator[](Other) const = delete;
  /// How many values there are.
  ir::Id size() const { return static_cast<ir::Id>(all_.size()); }
  /// Those of an instruction's results.
  std::span<const T> results(const ir::Instruction& i) const {
    return std::span<const T>(all_).subspan(i.first_result, i.results);
  }
};

/// Something for each instruction of a program.
template <class T>
class PerInstruction : public Table<T> {
  using Table<T>::all_;

 public:
  PerInstruction() = default;
  explicit PerInstruction(const ir::Program& program, const T& initial = T())
      : Table<T>(program.instructions.size(), initial) {}

  T& operator[](std::size_t instruction) { return all_[instruction]; }
  const T& operator[](std::size_t instruction) const { return all_[instruction]; }
  void operator[](ir::Id) const = delete;
  std::size_t size() const { return all_.size(); }
};

/// A bool, of which a vector has each at an address of its own.
using Flag = std::uint8_t;

/// How often each value is read, outputs included.
PerValue<std::uint32_t> use_counts(const ir::Program& program);
/// The instruction that makes each value, or -1.
PerValue<std::int32_t> producers(const ir::Program& program);
/// The instructions that read each value, in their order, each as often as it reads it.
PerValue<std::vector<std::uint32_t>> readers(const ir::Program& program);
/// Which values escape from the program as its outputs. Those are not to be overwritten or made elsewhere.
PerValue<Flag> escaping(const ir::Program& program);
/// Which values depend on one of these.
PerValue<Flag> depending_on(const ir::Program& program, std::span<const ir::Id> values);

/// Liveness: what is needed to make some values.
struct Liveness {
  PerValue<Flag> values;
  PerInstruction<Flag> instructions;
};

/// The liveness of a program where these values are needed. `visit(k, live)` is called from the last
/// instruction to the first, for each that has side effects or makes a value which is live, and says which
/// values are live because of it.
template <class Visit>
Liveness liveness(const ir::Program& program, PerValue<Flag> needed, const Visit& visit) {
  Liveness live{std::move(needed), PerInstruction<Flag>(program)};
  for (std::size_t k = program.instructions.size(); k-- > 0;) {
    const ir::Instruction& i = program.instructions[k];
    live.instructions[k] = i.primitive->has_effect();
    for (const Flag result : live.values.results(i)) live.instructions[k] |= result;
    if (live.instructions[k]) visit(k, live.values);
  }
  return live;
}
/// The same where an instruction needs all of its operands.
Liveness liveness(const ir::Program& program, PerValue<Flag> needed);

}  // namespace copse::passes
