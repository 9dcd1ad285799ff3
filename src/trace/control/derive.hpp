// Programs made from programs: derivatives and batched forms.
#pragma once

#include <memory>

#include "copse/trace/flat.hpp"

namespace copse::control {

using Flags = std::vector<std::uint8_t>;
using ProgramPtr = std::shared_ptr<const ir::Program>;

/// Whether two known arrays are the same, bit for bit; false for unknown ones unless they are one.
bool same_value(const Array& a, const Array& b);
/// Whether two programs are the same, instruction by instruction.
bool same(const ir::Program& a, const ir::Program& b);

/// Whether an array belongs to none but the traces around: not to the one whose rule is asked for, which
/// would see its own arrays from within.
bool around(const Array& a);

/// What a program captured comes in front of its other inputs.
void captured_in_front(flat::Recorded& recorded);

/// Makes the arrays that a program has as constants captured ones; single numbers stay. Two loops over other
/// weights are then one program, compiled once.
void arrays_captured(flat::Recorded& recorded);

std::vector<ShapeDtype> input_types(const ir::Program& program);
std::vector<ShapeDtype> output_types(const ir::Program& program);

/// Throws InternalError unless a program takes operands of these types; those behind the first `whole` have
/// an axis of `length` in front that the program doesn't see.
void check_operands(const ir::Program& program, std::span<const ShapeDtype> operands,
                    std::size_t whole = ~std::size_t{0}, std::int64_t length = 0);

/// Programs made from programs take as their last inputs what rules of users bring in from the traces around.

/// Whether one of a program's instructions has side effects.
bool has_effects(const ir::Program& program);
/// The program without side effects, for what is computed a second time: derivatives compute again what the
/// function itself has computed already.
ir::Program without_effects(const ir::Program& program);
ProgramPtr without_effects(const ProgramPtr& program);

/// Takes the inputs and cotangents of the outputs in `given`; gives gradients of the inputs in `wanted`.
flat::Recorded gradient_of(const ir::Program& program, const Flags& given, const Flags& wanted);

/// Takes the inputs and tangents of those in `moving`; gives the outputs and tangents of all floating ones.
flat::Recorded tangent_of(const ir::Program& program, const Flags& moving);

struct Batched {
  flat::Recorded recorded;
  Flags outputs;  ///< which have the mapped axis in front
};
/// Takes inputs with the mapped axis in front where `batched` says so. Outputs in `forced` have it in any
/// case.
Batched batched_of(const ir::Program& program, const Flags& batched, std::int64_t size, const Flags& forced);

/// Which of these are of a floating dtype.
Flags floating(std::span<const ShapeDtype> types);
ProgramPtr shared(ir::Program program);
/// What a flag chooses.
template <class T>
std::vector<T> chosen(std::span<const T> all, const Flags& flags) {
  std::vector<T> out;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (flags[i]) out.push_back(all[i]);
  return out;
}
std::size_t count(const Flags& flags);

/// The batching rule of an operation that is one program: the batched program and its flags.
Batched batched_of(const ir::Program& program, const BatchCall& call, bool all_outputs);

/// Binds a primitive with as many outputs as it says.
flat::Arrays bind_all(const PrimitivePtr& primitive, std::span<const Array> inputs);

/// Arguments, then what a recorded function captured.
flat::Arrays joined(std::span<const Array> first, std::span<const Array> second);

/// Operations of one run of a program.
double flops_of(const ir::Program& program);

}  // namespace copse::control
