#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "isa.hpp"

namespace copse::isa {

Level level() {
  static const Level chosen = [] {
    Level best = Level::baseline;
#if defined(__x86_64__) && !defined(COPSE_ISA_ONLY_BASELINE)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) best = Level::avx2;
    if (best == Level::avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
      best = Level::avx512;
#endif
    const char* wanted = std::getenv("COPSE_ISA");
    const std::string_view name = wanted ? wanted : "";
    if (name == "baseline") return Level::baseline;
    if (name == "avx2") return std::min(best, Level::avx2);
    return best;
  }();
  return chosen;
}

}  // namespace copse::isa
