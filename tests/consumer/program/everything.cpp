// A user of the whole library: a small tree, its gradient, and a compiled step.
#include <copse/core/version.hpp>
#include <copse/ops/create.hpp>
#include <copse/ops/elementwise.hpp>
#include <copse/ops/reduce.hpp>
#include <copse/transform/grad.hpp>
#include <copse/transform/jit.hpp>
#include <copse/tree.hpp>

#include <cmath>
#include <cstdio>

struct Line {
  copse::Array slope = 2.0f;
  copse::Array offset = 1.0f;
};

int main() {
  using namespace copse;
  const auto loss = [](const Tree<Line>& line, const Array& x, const Array& y) {
    return mean(square(line->slope * x + line->offset - y));
  };
  const auto step = jit([&](const Tree<Line>& line, const Array& x, const Array& y) {
    const auto gradient = grad(loss)(line, x, y);
    return map([](const Array& value, const Array& slope) { return value - 0.1f * slope; }, line, gradient);
  });

  const auto x = array({0.0f, 1.0f, 2.0f});
  const auto y = array({1.0f, 4.0f, 7.0f});
  Tree line{Line{}};
  for (int i = 0; i < 500; ++i) line = step(line, x, y);
  std::printf("copse %d.%d.%d: slope %.4f\n", version_major, version_minor, version_patch,
              line->slope.item<float>());
  return std::abs(line->slope.item<float>() - 3.0f) < 1e-3f ? 0 : 1;
}
