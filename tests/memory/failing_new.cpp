#include "failing_new.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace failing_new {
namespace {

std::atomic<bool> active{false}, lasting_{false}, has_failed{false};
std::atomic<std::int64_t> left{0};
std::atomic<std::size_t> least{0};

bool refuses(std::size_t bytes) {
  if (!active.load(std::memory_order_relaxed) || bytes < least) return false;
  const std::int64_t now = left.fetch_sub(1);
  const bool fails = lasting_ ? now <= 1 : now == 1;
  if (fails) has_failed = true;
  return fails;
}

}  // namespace

void begin(std::int64_t n, std::size_t bytes, bool lasting) {
  left = n;
  least = bytes;
  lasting_ = lasting;
  has_failed = false;
  active = true;
}

bool end() {
  active = false;
  return has_failed;
}

void* get(std::size_t bytes, std::size_t alignment) {
  if (refuses(bytes)) return nullptr;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(bytes ? bytes : 1);
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

void* get_or_throw(std::size_t bytes, std::size_t alignment) {
  if (void* const block = get(bytes, alignment)) return block;
  throw std::bad_alloc();
}

}  // namespace failing_new

using failing_new::get;
using failing_new::get_or_throw;

void* operator new(std::size_t n) { return get_or_throw(n, 1); }
void* operator new[](std::size_t n) { return get_or_throw(n, 1); }
void* operator new(std::size_t n, std::align_val_t a) { return get_or_throw(n, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t n, std::align_val_t a) {
  return get_or_throw(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return get(n, 1); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return get(n, 1); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { std::free(p); }
