// Running compiled programs.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "compiled.hpp"
#include "copse/core/error.hpp"

namespace copse::flat {
namespace {

void* at(const void* base, const passes::Place& place) {
  return const_cast<std::byte*>(static_cast<const std::byte*>(base)) + place.offset;
}

std::size_t table_bytes(std::size_t entries) { return (entries * sizeof(void*) + 63) / 64 * 64; }

}  // namespace

std::vector<Array> Compiled::run(std::span<Array> inputs, std::span<const std::uint8_t> donated) const {
  std::vector<Array> outputs;
  run(inputs, donated, outputs);
  return outputs;
}

template <class Run>
void Compiled::Impl::run(std::span<const Array> inputs, std::span<const std::uint8_t> donated,
                         std::vector<Array>& outputs, const Run& run_step) const {
  const Impl& c = *this;
  // Addresses have their place on the stack, or behind the arena.
  void* few_addresses[384];
  void** addresses = few_addresses;
  const bool many = c.pointers() > std::size(few_addresses);
  const std::size_t scratch = c.memory.arena_bytes + (many ? table_bytes(c.pointers()) : 0);
  Array arena;
  std::byte* arena_data = nullptr;
  if (scratch) {
    arena = detail::allocate({Shape{static_cast<std::int64_t>(scratch)}, DType::uint8});
    arena_data = static_cast<std::byte*>(detail::mutable_data(arena));
    if (many) addresses = reinterpret_cast<void**>(arena_data + c.memory.arena_bytes);
  }

  // Memory of the outputs first: a donor that is shared is found out here. A block is kept where it first
  // leaves.
  outputs.clear();
  outputs.resize(program.outputs.size());
  for (std::size_t b = 0; b < c.memory.outputs.size(); ++b) {
    const passes::OutputBuffer& buffer = c.memory.outputs[b];
    const ShapeDtype& type = program.types[buffer.base];
    Array& block = outputs[c.first_output[b]];
    if (buffer.donor >= 0) {
      const auto donor = static_cast<std::size_t>(buffer.donor);
      if (donor < donated.size() && donated[donor] && detail::is_sole_owner(inputs[donor])) {
        block = detail::alias(inputs[donor], type);
        continue;
      }
    }
    block = detail::allocate(type);
  }

  for (std::size_t t = 0; t < c.table_places.size(); ++t) {
    const passes::Place& place = c.table_places[t];
    switch (place.kind) {
      case passes::Place::Kind::input:
        addresses[t] = at(inputs[place.index].raw(), place);
        break;
      case passes::Place::Kind::constant:
        addresses[t] = at(c.constants[place.index], place);
        break;
      case passes::Place::Kind::output:
        addresses[t] = at(detail::mutable_data(outputs[c.first_output[place.index]]), place);
        break;
      default:
        addresses[t] = arena_data + place.offset;
    }
  }
  execute(addresses, arena_data, run_step);

  // From the last, so that what a block is read through stays until its first place.
  for (std::size_t o = program.outputs.size(); o-- > 0;) {
    const ir::Id id = program.outputs[o];
    const ShapeDtype& type = program.types[id];
    const std::uint32_t block = c.memory.output_of[o];
    const passes::Place& place = c.memory.places[id];
    const Array& from = block != passes::BufferAssignment::borrowed ? outputs[c.first_output[block]]
                        : place.kind == passes::Place::Kind::input  ? inputs[place.index]
                                                                    : program.constants[place.index].value;
    if (&from == &outputs[o] && from.type() == type) continue;
    outputs[o] = from.type() == type ? from : detail::alias(from, type);
  }
}

void Compiled::run(std::span<Array> inputs, std::span<const std::uint8_t> donated,
                   std::vector<Array>& outputs) const try {
  impl_->run(inputs, donated, outputs, Impl::run_step);
} catch (const std::bad_alloc&) {
  detail::out_of_memory("a compiled program");
}

void Compiled::Impl::time(std::span<const Array> inputs, std::span<double> seconds) const {
  using Clock = std::chrono::steady_clock;
  std::vector<Array> outputs;
  std::size_t at_step = 0;
  run(inputs, {}, outputs, [&](const Step& step, const void* const* in, void* const* out, void* workspace) {
    const auto start = Clock::now();
    run_step(step, in, out, workspace);
    seconds[at_step++] = std::chrono::duration<double>(Clock::now() - start).count();
  });
}

// Scratch memory of a raw run: addresses, then the arena.
std::size_t Compiled::workspace() const { return table_bytes(impl_->pointers()) + impl_->memory.arena_bytes; }

void Compiled::run_raw(const void* const* inputs, void* const* outputs, void* workspace) const {
  const Impl& c = *impl_;
  void** addresses = static_cast<void**>(workspace);
  void** block = addresses + c.table_places.size();
  std::byte* arena = static_cast<std::byte*>(workspace) + table_bytes(c.pointers());
  // A block that leaves more than once is written once and copied.
  std::fill_n(block, c.memory.outputs.size(), nullptr);
  for (std::size_t o = 0; o < c.program.outputs.size(); ++o) {
    const std::uint32_t b = c.memory.output_of[o];
    if (b != passes::BufferAssignment::borrowed && !block[b]) block[b] = outputs[o];
  }
  for (std::size_t t = 0; t < c.table_places.size(); ++t) {
    const passes::Place& place = c.table_places[t];
    switch (place.kind) {
      case passes::Place::Kind::input:
        addresses[t] = at(inputs[place.index], place);
        break;
      case passes::Place::Kind::constant:
        addresses[t] = at(c.constants[place.index], place);
        break;
      case passes::Place::Kind::output:
        addresses[t] = at(block[place.index], place);
        break;
      default:
        addresses[t] = arena + place.offset;
    }
  }
  c.execute(addresses, arena, Impl::run_step);
  for (std::size_t o = 0; o < c.program.outputs.size(); ++o) {
    const ir::Id id = c.program.outputs[o];
    const std::uint32_t b = c.memory.output_of[o];
    const void* from = nullptr;
    if (b != passes::BufferAssignment::borrowed)
      from = block[b];
    else if (const passes::Place& place = c.memory.places[id]; place.kind == passes::Place::Kind::input)
      from = inputs[place.index];
    else
      from = c.constants[place.index];
    if (from != outputs[o]) std::memmove(outputs[o], from, c.program.types[id].bytes());
  }
}

}  // namespace copse::flat
