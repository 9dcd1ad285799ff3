#include "check.hpp"

using namespace copse;
using metrics::Accuracy;
using metrics::Average;
using metrics::Mode;
using test::close;
using test::has;
using test::message;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
const Array three = array({{.1f, .9f, 0.0f}, {.3f, .1f, .6f}, {.2f, .5f, .3f}});

Array value(const Accuracy& metric, const Array& preds, const Array& target,
            const Array& sample_weight = {}) {
  return Metric{metric}.update(preds, target, sample_weight).compute();
}

}  // namespace

TEST_CASE("accuracy of labels and of scores") {
  const Array target = reshape(arange(10), {1, 1, 1, 10});
  Array preds = at(arange(10), 3).set(0);
  preds = reshape(at(preds, 5).set(0), {1, 1, 1, 10});
  close(value({}, preds, target), {.8});
  CHECK(value({}, preds, target).dtype() == DType::float32);
  const Array logits = array(
      {{5.0f, 1.0f, 0.0f}, {0.0f, 5.0f, 1.0f}, {0.0f, 1.0f, 5.0f}, {5.0f, 1.0f, 1.0f}, {1.0f, 0.0f, 2.0f}});
  close(value({}, logits, array({0, 1, 2, 0, 1})), {.8});
  close(value({}, logits, array({{0}, {1}, {2}, {0}, {1}})), {.8});  // a column of labels
  close(value({}, expand_dims(logits, 0), expand_dims(array({0, 1, 2, 0, 1}), 0)), {.8});
  for (const DType dtype : {DType::uint8, DType::int64, DType::bool_})
    close(value({}, array({{1.0f, 0.0f}, {0.0f, 1.0f}}), astype(array({0, 1}), dtype)), {1});
}

TEST_CASE("accuracy over batches") {
  Metric accuracy{Accuracy{}};
  const Array logits = array({{4.0f, 1.0f}, {0.0f, 3.0f}, {2.0f, 1.0f}});
  accuracy = accuracy.update(logits, array({0, 1, 1})).update(logits, array({0, 1, 0}));
  close(accuracy.compute(), {5.0 / 6});
  close(accuracy.update(zeros({0, 2}), zeros({0}, DType::int32)).compute(), {5.0 / 6});
  CHECK(std::isnan(accuracy.reset().compute().item<float>()));
}

TEST_CASE("averages of accuracy") {
  const Array preds = array({0, 1, 0}), target = array({0, 1, 1});
  close(value({.num_classes = 3, .average = Average::macro}, preds, target), {.75});
  close(value({.num_classes = 3}, preds, target), {2.0 / 3});
  close(value({.num_classes = 3, .average = Average::weighted}, preds, target), {2.0 / 3});
  close(value({.num_classes = 3, .average = Average::none}, preds, target), {1, .5, unknown});
  close(value({.average = Average::macro}, one_hot(preds, 3), target), {.75});
  CHECK(has(message<ValueError>([&] { (void)value({.average = Average::macro}, preds, target); }),
            "num_classes"));
}

TEST_CASE("accuracy of the best k") {
  const Array target = array({0, 1, 2});
  close(value({.top_k = 2}, three, target), {2.0 / 3});
  close(value({.top_k = 2}, expand_dims(three, 0), expand_dims(target, 0)), {2.0 / 3});
  close(value({.average = Average::none, .top_k = 2}, three, target), {1, 0, 1});
  CHECK(has(message<ValueError>([&] { (void)value({.top_k = 3}, three, target); }),
            "top_k must be in 1 ... classes - 1"));
  CHECK(has(message<ValueError>([&] { (void)value({.top_k = 2}, target, target); }), "top_k wants scores"));
  CHECK(has(message<ValueError>([&] { (void)value({.top_k = 1, .mode = Mode::binary}, target, target); }),
            "top_k"));
}

