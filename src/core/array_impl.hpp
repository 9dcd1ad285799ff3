// What an Array points to.
#pragma once

#include <atomic>
#include <memory>

#include "buffer.hpp"
#include "copse/core/array.hpp"
#include "copse/core/trace.hpp"

namespace copse::detail {

struct ArrayImpl {
  mutable std::atomic<std::uint32_t> references{1};
  ShapeDtype type;
  std::int64_t elements = 0;
  void* data = nullptr;      // null for tracers
  Buffer* buffer = nullptr;  // null if the data are in `small`
  std::unique_ptr<Tracer> tracer;
  double exact = 0;  // the number a weak scalar was made from
  alignas(16) std::byte small[16];

  static void* operator new(std::size_t bytes) { return take_small(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { give_small(block, bytes); }

  ArrayImpl() = default;
  ArrayImpl(const ArrayImpl&) = delete;
  ArrayImpl& operator=(const ArrayImpl&) = delete;
  ~ArrayImpl() {
    if (buffer) buffer->release();
  }
};

}  // namespace copse::detail
