#include "derive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"

namespace copse::control {
namespace {

// Records what is derived from a program.
flat::Recorded derived(const flat::Function& f, std::span<const ShapeDtype> types, const char* name) {
  flat::Recorded recorded = flat::record(f, types, name);
  for (const Array& a : recorded.captured)
    if (!around(a))
      throw ValueError(
          fmt::format("custom_vjp, custom_jvp: within a loop, a branch or a checkpoint a rule uses an array "
                      "of type {} that "
                      "is being transformed and is not its argument; pass it as an argument",
                      to_string(a.type())));
  return recorded;
}

// Gradients and tangents are of no weak type: they stand for arrays of a known dtype.
ShapeDtype strong(ShapeDtype type) {
  type.weak = false;
  return type;
}

}  // namespace

bool same_value(const Array& a, const Array& b) {
  if (a.impl() == b.impl()) return true;
  return a.type() == b.type() && !a.is_abstract() && !b.is_abstract() &&
         std::memcmp(a.raw(), b.raw(), a.nbytes()) == 0;
}

bool same(const ir::Program& a, const ir::Program& b) {
  if (&a == &b) return true;
  if (a.types != b.types || a.inputs != b.inputs || a.pool != b.pool || a.outputs != b.outputs ||
      a.constants.size() != b.constants.size() || a.instructions.size() != b.instructions.size())
    return false;
  for (std::size_t i = 0; i < a.instructions.size(); ++i) {
    const ir::Instruction &x = a.instructions[i], &y = b.instructions[i];
    if (x.first_operand != y.first_operand || x.operands != y.operands || x.first_result != y.first_result ||
        x.results != y.results)
      return false;
    if (x.primitive != y.primitive && !x.primitive->same(*y.primitive)) return false;
  }
  for (std::size_t i = 0; i < a.constants.size(); ++i)
    if (a.constants[i].id != b.constants[i].id || !same_value(a.constants[i].value, b.constants[i].value))
      return false;
  return true;
}

bool has_effects(const ir::Program& program) {
  return std::ranges::any_of(program.instructions,
                             [](const ir::Instruction& i) { return i.primitive->has_effect(); });
}

ir::Program without_effects(const ir::Program& program) {
  ir::Program quiet = program;
  for (ir::Instruction& i : quiet.instructions)
    if (i.primitive->has_effect()) i.primitive = i.primitive->without_effect();
  std::erase_if(quiet.instructions, [](const ir::Instruction& i) { return !i.primitive; });
  return quiet;
}

ProgramPtr without_effects(const ProgramPtr& program) {
  return has_effects(*program) ? shared(without_effects(*program)) : program;
}

ProgramPtr shared(ir::Program program) { return std::make_shared<const ir::Program>(std::move(program)); }

bool around(const Array& a) {
  if (!a.tracer()) return true;
  for (const Trace* trace = current_trace(); trace; trace = trace->outer())
    if (a.tracer()->trace.get() == trace) return true;
  return false;
}

void captured_in_front(flat::Recorded& recorded) {
  auto& in = recorded.program.inputs;
  std::rotate(in.begin(), in.end() - static_cast<std::ptrdiff_t>(recorded.captured.size()), in.end());
}

void arrays_captured(flat::Recorded& recorded) {
  ir::Program& program = recorded.program;
  std::erase_if(program.constants, [&](const ir::Constant& c) {
    if (c.value.size() == 1) return false;
    program.inputs.push_back(c.id);
    recorded.captured.push_back(c.value);
    return true;
  });
}

std::vector<ShapeDtype> input_types(const ir::Program& program) {
  std::vector<ShapeDtype> types;
  for (const ir::Id id : program.inputs) types.push_back(program.types[id]);
  return types;
}

std::vector<ShapeDtype> output_types(const ir::Program& program) {
  std::vector<ShapeDtype> types;
  for (const ir::Id id : program.outputs) types.push_back(program.types[id]);
  return types;
}

void check_operands(const ir::Program& program, std::span<const ShapeDtype> operands, std::size_t whole,
                    std::int64_t length) {
  if (operands.size() != program.inputs.size())
    throw InternalError(
        fmt::format("{} operands, its program takes {}", operands.size(), program.inputs.size()));
  for (std::size_t n = 0; n < operands.size(); ++n) {
    ShapeDtype wanted = program.types[program.inputs[n]];
    if (n >= whole) wanted.shape.insert(0, length);
    if (operands[n].shape != wanted.shape || operands[n].dtype != wanted.dtype)
      throw InternalError(fmt::format("operand {} is {}, its program takes {}", n, to_string(operands[n]),
                                      to_string(wanted)));
  }
}

flat::Recorded gradient_of(const ir::Program& with_effects, const Flags& given, const Flags& wanted) {
  const ir::Program program = without_effects(with_effects);
  const std::size_t n = program.inputs.size();
  std::vector<ShapeDtype> types = input_types(program);
  const std::vector<ShapeDtype> out = output_types(program);
  for (std::size_t o = 0; o < out.size(); ++o)
    if (given[o]) types.push_back(strong(out[o]));
  return derived(
      [&](const flat::Arrays& in) {
        const flat::Arrays primals(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(n));
        const flat::Vjp back =
            flat::vjp([&](const flat::Arrays& a) { return ir::evaluate(program, a); }, primals, wanted);
        flat::Arrays cotangents(out.size());
        for (std::size_t o = 0, next = n; o < out.size(); ++o)
          if (given[o]) cotangents[o] = in[next++];
        const flat::Arrays found = back.pullback(cotangents);
        flat::Arrays gradients;
        for (std::size_t i = 0; i < n; ++i)
          if (wanted[i])
            gradients.push_back(found[i].has_value() ? found[i] : zeros(types[i].shape, types[i].dtype));
        return gradients;
      },
      types, "grad");
}

flat::Recorded tangent_of(const ir::Program& with_effects, const Flags& moving) {
  const ir::Program program = without_effects(with_effects);
  const std::size_t n = program.inputs.size();
  std::vector<ShapeDtype> types = input_types(program);
  for (std::size_t i = 0; i < n; ++i)
    if (moving[i]) types.push_back(strong(types[i]));
  return derived(
      [&](const flat::Arrays& in) {
        const flat::Arrays primals(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(n));
        flat::Arrays tangents(n);
        for (std::size_t i = 0, next = n; i < n; ++i)
          if (moving[i]) tangents[i] = in[next++];
        flat::Jvp moved =
            flat::jvp([&](const flat::Arrays& a) { return ir::evaluate(program, a); }, primals, tangents);
        flat::Arrays out = moved.outputs;
        for (std::size_t o = 0; o < moved.outputs.size(); ++o)
          if (is_floating(moved.outputs[o].dtype()))
            out.push_back(moved.tangents[o].has_value() ? moved.tangents[o] : zeros_like(moved.outputs[o]));
        return out;
      },
      types, "jvp");
}

Batched batched_of(const ir::Program& program, const Flags& batched, std::int64_t size, const Flags& forced) {
  std::vector<ShapeDtype> types = input_types(program);
  std::vector<std::optional<int>> axes;
  for (std::size_t i = 0; i < types.size(); ++i) {
    axes.push_back(batched[i] ? std::optional<int>(0) : std::nullopt);
    if (batched[i]) types[i].shape.insert(0, size);
  }
  Batched result;
  result.recorded = derived(
      [&](const flat::Arrays& in) {
        flat::Mapped mapped = flat::vmap_where_needed(
            [&](const flat::Arrays& a) { return ir::evaluate(program, a); }, in, axes, size);
        for (std::size_t o = 0; o < mapped.outputs.size(); ++o) {
          if (mapped.mapped[o] || !forced[o]) continue;
          mapped.outputs[o] = flat::broadcast_in_front(mapped.outputs[o], size);
          mapped.mapped[o] = 1;
        }
        result.outputs = mapped.mapped;
        return mapped.outputs;
      },
      types, "vmap");
  return result;
}

Batched batched_of(const ir::Program& program, const BatchCall& call, bool all_outputs) {
  return batched_of(program, Flags(call.batched.begin(), call.batched.end()), call.size,
                    Flags(program.outputs.size(), all_outputs));
}

Flags floating(std::span<const ShapeDtype> types) {
  Flags flags;
  for (const ShapeDtype& type : types) flags.push_back(is_floating(type.dtype));
  return flags;
}

std::size_t count(const Flags& flags) {
  return static_cast<std::size_t>(std::count_if(flags.begin(), flags.end(), [](auto f) { return f != 0; }));
}

flat::Arrays bind_all(const PrimitivePtr& primitive, std::span<const Array> inputs) {
  flat::Arrays outputs(static_cast<std::size_t>(primitive->outputs()));
  copse::bind(primitive, inputs, outputs);  // not std::bind, which the types of the lists would bring in
  return outputs;
}

flat::Arrays joined(std::span<const Array> first, std::span<const Array> second) {
  flat::Arrays all(first.begin(), first.end());
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

double flops_of(const ir::Program& program) {
  double total = 0;
  std::vector<ShapeDtype> in;
  for (const ir::Instruction& i : program.instructions) {
    in.clear();
    for (const ir::Id id : program.operands(i)) in.push_back(program.types[id]);
    total += i.primitive->flops(in, {program.types.data() + i.first_result, i.results});
  }
  return total;
}

}  // namespace copse::control
