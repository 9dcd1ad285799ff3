// Random choices, the same on every machine.
#pragma once

#include <cstdint>
#include <vector>

namespace random_programs {

/// splitmix64.
class Random {
 public:
  // Mixed, so that neighbours begin far apart.
  explicit Random(std::uint64_t seed) : state_(mixed(seed + 1)) {}

  std::uint64_t bits() { return mixed(state_ += 0x9e3779b97f4a7c15u); }
  /// A number in [0, count).
  int below(std::size_t count) { return static_cast<int>(bits() % count); }
  /// A number in [first, last].
  int between(int first, int last) { return first + below(static_cast<std::size_t>(last - first + 1)); }
  bool chance(double p) { return static_cast<double>(bits() >> 11) * 0x1p-53 < p; }
  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[static_cast<std::size_t>(below(all.size()))];
  }

 private:
  static std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace random_programs
