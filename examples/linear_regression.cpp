// Linear regression, twice: by hand with a gradient and a compiled step, and with a trainer.
// test:
//
// The data are a line with noise. Its slope and offset are found again, and compared with the exact solution
// of the least-squares problem. Writes linear_regression.svg.
#include <copse/copse.hpp>

#include <cstdio>

using namespace copse;

// A model is a plain struct. Parameters are what training changes; the call operator says what the model
// computes.
struct Line {
  Parameter slope = 0.0f;
  Parameter offset = 0.0f;

  Array operator()(const Array& x) const { return slope * x + offset; }
};

// By hand: a loss, its gradient (a Line, too), and a step that is compiled when it is first called.
Module<Line> fit_by_hand(const Array& x, const Array& y) {
  auto loss = [](const Module<Line>& line, const Array& in, const Array& target) {
    return mean(square(line(in) - target));
  };
  auto step = jit([&](const Module<Line>& line, const Array& in, const Array& target) {
    return map([](const Array& p, const Array& d) { return p - 0.1f * d; }, line,
               grad(loss)(line, in, target));
  });
  Module line{Line{}};
  for (int i = 0; i < 200; ++i) line = step(line, x, y);
  return line;
}

// With a trainer, which does the same in batches, and reports.
Module<Line> fit_with_trainer(const Array& x, const Array& y) {
  Trainer trainer{Line{}, {.optimizer = optim::adam(0.05), .losses = {losses::MeanSquaredError{}}}};
  trainer.fit(x, y, {.epochs = 60, .batch_size = 50, .verbose = 0});
  return Module<Line>{*trainer.state()};
}

int main() {
  const auto [first, second] = random::split<2>(random::key(0));
  const Array x = random::uniform(first, {200, 1}, -1.0f, 2.0f);
  const Array y = 1.5f * x - 0.7f + 0.2f * random::normal(second, {200, 1});

  const Array exact = linalg::lstsq(concatenate({x, ones({200, 1})}, 1), y).x;
  const auto by_hand = fit_by_hand(x, y), trained = fit_with_trainer(x, y);
  std::printf("least squares: %.4f x %+.4f\n", exact.item<float>({0, 0}), exact.item<float>({1, 0}));
  std::printf("by hand:       %.4f x %+.4f\n", by_hand->slope->item<float>(), by_hand->offset->item<float>());
  std::printf("trainer:       %.4f x %+.4f\n", trained->slope->item<float>(), trained->offset->item<float>());

  const Array at = linspace(-1.0f, 2.0f, 50);
  io::save_plot("linear_regression.svg",
                {{"data", ravel(x), ravel(y), io::Mark::points}, {"fitted line", at, trained(at)}},
                {.title = "Linear regression", .x = "x"});

  const auto distance = [&](const Module<Line>& line) {
    return std::hypot(line->slope->item<float>() - exact.item<float>({0, 0}),
                      line->offset->item<float>() - exact.item<float>({1, 0}));
  };
  std::printf(
      "distance from the exact solution: %.6f by hand (wanted: < 0.001), %.4f trained (wanted: < 0.02)\n",
      distance(by_hand), distance(trained));
  return distance(by_hand) < 0.001 && distance(trained) < 0.02 ? 0 : 1;
}
