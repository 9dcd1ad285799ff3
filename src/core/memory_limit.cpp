#include "memory_limit.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>

#ifdef __linux__
#include <sys/sysinfo.h>
#endif

namespace copse::detail {
namespace {

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

#ifdef __linux__
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open(const std::string& path) { return {std::fopen(path.c_str(), "r"), &std::fclose}; }

// A file with one number. One without a limit says "max", which is no number.
std::int64_t number_in(const std::string& path) {
  const File file = open(path);
  long long number = 0;
  return file && std::fscanf(file.get(), "%lld", &number) == 1 && number > 0 ? number : unlimited;
}

// The limit of the control group and of all above it. Version 2 names the group in a line "0::/path", version
// 1 in "4:memory:/path".
std::int64_t control_group_limit() {
  std::int64_t limit = unlimited;
  const File file = open("/proc/self/cgroup");
  char line[4096];
  while (file && std::fgets(line, sizeof line, file.get())) {
    const std::string text = std::string(line).substr(0, std::string(line).find('\n'));
    const std::size_t first = text.find(':'), second = text.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = text.substr(first + 1, second - first - 1);
    std::string path = text.substr(second + 1);
    if (!controllers.empty() && controllers != "memory") continue;
    const std::string root = controllers.empty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    const std::string name = controllers.empty() ? "/memory.max" : "/memory.limit_in_bytes";
    if (path == "/") path.clear();
    for (;; path.erase(path.rfind('/'))) {
      limit = std::min(limit, number_in(root + path + name));
      if (path.rfind('/') == std::string::npos) break;
    }
  }
  return limit;
}

std::int64_t measured() noexcept {
  try {
    struct sysinfo info;
    std::int64_t limit = unlimited;
    if (sysinfo(&info) == 0)
      limit = static_cast<std::int64_t>(info.totalram + info.totalswap) *
              static_cast<std::int64_t>(info.mem_unit);
    return std::min(limit, control_group_limit());
  } catch (const std::exception&) {
    return unlimited;
  }
}
#else
std::int64_t measured() noexcept { return unlimited; }
#endif

}  // namespace

std::int64_t memory_limit() noexcept {
  static const std::int64_t limit = measured();
  return limit;
}

}  // namespace copse::detail
