// Tests of the model: shapes, derivatives, learning, files. Ends with status 0 if all hold.
#include <copse/testing.hpp>

#include <cstdio>
#include <string>

#include "data.hpp"
#include "model.hpp"

using namespace copse;

int failures = 0;

void check(bool ok, const std::string& what) {
  std::printf("%s: %s\n", ok ? "ok" : "FAILED", what.c_str());
  if (!ok) ++failures;
}

int main() {
  const Batch data = moons::make(random::key(0), 500);
  check(data.inputs.shape() == Shape{500, 2} && data.labels.shape() == Shape{500}, "shapes of the data");

  const Module model = Module{moons::Classifier{}}.init(random::key(1), data.inputs);
  check(model.eval()(data.inputs).shape() == Shape{500, 2}, "shape of the logits");
  bool refused = false;
  try {
    (void)model.eval()(ones({500, 3}));
  } catch (const ShapeError&) {
    refused = true;
  }
  check(refused, "inputs of another width are refused");

  // A layer of one's own has the right derivatives: against differences, in float64.
  const auto layer = [](const std::vector<Array>& in) {
    return Module{moons::Affine{.gain = in[0], .shift = in[1]}}(in[2]);
  };
  const auto [a, b, c] = random::split<3>(random::key(2));
  const std::string wrong = testing::check_gradients(
      layer, {random::normal(a, {3}, DType::float64), random::normal(b, {3}, DType::float64),
              random::normal(c, {4, 3}, DType::float64)});
  check(wrong.empty(), "derivatives of Affine " + wrong);

  // It can learn: a few epochs on the same points.
  Trainer trainer{moons::Classifier{}, {.optimizer = optim::adam(1e-2), .losses = {losses::CrossEntropy{}}}};
  const History history = trainer.fit(data.inputs, data.labels, {.epochs = 5, .verbose = 0});
  check(history["loss"].back() < 0.5 * history["loss"].front(), "the loss is halved in five epochs");

  const Module<moons::Classifier> trained{*trainer.state()};
  io::save("test_model.safetensors", trained);
  const auto restored = io::load("test_model.safetensors", model);
  check(array_equal(restored.eval()(data.inputs), trained.eval()(data.inputs)),
        "a saved model gives the same");
  return failures == 0 ? 0 : 1;
}
