// Blocks of memory and the cache that hands them out.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"

namespace copse::detail {

/// There is not enough memory for an array. Users know it as MemoryError.
class OutOfMemory : public MemoryError {
 public:
  using MemoryError::MemoryError;
  /// For the array of which there was none; `in_use` and `limit` are bytes.
  OutOfMemory(const ShapeDtype& wanted, std::int64_t in_use, std::int64_t limit);
  /// The same, naming the function and its inputs.
  OutOfMemory in(std::string_view function, std::span<const Array> inputs) const;
};

/// Memory for a few hundred bytes, kept by each thread for the next one that asks.
void* take_small(std::size_t bytes);
void give_small(void* block, std::size_t bytes) noexcept;

/// Start of a block; the data follow it, unless they are borrowed.
class alignas(64) Buffer {
 public:
  /// Null if there is not so much memory.
  static Buffer* allocate(std::size_t bytes);
  static Buffer* borrow(const void* data, std::size_t bytes, std::shared_ptr<const void> owner);

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.load(std::memory_order_acquire) == 1 ||
        references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      destroy();
  }
  bool shared() const noexcept { return references_.load(std::memory_order_acquire) != 1; }
  bool borrowed() const noexcept { return size_class_ < 0; }
  void* data() const noexcept { return data_; }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  Buffer() = default;
  void destroy() noexcept;

  std::atomic<std::int32_t> references_{1};
  std::int32_t size_class_ = 0;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::shared_ptr<const void> owner_;
};

}  // namespace copse::detail
