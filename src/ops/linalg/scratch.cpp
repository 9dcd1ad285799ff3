#include <cstdlib>
#include <new>

#include "core/lifetime.hpp"
#include "gemm.hpp"

namespace copse::gemm {
namespace {

struct Block {
  void* data = nullptr;
  std::size_t size = 0;
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { std::free(data); }
};

}  // namespace

// Threads keep their memory: asking for it at every small product would cost more than the product.
void* scratch(std::size_t bytes) {
  Block& block = detail::per_thread<Block>();
  if (block.size < bytes) {
    std::free(block.data);
    block.size = 0;
    const std::size_t rounded = (bytes + 4095) / 4096 * 4096;
    block.data = std::aligned_alloc(64, rounded);
    if (!block.data) throw std::bad_alloc();
    block.size = rounded;
  }
  return block.data;
}

}  // namespace copse::gemm
