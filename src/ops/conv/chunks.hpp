// Sums over positions that fall into chunks, which are added at the end. Their number must not depend on that
// of threads, or results would.
#pragma once

#include <cstdint>

#include "../elementwise/tables.hpp"
#include "copse/core/threads.hpp"

namespace copse::convolution {

constexpr std::int64_t most_chunks = 8;
constexpr std::int64_t chunk_bytes = 32 * 1024 * 1024;  // of all partial sums together

/// Where the sum of a chunk lies: the first in the result itself, the others one behind the other.
template <class T>
T* chunk_place(T* result, T* workspace, std::int64_t chunk, std::int64_t size) {
  return chunk == 0 ? result : workspace + (chunk - 1) * size;
}

/// Adds the sums of the other chunks to that of the first.
template <class T>
void add_chunks(T* result, T* workspace, std::int64_t chunks, std::int64_t size) {
  if (chunks == 1) return;
  const TileFunction add = elementwise::binary_loop_of<elementwise::Add>(dtype_of<T>);
  parallel_for(size, 65536, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t chunk = 1; chunk < chunks; ++chunk) {
      const void* both[] = {result + begin, chunk_place(result, workspace, chunk, size) + begin};
      add(both, result + begin, end - begin);
    }
  });
}

}  // namespace copse::convolution
