// One format for libFuzzer: COPSE_FUZZ_TARGET is its name.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const fuzz::Target& target : fuzz::targets()) {
    if (std::string_view(target.name) != COPSE_FUZZ_TARGET) continue;
    (void)fuzz::check(target, {reinterpret_cast<const char*>(data), size});
    return 0;
  }
  std::abort();
}
