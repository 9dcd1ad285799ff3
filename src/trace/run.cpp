// Running compiled programs.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "compiled.hpp"
#include "copse/core/error.hpp"

namespace copse::flat {
namespace {

void* at(const void* base, const passes::Location& location) {
  return const_cast<std::byte*>(static_cast<const std::byte*>(base)) + location.offset;
}

std::size_t table_bytes(std::size_t entries) { return (entries * sizeof(void*) + 63) / 64 * 64; }

// Fills the table of addresses. `input` and `output` give the memory of an input and of a buffer that
// escapes.
template <class Input, class Output>
void fill_table(const std::vector<passes::Location>& table, const std::vector<const void*>& constants,
                std::byte* arena, const Input& input, const Output& output, void** addresses) {
  using Kind = passes::Location::Kind;
  for (std::size_t t = 0; t < table.size(); ++t) {
    const passes::Location& location = table[t];
    switch (location.kind) {
      case Kind::input:
        addresses[t] = at(input(location.index), location);
        break;
      case Kind::constant:
        addresses[t] = at(constants[location.index], location);
        break;
      case Kind::output:
        addresses[t] = at(output(location.index), location);
        break;
      default:
        addresses[t] = arena + location.offset;
    }
  }
}

}  // namespace

// Memory of the outputs: a donor that is shared is found out here. A buffer is kept where it escapes first.
void Compiled::Impl::make_outputs(std::span<const Array> inputs, std::span<const std::uint8_t> donated,
                                  std::vector<Array>& outputs) const {
  outputs.clear();
  outputs.resize(program.outputs.size());
  for (std::size_t b = 0; b < memory.outputs.size(); ++b) {
    const passes::OutputBuffer& buffer = memory.outputs[b];
    const ShapeDtype& type = program.types[buffer.base];
    Array& array = outputs[first_output[b]];
    if (buffer.donor >= 0) {
      const auto donor = static_cast<std::size_t>(buffer.donor);
      if (donor < donated.size() && donated[donor] && detail::is_sole_owner(inputs[donor])) {
        array = detail::alias(inputs[donor], type);
        continue;
      }
    }
    array = detail::allocate(type);
  }
}

// Outputs that are others' memory: aliases, inputs and constants. From the last, so that what a buffer is
// read through stays until its first place.
void Compiled::Impl::borrow_outputs(std::span<const Array> inputs, std::vector<Array>& outputs) const {
  for (std::size_t o = program.outputs.size(); o-- > 0;) {
    const ir::Id id = program.outputs[o];
    const ShapeDtype& type = program.types[id];
    const std::uint32_t buffer = memory.output_of[o];
    const passes::Location& location = memory.locations[id];
    const Array& from = buffer != passes::BufferAssignment::borrowed ? outputs[first_output[buffer]]
                        : location.kind == passes::Location::Kind::input
                            ? inputs[location.index]
                            : program.constants[location.index].value;
    if (&from == &outputs[o] && from.type() == type) continue;
    outputs[o] = from.type() == type ? from : detail::alias(from, type);
  }
}

std::vector<Array> Compiled::run(std::span<Array> inputs, std::span<const std::uint8_t> donated) const {
  std::vector<Array> outputs;
  run(inputs, donated, outputs);
  return outputs;
}

template <class Run>
void Compiled::Impl::run(std::span<const Array> inputs, std::span<const std::uint8_t> donated,
                         std::vector<Array>& outputs, const Run& run_step) const {
  // Addresses have their place on the stack, or behind the arena.
  void* few_addresses[384];
  void** addresses = few_addresses;
  const bool many = pointers() > std::size(few_addresses);
  const std::size_t scratch = memory.arena_bytes + (many ? table_bytes(pointers()) : 0);
  Array arena;
  std::byte* arena_data = nullptr;
  if (scratch) {
    arena = detail::allocate({Shape{static_cast<std::int64_t>(scratch)}, DType::uint8});
    arena_data = static_cast<std::byte*>(detail::mutable_data(arena));
    if (many) addresses = reinterpret_cast<void**>(arena_data + memory.arena_bytes);
  }
  make_outputs(inputs, donated, outputs);
  fill_table(
      table, constants, arena_data, [&](std::uint32_t n) { return inputs[n].raw(); },
      [&](std::uint32_t b) { return detail::mutable_data(outputs[first_output[b]]); }, addresses);
  execute(addresses, arena_data, run_step);
  borrow_outputs(inputs, outputs);
}

void Compiled::run(std::span<Array> inputs, std::span<const std::uint8_t> donated,
                   std::vector<Array>& outputs) const try {
  impl_->run(inputs, donated, outputs, Impl::RunStep());
} catch (const std::bad_alloc&) {
  detail::out_of_memory("a compiled program");
}

void Compiled::Impl::time(std::span<const Array> inputs, std::span<double> seconds) const {
  using Clock = std::chrono::steady_clock;
  std::vector<Array> outputs;
  std::size_t at_step = 0;
  run(inputs, {}, outputs, [&](const Step& step, const void* const* in, void* const* out, void* workspace) {
    const auto start = Clock::now();
    step.kernel->run(in, out, workspace);
    seconds[at_step++] = std::chrono::duration<double>(Clock::now() - start).count();
  });
}

// Scratch memory of a raw run: addresses, then the arena.
std::size_t Compiled::workspace() const { return table_bytes(impl_->pointers()) + impl_->memory.arena_bytes; }

void Compiled::run_raw(const void* const* inputs, void* const* outputs, void* workspace) const {
  const Impl& c = *impl_;
  void** addresses = static_cast<void**>(workspace);
  void** block = addresses + c.table.size();
  std::byte* arena = static_cast<std::byte*>(workspace) + table_bytes(c.pointers());
  // A buffer that escapes more than once is written once and copied.
  std::fill_n(block, c.memory.outputs.size(), nullptr);
  for (std::size_t o = 0; o < c.program.outputs.size(); ++o) {
    const std::uint32_t b = c.memory.output_of[o];
    if (b != passes::BufferAssignment::borrowed && !block[b]) block[b] = outputs[o];
  }
  fill_table(
      c.table, c.constants, arena, [&](std::uint32_t n) { return inputs[n]; },
      [&](std::uint32_t b) { return block[b]; }, addresses);
  c.execute(addresses, arena, Impl::RunStep());
  for (std::size_t o = 0; o < c.program.outputs.size(); ++o) {
    const ir::Id id = c.program.outputs[o];
    const std::uint32_t b = c.memory.output_of[o];
    const void* from = nullptr;
    if (b != passes::BufferAssignment::borrowed)
      from = block[b];
    else if (const passes::Location& location = c.memory.locations[id];
             location.kind == passes::Location::Kind::input)
      from = inputs[location.index];
    else
      from = c.constants[location.index];
    if (from != outputs[o]) std::memmove(outputs[o], from, c.program.types[id].bytes());
  }
}

}  // namespace copse::flat
