// The constants of nature from measurements: a pendulum is simulated, and the simulation is differentiated.
// test:
//
// The length of a pendulum and the friction of air are found from a hundred angles, measured with noise. The
// model is a simulation: a thousand steps in a scan. Writes physics_fit.svg.
#include <copse/copse.hpp>

#include <cstdio>

using namespace copse;

struct Pendulum {
  Parameter length = 1.0f;    // metres
  Parameter friction = 0.0f;  // 1 / s
  Parameter start = 1.0f;     // radians
  int steps = 1000;           // static: another number is another program
  float dt = 0.01f;           // seconds

  // The angles at all steps. The semi-implicit Euler method: the new speed moves the pendulum, which keeps
  // its energy.
  Array simulate() const {
    const Array gravity = 9.81f / length;
    auto step = [&](const std::pair<Array, Array>& state, const Array&) {
      const Array speed = state.second - dt * (gravity * sin(state.first) + friction * state.second);
      const Array angle = state.first + dt * speed;
      return std::pair{std::pair{angle, speed}, angle};
    };
    return scan(step, std::pair{start.get(), Array(0.0f)}, arange(steps)).second;
  }
};

int main() {
  const Tree truth{Pendulum{.length = 1.7f, .friction = 0.25f, .start = 2.2f}};
  const Array times = arange(0, 1000, 10), angles = truth->simulate();
  const Array measured = take(angles, times) + 0.1f * random::normal(random::key(0), {100});

  auto loss = [&](const Tree<Pendulum>& guess) {
    return mean(square(take(guess->simulate(), times) - measured));
  };
  Tree guess{Pendulum{.length = 1.4f, .friction = 0.1f, .start = 2.0f}};
  const Array before = guess->simulate();
  optim::Optimizer optimizer = optim::Optimizer(optim::adam(optim::cosine_decay(0.03, 400))).init(guess);
  auto step = jit([&](const Tree<Pendulum>& at, const optim::Optimizer& state) {
    auto [value, gradient] = value_and_grad(loss)(at);
    return std::pair{value, state.step(gradient, at)};
  });
  for (int i = 0; i < 400; ++i) {
    const auto [value, next] = step(guess, optimizer);
    std::tie(guess, optimizer) = next;
    if (i % 100 == 0) std::printf("step %3d: mean squared error %.4f\n", i, value.item<float>());
  }

  const Array seconds = 0.01f * arange(1000);
  io::save_plot("physics_fit.svg",
                {{"measured", 0.01f * times, measured, io::Mark::points},
                 {"first guess", seconds, before},
                 {"fitted", seconds, guess->simulate()}},
                {.title = "Angle of a pendulum", .x = "seconds"});
  std::printf("length %.3f m (in truth 1.7), friction %.3f / s (0.25), start %.3f (2.2)\n",
              guess->length->item<float>(), guess->friction->item<float>(), guess->start->item<float>());
  const float error = std::abs(guess->length->item<float>() / 1.7f - 1.0f);
  std::printf("relative error of the length: %.4f (wanted: < 0.01)\n", error);
  return error < 0.01f ? 0 : 1;
}
