// A user of the whole library.
#include <copse/core/shape.hpp>
#include <copse/core/version.hpp>

#include <cstdio>

int main() {
  const copse::Shape shape{2, 3};
  std::printf("copse %d.%d.%d\n", copse::version_major, copse::version_minor, copse::version_patch);
  return shape.size() == 2 ? 0 : 1;
}
