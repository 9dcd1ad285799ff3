#include "check.hpp"

using namespace copse;
using losses::CrossEntropy;
using test::close;
using test::has;
using test::message;

namespace {

const Array preds = array({{.6f, .4f}, {.4f, .6f}});
const Array ids = array({1, 0});
const Array dense = array({{0, 1}, {0, 0}});
const Array sample_weight = array({1.0f, 0.0f});

// Mean, with weights, sum, none, smoothed by .9.
void check_row(CrossEntropy loss, const Array& target, const std::vector<double>& wanted) {
  close(loss(preds, target), {wanted[0]}, 2e-6);
  close(loss(preds, target, sample_weight), {wanted[1]}, 2e-6);
  loss.reduction = Reduction::sum;
  close(loss(preds, target), {wanted[2]}, 2e-6);
  loss.reduction = Reduction::none;
  close(loss(preds, target), {wanted[3], wanted[4]}, 2e-6);
  loss.reduction = Reduction::sum_over_batch_size;
  loss.label_smoothing = 0.9;
  close(loss(preds, target), {wanted[5]}, 2e-6);
}

}  // namespace

TEST_CASE("cross entropy of logits and of probabilities") {
  check_row({}, ids, {.798139, .399069, 1.596278, .798139, .798139, .708139});
  check_row({.from_logits = false}, ids, {.916291, .458145, 1.832581, .916291, .916291, .733831});
  check_row({}, dense, {.399069, .399069, .798139, .798139, 0, .668232});
  check_row({.from_logits = false}, dense, {.458145, .458145, .916291, .916291, 0, .688017});
  check_row({.binary = true}, dense, {.875252, .387626, 1.750503, .775252, .975252, .740252});
  check_row({.from_logits = false, .binary = true}, dense,
            {.814925, .458145, 1.629849, .916291, .713558, .723695});
}

TEST_CASE("cross entropy of probabilities that are zero") {
  const Array p = array({{.05f, .95f, 0.0f}, {.1f, .8f, .1f}}), labels = array({1, 2});
  CrossEntropy loss{.from_logits = false};
  close(loss(p, labels), {1.17694}, 1e-5);
  close(loss(p, labels, array({.3f, .7f})), {.813599}, 1e-5);
  loss.reduction = Reduction::none;
  close(loss(p, labels), {.05129, 2.30259}, 1e-5);
  loss.reduction = Reduction::sum;
  close(loss(p, labels), {2.35388}, 1e-5);
}

TEST_CASE("cross entropy as a function gives values") {
  CHECK(losses::cross_entropy(preds, ids).shape() == Shape{2});
  CHECK(losses::cross_entropy(zeros({2, 3, 4}), zeros({2, 3}, DType::int32)).shape() == Shape{2, 3});
  close(losses::cross_entropy(zeros({1, 4}), zeros({1}, DType::int32)), {std::log(4.0)});
}

TEST_CASE("labels may have any integer dtype") {
  for (const DType dtype : {DType::uint8, DType::uint32, DType::int32, DType::int64})
    close(CrossEntropy{}(preds, astype(ids, dtype)), {.798139}, 2e-6);
}

TEST_CASE("labels out of range give nan") {
  const Array values = losses::cross_entropy(zeros({4, 3}), array({0, 3, -1, 2}));
  CHECK(!std::isnan(values.item<float>({0})));
  CHECK(std::isnan(values.item<float>({1})));
  CHECK(std::isnan(values.item<float>({2})));
  CHECK(!std::isnan(values.item<float>({3})));
}

TEST_CASE("cross entropy of large logits is finite") {
  const Array large = array({{1e4f, 0.0f}, {-1e4f, 1e4f}, {3e38f, 3e38f}});
  close(losses::cross_entropy(large, array({0, 0, 1})), {0, 2e4, std::log(2.0)}, 1e-3);
  close(losses::cross_entropy(array({{1e4f, -1e4f}}), array({{1.0f, 0.0f}}), true, true), {0}, 1e-6);
}

TEST_CASE("bfloat16 logits give a float32 loss") {
  const Array value = CrossEntropy{}(astype(preds, DType::bfloat16), ids);
  CHECK(value.dtype() == DType::float32);
  close(value, {.798139}, 2e-3);
  CHECK(test::gradient([&](const Array& p) { return CrossEntropy{}(p, ids); }, astype(preds, DType::bfloat16))
            .dtype() == DType::bfloat16);
}

TEST_CASE("cross entropy of nothing") {
  CHECK(losses::cross_entropy(zeros({0, 3}), zeros({0}, DType::int32)).shape() == Shape{0});
  CHECK(CrossEntropy{.reduction = Reduction::sum}(zeros({0, 3}), zeros({0}, DType::int32)).item<float>() ==
        0);
  close(losses::cross_entropy(zeros({3}), full({}, 1)), {std::log(3.0)});
}

TEST_CASE("gradients of cross entropy") {
  const Array x = astype(array({{.3f, -1.2f, 2.0f}, {.5f, .1f, -.4f}}), DType::float64);
  const Array labels = array({2, 0});
  const Array soft = astype(array({{.2f, .3f, .5f}, {.6f, .4f, 0.0f}}), DType::float64);
  const Array probabilities = astype(array({{.2f, .3f, .5f}, {.6f, .3f, .1f}}), DType::float64);
  for (const double smoothing : {0.0, 0.2}) {
    for (const bool binary : {false, true}) {
      for (const bool from_logits : {true, false}) {
        const CrossEntropy loss{.from_logits = from_logits, .binary = binary, .label_smoothing = smoothing};
        for (const Array& target : {labels, soft}) {
          if (binary && target.ndim() == 1) continue;
          const auto f = [&](const Array& p) { return loss(p, target); };
          const Array& at = from_logits ? x : probabilities;
          close(test::gradient(f, at), test::differences(f, at), 1e-6);
        }
      }
    }
  }
}

TEST_CASE("what cross entropy refuses") {
  const CrossEntropy loss;
  CHECK(has(message<ShapeError>([&] { (void)loss(preds, array({1, 0, 1})); }), "wants (2,)"));
  CHECK(has(message<ShapeError>([&] {
              (void)loss(preds, zeros({2, 3}));
            }),
            "CrossEntropy: target has the shape (2, 3)"));
  CHECK(has(message<ShapeError>([&] { (void)loss(Array(1.0f), Array(0)); }), "scalar"));
  // Labels with one class too few would broadcast into a wrong number.
  CHECK(has(message<ShapeError>([&] { (void)CrossEntropy{.binary = true}(preds, ids); }), "binary = true"));
  CHECK(has(message<DTypeError>([&] { (void)loss(preds, array({1.0f, 0.0f})); }), "must be integers"));
  CHECK(
      has(message<DTypeError>([&] { (void)loss(ids, ids); }), "preds must be floating-point, got int32(2,)"));
  CHECK(has(message<ShapeError>([&] {
              (void)loss(preds, ids, array({1.0f, 1.0f, 1.0f}));
            }),
            "sample_weight"));
}
