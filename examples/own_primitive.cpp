// An operation of one's own: the recurrence y[t] = a[t] * y[t-1] + x[t], a part of filters.
// test:
// link: copse::copse copse::testing
//
// As a scan it is one step after the other, each an operation on few numbers. As a primitive it is a loop in
// C++, and a few rules make it like any other operation: it can be differentiated in any order and direction,
// vectorised and compiled. Compares both. docs/extending.md says more about rules.
#include <copse/copse.hpp>
#include <copse/testing.hpp>

#include <chrono>
#include <cstdio>

using namespace copse;

// y[t] = a[t] * y[t-1] + x[t] along the first axis of (time, channels), from y[-1] = 0. Backwards it begins
// at the end.
struct Recurrence final : Primitive {
  explicit Recurrence(bool b) : backwards(b) {}
  const bool backwards;

  std::string_view name() const override { return "recurrence"; }

  // The type of the result, from those of the operands.
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    if (in[0].shape != in[1].shape || in[0].shape.size() != 2)
      throw ShapeError("recurrence: got " + to_string(in[0]) + " and " + to_string(in[1]) +
                       ", wanted two of (time, channels)");
    if (in[0].dtype != DType::float32 || in[1].dtype != DType::float32)
      throw DTypeError("recurrence: wants float32");
    out[0] = {in[0].shape, DType::float32, false};
  }

  // What runs. All that the types decide is decided here, once.
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype>,
                                  std::span<const ShapeDtype> out) const override {
    const std::int64_t time = out[0].shape[0], channels = out[0].shape[1];
    return make_kernel([time, channels, back = backwards](const void* const* from, void* const* to) {
      const float *a = static_cast<const float*>(from[0]), *x = static_cast<const float*>(from[1]);
      float* y = static_cast<float*>(to[0]);
      const std::int64_t step = back ? -channels : channels;
      for (std::int64_t t = 0; t < time; ++t) {
        const std::int64_t at = (back ? time - 1 - t : t) * channels;
        for (std::int64_t c = at; c < at + channels; ++c) y[c] = x[c] + (t == 0 ? 0.0f : a[c] * y[c - step]);
      }
    });
  }

  // The gradient, in public operations: of x it is the recurrence the other way round, each step with the
  // factor of the next one; of a it is that times the y before.
  std::vector<Array> vjp(const VjpCall& call) const override {
    const Array &a = call.inputs[0], &y = call.outputs[0];
    const Array of_x =
        bind(std::make_shared<const Recurrence>(!backwards), shifted(a, !backwards), call.cotangents[0]);
    return {of_x * shifted(y, backwards), of_x};
  }

  // Under vmap the new axis comes first: its sequences are more channels.
  BatchResult batch(const BatchCall& call) const override {
    const Shape shape = call.inputs[0].shape();
    const auto wide = [&](const Array& v) {
      return reshape(swapaxes(v, 0, 1), {shape[1], shape[0] * shape[2]});
    };
    const Array y =
        bind(std::make_shared<const Recurrence>(backwards), wide(call.inputs[0]), wide(call.inputs[1]));
    return swapaxes(reshape(y, {shape[1], shape[0], shape[2]}), 0, 1);
  }

  // Equal calls are done once.
  bool same(const Primitive& other) const override {
    const auto* o = dynamic_cast<const Recurrence*>(&other);
    return o && o->backwards == backwards;
  }

  // The values one step before, in the direction of a recurrence, and 0 at its start.
  static Array shifted(const Array& v, bool back) {
    const std::int64_t n = v.shape(0);
    return back ? pad(v[Slice{1, n}], {{0, 1}, {0, 0}}) : pad(v[Slice{0, n - 1}], {{1, 0}, {0, 0}});
  }
};

Array recurrence(const Array& a, const Array& x) {
  static const auto primitive = std::make_shared<const Recurrence>(false);
  return bind(primitive, a, x);
}

Array by_scan(const Array& a, const Array& x) {
  auto step = [](const Array& y, const std::pair<Array, Array>& in) {
    const Array next = in.first * y + in.second;
    return std::pair{next, next};
  };
  return scan(step, zeros({x.shape(1)}), std::pair{a, x}).second;
}

template <class F>
double milliseconds(const F& f) {
  f();  // compiles
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) f();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count() / 20;
}

int main() {
  const auto [first, second] = random::split<2>(random::key(0));
  const Array a = random::uniform(first, {4000, 16}, 0.5f, 1.0f), x = random::normal(second, {4000, 16});
  auto loss = [](auto f) { return [f](const Array& p, const Array& q) { return mean(square(f(p, q))); }; };
  auto of_scan = jit(grad<0, 1>(loss(by_scan))), of_ours = jit(grad<0, 1>(loss(recurrence)));
  const auto [a1, x1] = of_scan(a, x);
  const auto [a2, x2] = of_ours(a, x);
  const float difference =
      maximum(max(abs(a1 - a2)) / max(abs(a1)), max(abs(x1 - x2)) / max(abs(x1))).item<float>();

  // All at once: derivatives forwards and backwards, of a function that is mapped, against differences.
  const auto f = [](const std::vector<Array>& in) { return sum(sin(vmap(recurrence)(in[0], in[1]))); };
  const std::string wrong =
      testing::check_gradients(f, {random::normal(first, {2, 5, 3}), random::normal(second, {2, 5, 3})},
                               {.relative = 1e-2, .absolute = 1e-3, .step = 1e-2});

  std::printf("gradient of 4000 steps: %.2f ms by scan, %.2f ms by the primitive\n",
              milliseconds([&] { of_scan(a, x); }), milliseconds([&] { of_ours(a, x); }));
  std::printf("difference of their gradients: %.1e (wanted: < 1e-4) %s\n", difference, wrong.c_str());
  return difference < 1e-4f && wrong.empty() ? 0 : 1;
}
