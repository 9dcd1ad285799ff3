#include <limits>

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

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

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
        {2.0 / 3, 0, 0, unknown});
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
        std::vector<double>(9, unknown));
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

TEST_CASE("averages leave out classes that don't occur") {
  const Array labels = array({0, 1, 1, 0});
  const auto of = [](auto metric, const Array& p, const Array& t) {
    metric.num_classes = 5;
    metric.average = Average::macro;
    metric.reset();
    return value(metric, p, t);
  };
  close(of(metrics::F1{}, labels, labels), {1});
  close(of(metrics::Precision{}, labels, labels), {1});
  close(of(metrics::Recall{}, labels, labels), {1});
  close(of(metrics::Accuracy{}, labels, labels), {1});
  // One that is only predicted does occur (scikit-learn: f1_score(average="macro")).
  close(of(metrics::F1{}, array({0, 1, 4, 0}), labels), {(1 + 2.0 / 3 + 0) / 3});
  close(of(metrics::Precision{}, array({0, 1, 4, 0}), labels), {2.0 / 3});
  close(of(metrics::Recall{}, array({0, 1, 4, 0}), labels), {1.5 / 3});
  // A label does, whatever is predicted.
  const Array many = array({{.9f, .1f}, {.8f, .2f}}), truth = array({{1, 0}, {1, 0}});
  close(value(metrics::F1{.average = Average::macro, .mode = Mode::multilabel}, many, truth), {.5});
}

TEST_CASE("metrics of nothing are nan, before the first sample and after a reset") {
  const auto check = [](const auto& metric, const Array& p, const Array& t) {
    Metric m{metric};
    const auto nothing = [](const auto& x) { return all(isnan(x.compute())).template item<bool>(); };
    CHECK(nothing(m));
    CHECK(nothing(m.update(p, t, zeros(Shape{t.shape(0)}))));  // nothing that has a weight
    m = m.update(p, t);
    CHECK(!any(isnan(m.compute())).template item<bool>());
    CHECK(nothing(m.reset()));
  };
  const auto check_all = [&](auto mode, Average average, const Array& p, const Array& t) {
    check(metrics::Accuracy{.num_classes = 2, .average = average, .mode = mode}, p, t);
    check(metrics::F1{.num_classes = 2, .average = average, .mode = mode}, p, t);
    check(metrics::Precision{.num_classes = 2, .average = average, .mode = mode}, p, t);
    check(metrics::Recall{.num_classes = 2, .average = average, .mode = mode}, p, t);
  };
  for (const Average average : {Average::micro, Average::macro, Average::weighted}) {
    check_all(Mode::multiclass, average, array({0, 1}), array({0, 1}));
    check_all(Mode::binary, average, array({.9f, .1f}), array({1, 0}));
    check_all(Mode::multilabel, average, array({{.9f, .1f}, {.2f, .8f}}), array({{1, 0}, {0, 1}}));
  }
  check(metrics::AUROC{}, array({.9f, .1f}), array({1, 0}));
  for (const Normalize normalize : {Normalize::target, Normalize::pred, Normalize::all})
    check(metrics::ConfusionMatrix{.num_classes = 2, .normalize = normalize}, array({0, 1}), array({0, 1}));
  check(metrics::MeanSquaredError{}, array({0.0f, 1.0f}), array({0.0f, 1.0f}));
  check(metrics::MeanAbsoluteError{}, array({0.0f, 1.0f}), array({0.0f, 1.0f}));
  // Nothing positive is something.
  close(value(metrics::F1{.mode = Mode::binary}, array({.1f}), array({0})), {0});
}

