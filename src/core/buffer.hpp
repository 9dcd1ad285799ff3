// Blocks of memory and the cache that hands them out.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace copse::detail {

/// Start of a block; the data follow it, unless they are borrowed.
class alignas(64) Buffer {
 public:
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
