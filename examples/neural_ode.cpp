// A neural ordinary differential equation: the law of a motion is learned from a single path.
// test:
//
// A network says how fast a point moves where it is; its path is an integral, by the method of Runge and
// Kutta in a scan. The gradient comes in two ways, which are compared: through the steps of the scan, and by
// the adjoint method, which integrates backwards and keeps nothing of the way there (custom_vjp). Writes
// neural_ode.svg. R. T. Q. Chen et al.: Neural Ordinary Differential Equations, 2018.
#include <copse/copse.hpp>

#include <cstdio>

using namespace copse;

struct Speed {
  nn::MLP mlp{{64, 2}, copse::tanh};

  Array operator()(Scope& scope, const Array& x) { return mlp(scope, power(x, 3)); }
};
using Law = Module<Speed>;

// One step of the classical Runge-Kutta method for anything that can be added and scaled.
template <class F, class State>
State runge_kutta(const F& speed, const State& x, float dt) {
  auto moved = [&](const State& by, float h) {
    return map([&](const Array& a, const Array& b) { return a + h * b; }, x, by);
  };
  const State k1 = speed(x), k2 = speed(moved(k1, dt / 2)), k3 = speed(moved(k2, dt / 2)),
              k4 = speed(moved(k3, dt));
  return map([&](const Array& a, const Array& b, const Array& c, const Array& d,
                 const Array& e) { return a + dt / 6 * (b + 2.0f * c + 2.0f * d + e); },
             x, k1, k2, k3, k4);
}

constexpr int steps = 10;  // of the integration
constexpr float dt = 0.025f;

// Where points are after some time.
const auto flow = [](const Law& model, const Array& start) {
  auto step = [&](const Array& x, const Array&) {
    return std::pair{runge_kutta([&](const Array& at) { return model(at); }, x, dt), Array(0.0f)};
  };
  return scan(step, start, arange(steps)).first;
};

// What the adjoint method follows back in time: the place, the gradient with respect to it, and to the model.
struct Adjoint {
  Array x, gradient;
  Law of_model;
};

// The same with a gradient by the adjoint method.
const auto flow_adjoint = custom_vjp(
    flow,
    [](const Law& model, const Array& start) {
      const Array end = flow(model, start);
      return std::pair{end, std::pair{model, end}};
    },
    [](const std::pair<Law, Array>& kept, const Array& cotangent) {
      const Law& model = kept.first;
      auto backwards = [&](const Adjoint& at) {
        auto [speed, pullback] = vjp([](const Law& m, const Array& x) { return m(x); }, model, at.x);
        auto [of_model, of_x] = pullback(at.gradient);
        return Adjoint{-speed, of_x, of_model};
      };
      const Law nothing_yet = map([](const Array& p) { return zeros_like(p); }, model);
      auto step = [&](const Adjoint& at, const Array&) {
        return std::pair{runge_kutta(backwards, at, dt), Array(0.0f)};
      };
      const Adjoint end = scan(step, Adjoint{kept.second, cotangent, nothing_yet}, arange(steps)).first;
      return std::pair{end.of_model, end.gradient};
    });

int main() {
  // The truth: one path, which winds inwards. What is learned from are points and where they are ten steps
  // later.
  const Array law = array({{-0.1f, 2.0f}, {-2.0f, -0.1f}});
  auto step_of = [](auto speed) {
    return [speed](const Array& x, const Array&) { return std::pair{runge_kutta(speed, x, dt), x}; };
  };
  const Array first = array({{1.5f, 0.0f}});
  const Array path =
      scan(step_of([&](const Array& x) { return matmul(power(x, 3), law); }), first, arange(800)).second;
  const Array points = squeeze(path, {1});

  auto loss = [](auto by) {
    return [by](const Law& model, const Array& from, const Array& to) {
      return mean(square(by(model, from) - to));
    };
  };
  auto train_step = jit([&](const Law& model, const optim::Optimizer& optimizer, const Array& starts) {
    const Array from = take(points, starts, 0), to = take(points, starts + steps, 0);
    return optimizer.step(grad(loss(flow_adjoint))(model, from, to), model);
  });
  Law model = Law{Speed{}}.init(random::key(0), points);
  const int updates = 2000;
  optim::Optimizer optimizer = optim::Optimizer(optim::adam(optim::cosine_decay(1e-2, updates))).init(model);
  for (int i = 0; i < updates; ++i) {
    const Array starts = random::randint(random::fold_in(random::key(1), i), {128}, 0, 800 - steps);
    std::tie(model, optimizer) = train_step(model, optimizer, starts);
  }

  // Both gradients are the same, but for the error of the integration.
  const Array from = points[Slice{0, 790}], to = points[Slice{10, 800}] + 0.1f;
  const auto by_scan = grad(loss(flow))(model, from, to),
             by_adjoint = grad(loss(flow_adjoint))(model, from, to);
  float difference = 0, size = 0;
  for (const Array& each :
       leaves(map([](const Array& a, const Array& b) { return max(abs(a - b)); }, by_scan, by_adjoint)))
    difference = std::max(difference, each.item<float>());
  for (const Array& each : leaves(by_scan)) size = std::max(size, max(abs(each)).item<float>());

  // The whole path, from its first point alone.
  auto learned = step_of([&](const Array& x) { return model(x); });
  const Array again = squeeze(scan(learned, first, arange(800)).second, {1});
  io::save_plot("neural_ode.svg",
                {{"path", take(points, 0, 1), take(points, 1, 1), io::Mark::points},
                 {"learned", take(again, 0, 1), take(again, 1, 1)}},
                {.title = "Neural ODE", .width = 420, .height = 420});
  const float distance = mean(sqrt(sum(square(again - points), -1))).item<float>();
  std::printf("gradients by scan and adjoint differ by %.1e of their size (wanted: < 0.01)\n",
              difference / size);
  std::printf("mean distance of the learned path: %.3f (wanted: < 0.2)\n", distance);
  return distance < 0.2f && difference < 0.01f * size ? 0 : 1;
}