TEST_CASE("what has weight 0 has no influence on any metric") {
  const float bad = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const Array weight = array({1.0f, 0.0f, 2.0f, 0.0f, 1.0f});
  const auto check = [&](const auto& metric, const Array& p, const Array& t, const Array& clean_p,
                         const Array& clean_t) {
    const Array got = value(metric, p, t, weight), wanted = value(metric, clean_p, clean_t, weight);
    close(got, wanted.to_vector<double>());
    CHECK(!any(isnan(got)).item<bool>());
    // Nor beside others, in another batch.
    const Metric before = Metric{metric}.update(clean_p, clean_t);
    close(before.update(p, t, zeros({5})).compute(), before.compute().template to_vector<double>());
  };
  const Array labels = array({0, -1, 1, 77, 1}), clean_labels = array({0, 0, 1, 1, 1});
  const Array scores = array({{.9f, .1f}, {bad, bad}, {.6f, .4f}, {inf, bad}, {.2f, .8f}});
  const Array clean_scores = array({{.9f, .1f}, {.5f, .5f}, {.6f, .4f}, {.1f, .9f}, {.2f, .8f}});
  for (const Average average : {Average::micro, Average::macro, Average::weighted, Average::none}) {
    check(metrics::Accuracy{.average = average}, scores, labels, clean_scores, clean_labels);
    check(metrics::F1{.average = average}, scores, labels, clean_scores, clean_labels);
    check(metrics::Precision{.average = average}, scores, labels, clean_scores, clean_labels);
    check(metrics::Recall{.average = average}, scores, labels, clean_scores, clean_labels);
    const Array flat = clean_labels;
    check(metrics::F1{.num_classes = 2, .average = average}, array({0, -5, 0, 9, 1}), labels,
          array({0, 0, 0, 1, 1}), flat);
  }
  check(metrics::ConfusionMatrix{}, scores, labels, clean_scores, clean_labels);
  const Array numbers = array({.9f, bad, .6f, inf, .2f}), clean = array({.9f, .5f, .6f, .1f, .2f});
  check(metrics::AUROC{}, numbers, array({1, -1, 0, 3, 1}), clean, array({1, 0, 0, 1, 1}));
  check(metrics::Accuracy{.mode = Mode::binary}, numbers, array({1, -1, 0, 3, 1}), clean,
        array({1, 0, 0, 1, 1}));
  check(metrics::F1{.mode = Mode::binary}, numbers, array({1, -1, 0, 3, 1}), clean, array({1, 0, 0, 1, 1}));
  check(metrics::MeanSquaredError{}, numbers, array({1.0f, bad, 0.0f, bad, 1.0f}), clean,
        array({1.0f, 0.0f, 0.0f, 1.0f, 1.0f}));
  check(metrics::MeanAbsoluteError{}, numbers, array({1.0f, bad, 0.0f, bad, 1.0f}), clean,
        array({1.0f, 0.0f, 0.0f, 1.0f, 1.0f}));
  close(Metric{metrics::Mean{}}.update(numbers, weight).compute(), {(.9 + 1.2 + .2) / 4});
  close(Metric{metrics::Sum{}}.update(numbers, weight).compute(), {.9 + 1.2 + .2});
}

TEST_CASE("targets that do not count, in every classification metric") {
  // As if they were not there.
  const Array p = array({0, 2, 1, 0, 2, 1}), t = array({0, 9, 1, 9, 1, 2}), kept_p = array({0, 1, 2, 1}),
              kept_t = array({0, 1, 1, 2});
  const auto check = [](auto metric, const Array& preds, const Array& targets, const Array& some,
                        const Array& of) {
    auto ignoring = metric;
    ignoring.ignore_index = 9;
    close(value(ignoring, preds, targets), value(metric, some, of).template to_vector<double>());
  };
  for (const Average average : {Average::micro, Average::macro, Average::weighted, Average::none}) {
    check(metrics::Accuracy{.num_classes = 3, .average = average}, p, t, kept_p, kept_t);
    check(metrics::Precision{.num_classes = 3, .average = average}, p, t, kept_p, kept_t);
    check(metrics::Recall{.num_classes = 3, .average = average}, p, t, kept_p, kept_t);
    check(metrics::F1{.num_classes = 3, .average = average}, p, t, kept_p, kept_t);
  }
  check(metrics::ConfusionMatrix{.num_classes = 3}, p, t, kept_p, kept_t);
  const Array scores = array({.9f, .2f, .6f, .3f}), truth = array({1, 9, 0, 0});
  const Array some = array({.9f, .6f, .3f}), of = array({1, 0, 0});
  check(metrics::AUROC{}, scores, truth, some, of);
  check(metrics::Accuracy{.mode = Mode::binary}, scores, truth, some, of);
  check(metrics::F1{.mode = Mode::binary}, scores, truth, some, of);
  check(metrics::Precision{.mode = Mode::binary}, scores, truth, some, of);
  check(metrics::Recall{.mode = Mode::binary}, scores, truth, some, of);
}
