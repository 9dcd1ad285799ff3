#include "check.hpp"

using namespace copse;
using metrics::Average;
using metrics::Mode;
using metrics::Normalize;
using test::close;
using test::has;
using test::message;

namespace {

template <class M>
Array value(const M& metric, const Array& preds, const Array& target, const Array& sample_weight = {}) {
  return Metric{metric}.update(preds, target, sample_weight).compute();
}

const Array preds = array({0, 2, 1, 0, 0, 1}), target = array({0, 1, 2, 0, 1, 2});

}  // namespace

TEST_CASE("precision, recall and F1 of classes") {
  // scikit-learn's example of macro averages.
  close(value(metrics::Precision{.num_classes = 3, .average = Average::macro}, preds, target), {2.0 / 9});
  close(value(metrics::Recall{.num_classes = 3, .average = Average::macro}, preds, target), {1.0 / 3});
  close(value(metrics::F1{.num_classes = 3, .average = Average::macro}, preds, target), {.8 / 3});
  close(value(metrics::Precision{}, preds, target), {1.0 / 3});
  close(value(metrics::Precision{.num_classes = 3, .average = Average::none}, preds, target),
        {2.0 / 3, 0, 0});
  close(value(metrics::Recall{.num_classes = 3, .average = Average::none}, preds, target), {1, 0, 0});
  close(value(metrics::F1{.num_classes = 3, .average = Average::weighted}, preds, target), {.8 / 3});
  close(value(metrics::Precision{.num_classes = 4, .average = Average::none}, preds, target),
        {2.0 / 3, 0, 0, 0});
  close(value(metrics::Precision{.average = Average::none}, one_hot(preds, 3), target), {2.0 / 3, 0, 0});
}

TEST_CASE("precision, recall and F1 of decisions") {
  const Array scores = array({.9f, .8f, .3f, .6f, .5f}), truth = array({1, 0, 1, 1, 0});
  close(value(metrics::Precision{.mode = Mode::binary}, scores, truth), {.5});
  close(value(metrics::Recall{.mode = Mode::binary}, scores, truth), {2.0 / 3});
  close(value(metrics::F1{.mode = Mode::binary}, scores, truth), {4.0 / 7});
  close(value(metrics::Precision{.threshold = .55, .mode = Mode::binary}, scores, truth), {2.0 / 3});
  close(value(metrics::Precision{.mode = Mode::binary}, scores, truth, array({1.0f, 3.0f, 1.0f, 1.0f, 0.0f})),
        {.4});
  close(value(metrics::Precision{.mode = Mode::binary}, zeros({3}), array({1, 0, 1})), {0});
  const Array many = array({{.9f, .1f}, {.8f, .7f}, {.2f, .3f}}), labels = array({{1, 0}, {0, 0}, {0, 1}});
  close(value(metrics::Precision{.average = Average::none, .mode = Mode::multilabel}, many, labels), {.5, 0});
  close(value(metrics::Recall{.mode = Mode::multilabel}, many, labels), {.5});
}

TEST_CASE("counts grow over batches and are merged") {
  const Metric f1{metrics::F1{.num_classes = 3, .average = Average::macro}};
  const auto whole = f1.update(preds, target);
  const auto halves = f1.update(slice(preds, {0}, {2}), slice(target, {0}, {2}))
                          .update(slice(preds, {2}, {6}), slice(target, {2}, {6}));
  close(halves.compute(), {.8 / 3});
  CHECK(whole == halves);
  const auto a = f1.update(slice(preds, {0}, {2}), slice(target, {0}, {2})),
             b = f1.update(slice(preds, {2}, {6}), slice(target, {2}, {6}));
  CHECK(a.merge(b) == whole);
  CHECK(test::compiled_update(whole, preds, target) == whole.update(preds, target));
}

TEST_CASE("the confusion matrix") {
  const auto matrix = [](Normalize normalize) {
    return metrics::ConfusionMatrix{.num_classes = 3, .normalize = normalize};
  };
  const auto at = [](const metrics::ConfusionMatrix& m) { return Metric{m}.update(preds, target).compute(); };
  const Array counts = at(matrix(Normalize::none));
  CHECK(counts.dtype() == DType::int32);
  close(counts, {2, 0, 0, 1, 0, 1, 0, 2, 0});
  close(at(matrix(Normalize::target)), {1, 0, 0, .5, 0, .5, 0, 1, 0});
  close(at(matrix(Normalize::pred)), {2.0 / 3, 0, 0, 1.0 / 3, 0, 1, 0, 1, 0});
  close(at(matrix(Normalize::all)), {2.0 / 6, 0, 0, 1.0 / 6, 0, 1.0 / 6, 0, 2.0 / 6, 0});
  // What is out of range is left out.
  close(Metric{matrix(Normalize::none)}.update(array({0, 5, 1, -1}), array({0, 0, 7, 0})).compute(),
        {1, 0, 0, 0, 0, 0, 0, 0, 0});
  close(Metric{matrix(Normalize::target)}.update(one_hot(preds, 3), target).compute(),
        {1, 0, 0, .5, 0, .5, 0, 1, 0});
  close(Metric{matrix(Normalize::all)}.update(zeros({0, 3}), zeros({0}, DType::int32)).compute(),
        std::vector<double>(9, 0.0));
  const Metric start{matrix(Normalize::none)};
  CHECK(test::compiled_update(start, preds, target) == start.update(preds, target));
  CHECK(start.update(preds, target).merge(start.update(preds, target)).compute().item<int>({0, 0}) == 4);
  CHECK(has(message<ShapeError>([&] { (void)start.update(zeros({6, 4}), target); }), "num_classes is 3"));
}

TEST_CASE("the area under the curve") {
  const Metric auroc{metrics::AUROC{}};
  const Array scores = array({.1f, .4f, .35f, .8f}), truth = array({0, 0, 1, 1});
  close(auroc.update(scores, truth).compute(), {.75});
  close(auroc.update(array({.5f, .5f, .5f}), array({0, 1, 1})).compute(), {.5});
  close(auroc.update(slice(scores, {0}, {2}), slice(truth, {0}, {2}))
            .update(slice(scores, {2}, {4}), slice(truth, {2}, {4}))
            .compute(),
        {.75});
  const auto a = auroc.update(slice(scores, {0}, {1}), slice(truth, {0}, {1})),
             b = auroc.update(slice(scores, {1}, {4}), slice(truth, {1}, {4}));
  close(a.merge(b).compute(), {.75});
  close(auroc.update(scores, truth, array({1.0f, 3.0f, 1.0f, 1.0f})).compute(), {5.0 / 8});
  CHECK(std::isnan(auroc.compute().item<float>()));
  CHECK(std::isnan(auroc.update(scores, array({0, 0, 0, 0})).compute().item<float>()));
  const auto c = auroc.update(slice(scores, {0}, {2}), slice(truth, {0}, {2})),
             d = auroc.update(slice(scores, {2}, {4}), slice(truth, {2}, {4}));
  close(map([](const Array& x, const Array& y) { return stack({x, y}); }, c, d).aggregate().compute(), {.75});
}
