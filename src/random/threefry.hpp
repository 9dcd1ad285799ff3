// The threefry2x32 block function, and the primitives made of it.
#pragma once

#include <cstdint>

#include "copse/core/array.hpp"
#include "core/isa.hpp"

namespace copse::random {

/// bits: both words, xor-ed, of the blocks with counters first, first + 1, ...
/// blocks: both words of the blocks with counters (0, counters[i]), one after the other.
COPSE_ISA_DECLARE(void threefry_bits(const std::uint32_t* key, std::uint64_t first, std::int64_t n,
                                     std::uint32_t* out))
COPSE_ISA_DECLARE(void threefry_blocks(const std::uint32_t* key, const std::uint32_t* counters,
                                       std::int64_t n, std::uint32_t* out))

/// in[0] * in[1] + in[2] of float32, rounded once.
COPSE_ISA_DECLARE(void multiply_add_tile(const void* const* in, void* out, std::int64_t n))

/// uint32 of key's leading dimensions and `shape`.
Array threefry_bits(const Array& key, const Shape& shape);
/// The blocks of some counters (uint32): counters' shape and 2. Leading dimensions of the key are the
/// counters' first.
Array threefry_blocks(const Array& key, const Array& counters);

}  // namespace copse::random
