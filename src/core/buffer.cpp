#include "buffer.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"
#include "lifetime.hpp"
#include "memory_limit.hpp"

namespace copse::detail {
namespace {

// Blocks are cached by size class: four classes an octave, so that at most a fifth of a block is wasted.
constexpr int class_count = 4 * 40;
constexpr std::size_t smallest = 64;

int size_class(std::size_t bytes) {
  if (bytes <= smallest) return 0;
  const int octave = static_cast<int>(std::bit_width(bytes - 1)) - 1;
  const std::size_t base = std::size_t{1} << octave, quarter = base / 4;
  return 4 * (octave - 6) + static_cast<int>((bytes - base + quarter - 1) / quarter);
}

std::size_t class_bytes(int c) {
  const std::size_t base = smallest << (c / 4);
  return base + base / 4 * static_cast<std::size_t>(c % 4);
}

// Freed blocks wait here for the next request of their class. Large ones are few, so one lock serves all.
class Cache {
 public:
  void* take(int c) {
    const std::lock_guard lock(mutex_);
    auto& list = free_[static_cast<std::size_t>(c)];
    if (list.empty()) return nullptr;
    void* block = list.back();
    list.pop_back();
    held_ -= class_bytes(c);
    return block;
  }
  bool put(int c, void* block) noexcept {
    const std::size_t bytes = class_bytes(c);
    const std::lock_guard lock(mutex_);
    if (held_ + bytes > limit) return false;
    try {
      free_[static_cast<std::size_t>(c)].push_back(block);
    } catch (const std::bad_alloc&) {
      return false;
    }
    held_ += bytes;
    return true;
  }
  void clear() noexcept {
    const std::lock_guard lock(mutex_);
    for (auto& list : free_) {
      for (void* block : list) std::free(block);
      list.clear();
    }
    held_ = 0;
  }

 private:
  static constexpr std::size_t limit = std::size_t{1} << 30;
  std::mutex mutex_;
  std::array<std::vector<void*>, class_count> free_;
  std::size_t held_ = 0;
};

Cache& shared_cache() {
  static Cache* cache = new Cache;  // outlives every array, static ones included
  return *cache;
}

// Small blocks are kept by each thread, without a lock.
struct LocalCache {
  static constexpr int classes = 4 * 8;  // below 16 KiB
  // A step of a network makes and frees several headers of arrays for each parameter.
  static std::size_t most(int c) { return std::clamp<std::size_t>((128u << 10) / class_bytes(c), 64, 1024); }
  std::array<std::vector<void*>, classes> free;
  LocalCache() = default;
  LocalCache(const LocalCache&) = delete;
  LocalCache& operator=(const LocalCache&) = delete;
  ~LocalCache() {
    for (auto& list : free)
      for (void* block : list) std::free(block);
  }
};

std::atomic<std::int64_t> system_allocations{0}, bytes_in_use{0}, peak_bytes{0};

// Memory from the system. Large blocks lie on large pages where the system has some to give: fewer of them
// need addresses looked up.
void* system_block(std::size_t bytes) {
  constexpr std::size_t large_page = std::size_t{2} << 20;
  if (bytes < 2 * large_page) return std::aligned_alloc(64, bytes);
  void* block = std::aligned_alloc(large_page, (bytes + large_page - 1) / large_page * large_page);
#ifdef MADV_HUGEPAGE
  if (block) madvise(block, bytes / large_page * large_page, MADV_HUGEPAGE);
#endif
  return block;
}

void* take_block(int c) {
  if (c < LocalCache::classes) {
    auto& list = per_thread<LocalCache>().free[static_cast<std::size_t>(c)];
    if (!list.empty()) {
      void* block = list.back();
      list.pop_back();
      return block;
    }
  } else if (void* block = shared_cache().take(c)) {
    return block;
  }
  system_allocations.fetch_add(1, std::memory_order_relaxed);
  const std::size_t bytes = sizeof(Buffer) + (class_bytes(c) + 63) / 64 * 64;
  void* block = system_block(bytes);
  if (!block) {
    shared_cache().clear();
    block = system_block(bytes);
  }
  return block;
}

void give_block(int c, void* block) noexcept {
  if (c < LocalCache::classes) {
    try {
      auto& list = per_thread<LocalCache>().free[static_cast<std::size_t>(c)];
      if (list.size() < LocalCache::most(c)) {
        if (list.capacity() == 0) list.reserve(LocalCache::most(c));
        list.push_back(block);
        return;
      }
    } catch (const std::bad_alloc&) {
      // No memory to keep it with: it goes back.
    }
  } else if (shared_cache().put(c, block)) {
    return;
  }
  std::free(block);
}

}  // namespace

void* take_small(std::size_t bytes) {
  if (void* block = take_block(size_class(bytes))) return block;
  throw MemoryError();
}

void give_small(void* block, std::size_t bytes) noexcept { give_block(size_class(bytes), block); }

Buffer* Buffer::allocate(std::size_t bytes) {
  // Compared without the sum, which might overflow.
  const std::int64_t left = memory_limit() - bytes_in_use.load(std::memory_order_relaxed);
  if (left < 0 || bytes > static_cast<std::size_t>(left)) return nullptr;
  const int c = bytes >= (std::size_t{1} << 44) ? class_count : size_class(bytes);
  void* block = c < class_count ? take_block(c) : nullptr;
  if (!block) return nullptr;
  Buffer* buffer = ::new (block) Buffer;
  buffer->size_class_ = c;
  buffer->bytes_ = bytes;
  buffer->data_ = static_cast<char*>(block) + sizeof(Buffer);
  const auto now = bytes_in_use.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed) +
                   static_cast<std::int64_t>(bytes);
  auto peak = peak_bytes.load(std::memory_order_relaxed);
  while (now > peak && !peak_bytes.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
  return buffer;
}

Buffer* Buffer::borrow(const void* data, std::size_t bytes, std::shared_ptr<const void> owner) {
  Buffer* buffer = new Buffer;
  buffer->size_class_ = -1;
  buffer->bytes_ = bytes;
  buffer->data_ = const_cast<void*>(data);
  buffer->owner_ = std::move(owner);
  return buffer;
}

void Buffer::destroy() noexcept {
  if (borrowed()) {
    delete this;
    return;
  }
  bytes_in_use.fetch_sub(static_cast<std::int64_t>(bytes_), std::memory_order_relaxed);
  const int c = size_class_;
  this->~Buffer();
  give_block(c, this);
}

MemoryStats memory_stats() noexcept {
  return {system_allocations.load(), bytes_in_use.load(), peak_bytes.load()};
}

void reset_peak_memory() noexcept { peak_bytes = bytes_in_use.load(); }

}  // namespace copse::detail