TEST_CASE("accuracy of decisions") {
  const Array scores = array({.2f, .5f, .7f, .4f}), target = array({0, 1, 0, 1});
  close(value({.mode = Mode::binary}, scores, target), {.5});
  close(value({.threshold = .3, .mode = Mode::binary}, scores, target), {.75});
  close(value({.mode = Mode::binary}, expand_dims(scores, 1), target), {.5});
  close(value({.average = Average::macro, .mode = Mode::binary}, scores, target), {.5});
  const Array many = array({{.9f, .1f}, {.8f, .7f}, {.2f, .3f}}), labels = array({{1, 0}, {1, 0}, {0, 1}});
  close(value({.mode = Mode::multilabel}, many, labels), {4.0 / 6});
  close(value({.average = Average::none, .mode = Mode::multilabel}, many, labels), {1, 1.0 / 3});
  close(value({.average = Average::macro, .mode = Mode::multilabel}, many, labels), {2.0 / 3});
  close(value({.average = Average::weighted, .mode = Mode::multilabel}, many, labels), {(2 + 1.0 / 3) / 3});
  close(value({.subset_accuracy = true, .mode = Mode::multilabel}, many, labels), {1.0 / 3});
  close(value({.subset_accuracy = true}, array({{0, 1}, {1, 1}}), array({{0, 1}, {0, 1}})), {.5});
}

TEST_CASE("a class that does not count") {
  const Array preds = array({0, 1, 0, 2}), target = array({0, 1, 1, 0});
  close(value({.ignore_index = 0}, preds, target), {.5});
  close(value({.ignore_index = -1}, preds, array({0, -1, -1, 0})), {.5});
  close(value({.num_classes = 3, .average = Average::macro, .ignore_index = 0}, preds, target), {.5});
  close(value({.num_classes = 3, .average = Average::none, .ignore_index = 0}, preds, target),
        {unknown, .5, unknown});
  const Array many = array({{.9f, .1f}, {.8f, .7f}, {.2f, .3f}}), labels = array({{1, 0}, {1, 0}, {0, 1}});
  close(value({.ignore_index = 1, .mode = Mode::multilabel}, many, labels), {1});
  close(value({.ignore_index = 1, .subset_accuracy = true, .mode = Mode::multilabel}, many, labels), {1});
}

TEST_CASE("weights of accuracy") {
  const Array preds = array({0, 1, 0, 2}), target = array({0, 1, 1, 0});
  close(value({}, preds, target, array({1.0f, .5f, .25f, .25f})), {.75});
  close(value({.num_classes = 3, .average = Average::none}, preds, target, array({1.0f, .5f, .5f, 3.0f})),
        {.25, .5, 0});
  close(value({.mode = Mode::binary}, array({.9f, .1f}), array({1, 1}), array({3, 1})), {.75});
  close(value({}, array({{0, 1}, {1, 1}}), array({{0, 1}, {0, 0}}), array({3, 1})), {.75});
  CHECK(has(message<ShapeError>([&] {
              (void)value({}, preds, target, array({1, 1}));
            }),
            "Accuracy: sample_weight"));
}

TEST_CASE("accuracy is compiled once and gives the same") {
  const Metric micro{Accuracy{}}, macro{Accuracy{.num_classes = 3, .average = Average::macro}};
  const Array target = array({0, 1, 1});
  CHECK(test::compiled_update(micro, three, target) == micro.update(three, target));
  const auto first = macro.update(three, target);
  CHECK(test::compiled_update(first, three, target) == first.update(three, target));
  const Metric best{Accuracy{.top_k = 2}};
  CHECK(test::compiled_update(best, three, target) == best.update(three, target));
  const Metric labels{Accuracy{.average = Average::weighted, .mode = Mode::multilabel}};
  const auto started = labels.update(three, one_hot(target, 3, DType::int32));
  CHECK(test::compiled_update(started, three, one_hot(target, 3, DType::int32)) ==
        started.update(three, one_hot(target, 3, DType::int32)));
}

TEST_CASE("what accuracy refuses") {
  CHECK(has(message<DTypeError>([&] { (void)value({}, three, zeros({3})); }),
            "integer labels, got float32(3,)"));
  CHECK(has(message<ShapeError>([&] { (void)value({}, three, array({0, 1})); }), "labels (2,)"));
  CHECK(has(message<ShapeError>([&] {
              (void)value({}, array({.1f, .9f}), array({0, 1}));
            }),
            "mode = binary"));
  CHECK(has(message<ShapeError>([&] {
              (void)value({}, array({0, 1, 1}), array({0, 1}));
            }),
            "predicted labels"));
  CHECK(has(message<ShapeError>([&] {
              (void)value({.num_classes = 4}, three, array({0, 1, 2}));
            }),
            "num_classes is 4"));
  CHECK(has(message<ShapeError>([&] {
              (void)value({.mode = Mode::binary}, three, array({0, 1, 2}));
            }),
            "equal shapes"));
}
