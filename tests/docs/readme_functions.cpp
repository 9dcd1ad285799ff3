// The program of the README, as it stands there.
#include <copse/copse.hpp>

using namespace copse;

struct Line {
  Parameter w = 2.0f;
  Parameter b = 1.0f;
  int degree = 1;  // static: part of the structure

  Array operator()(const Array& x) const { return w * power(x, degree) + b; }
};

int main() {
  auto loss = [](const Module<Line>& line, const Array& x, const Array& t) {
    return mean(square(line(x) - t));
  };
  auto x = array({1.0f, 2.0f, 3.0f}), t = array({2.0f, 4.0f, 6.0f});

  Module line{Line{}};
  auto other = line.replace<&Line::degree>(2);                // a new tree; the old one is untouched
  auto [value, gradient] = value_and_grad(loss)(line, x, t);  // the gradient is a Module<Line>, too
  auto each = vmap(grad(loss), {.in_axes = {std::nullopt, 0, 0}})(line, x, t);  // one for each example

  auto step =
      jit([&](const Module<Line>& m, const Array& in, const Array& target) {  // compiled once, run often
        return map([](const Array& p, const Array& d) { return p - 0.1f * d; }, m, grad(loss)(m, in, target));
      });
  for (int i = 0; i < 1000; ++i) line = step(line, x, t);
  return std::abs(line->w->item<float>() - 2.0f) < 1e-3f && other->degree == 2 ? 0 : 1;
}
