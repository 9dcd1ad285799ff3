#include "program.hpp"

#include <algorithm>
#include <cstring>

#include "../core/buffer.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "threefry.hpp"

namespace copse::random {
namespace {

constexpr std::int64_t tile = 1024;
constexpr std::size_t slot_bytes = tile * 4;  // what is wider than float32 is converted afterwards
constexpr std::int32_t most_slots = 16;

}  // namespace

Program::Program() { add({DType::uint32, nullptr, {-1, -1, -1}, {}, 0}); }

Value Program::add(Entry entry) {
  copse::detail::guard_memory("random", [&] { values_.push_back(std::move(entry)); });
  return {this, static_cast<std::int32_t>(values_.size() - 1)};
}

Value Program::constant(const Array& scalar, DType dtype) {
  return add({dtype, nullptr, {-1, -1, -1}, elementwise::convert(scalar, dtype), 0});
}

Value Program::step(const PrimitivePtr& primitive, const Value& a, const Value* b) {
  const ShapeDtype in[] = {{{}, a.dtype()}, {{}, b ? b->dtype() : a.dtype()}};
  const std::span<const ShapeDtype> types(in, b ? 2 : 1);
  ShapeDtype out;
  primitive->infer(types, std::span(&out, 1));
  return add({out.dtype, primitive->elementwise(types, out)->loop, {a.id, b ? b->id : -1, -1}, {}, 0});
}

// Nothing happens to the elements: all that read them read them as the other dtype.
Value Program::bitcast(const Value& x, DType dtype) {
  values_[static_cast<std::size_t>(x.id)].dtype = dtype;
  return x;
}

Value Program::multiply_add(const Value& x, const Array& factor, const Array& term) {
  const std::int32_t by = constant(factor, DType::float32).id, plus = constant(term, DType::float32).id;
  return add({DType::float32, COPSE_ISA_SELECT(multiply_add_tile), {x.id, by, plus}, {}, 0});
}

// A step may write over what it reads for the last time.
void Program::assign_slots() {
  std::vector<std::size_t> last(values_.size(), 0);
  for (std::size_t v = 0; v < values_.size(); ++v)
    for (const std::int32_t operand : values_[v].operands)
      if (operand >= 0) last[static_cast<std::size_t>(operand)] = v;
  slots_ = 1;
  for (std::size_t v = 1; v < values_.size(); ++v) {
    Entry& entry = values_[v];
    entry.slot = -1;
    for (const std::int32_t operand : entry.operands) {
      if (operand < 0) continue;
      const Entry& from = values_[static_cast<std::size_t>(operand)];
      const bool constant = from.scalar.has_value();
      if (!constant && last[static_cast<std::size_t>(operand)] == v &&
          size_of(from.dtype) == size_of(entry.dtype))
        entry.slot = from.slot;
    }
    if (entry.slot < 0) entry.slot = slots_++;
  }
}

void Program::run_range(const std::uint32_t* key, std::byte* out, std::int64_t begin,
                        std::int64_t end) const {
  alignas(64) std::byte memory[most_slots * slot_bytes];
  const auto slot = [&](std::size_t v) {
    return memory + static_cast<std::size_t>(values_[v].slot) * slot_bytes;
  };
  for (std::size_t v = 0; v < values_.size(); ++v) {
    if (!values_[v].scalar.has_value()) continue;
    std::uint32_t word;
    std::memcpy(&word, values_[v].scalar.raw(), sizeof word);
    std::fill_n(reinterpret_cast<std::uint32_t*>(slot(v)), std::min(tile, end - begin), word);
  }
  const std::size_t result = values_.size() - 1;
  const auto item = static_cast<std::int64_t>(size_of(values_[result].dtype));
  for (std::int64_t at = begin; at < end; at += tile) {
    const std::int64_t n = std::min(tile, end - at);
    COPSE_ISA_SELECT(threefry_bits)
    (key, static_cast<std::uint64_t>(at), n, reinterpret_cast<std::uint32_t*>(slot(0)));
    for (std::size_t v = 1; v <= result; ++v) {
      const Entry& entry = values_[v];
      if (!entry.function) continue;
      const void* in[3] = {};
      for (int i = 0; i < 3; ++i)
        if (entry.operands[i] >= 0) in[i] = slot(static_cast<std::size_t>(entry.operands[i]));
      entry.function(in, v == result ? out + at * item : slot(v), n);
    }
  }
}

Array Program::run(const Array& key, const Shape& shape, const char* function) try {
  assign_slots();
  if (slots_ > most_slots) throw Error("random: a sampler has too many steps");
  const Array out = [&] {
    try {
      return detail::allocate({shape, values_.back().dtype});
    } catch (const detail::OutOfMemory& error) {
      throw error.in(function, {});
    }
  }();
  const auto* words = key.data<std::uint32_t>();
  auto* to = static_cast<std::byte*>(detail::mutable_data(out));
  const std::int64_t n = shape.elements(), tiles = (n + tile - 1) / tile;
  parallel_for(tiles, 8, [&](std::int64_t begin, std::int64_t end) {
    run_range(words, to, begin * tile, std::min(n, end * tile));
  });
  return out;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory(function);
}

}  // namespace copse::random
