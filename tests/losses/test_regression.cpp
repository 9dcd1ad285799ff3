#include "check.hpp"

using namespace copse;
using test::close;
using test::has;
using test::message;

namespace {

// Mean, with weights, sum, none.
template <class Loss>
void check_row(Loss loss, const Array& target, const Array& preds, const Array& sample_weight,
               const std::vector<double>& wanted, double tolerance = 1e-5) {
  close(loss(preds, target), {wanted[0]}, tolerance);
  close(loss(preds, target, sample_weight), {wanted[1]}, tolerance);
  loss.weight = 2.0;
  close(loss(preds, target), {2 * wanted[0]}, 2 * tolerance);
  loss.weight = 1.0;
  loss.reduction = Reduction::sum;
  close(loss(preds, target), {wanted[2]}, tolerance);
  loss.reduction = Reduction::none;
  close(loss(preds, target), {wanted[3], wanted[4]}, tolerance);
  close(loss.values(preds, target), {wanted[3], wanted[4]}, tolerance);
}

const Array zero_one = array({{0.0f, 1.0f}, {0.0f, 0.0f}}), ones_left = array({{1.0f, 1.0f}, {1.0f, 0.0f}});

}  // namespace

TEST_CASE("regression losses") {
  const Array weights = array({.7f, .3f});
  check_row(losses::MeanSquaredError{}, zero_one, ones_left, weights, {.5, .25, 1, .5, .5});
  check_row(losses::MeanAbsoluteError{}, zero_one, ones_left, weights, {.5, .25, 1, .5, .5});
  check_row(losses::MeanAbsolutePercentageError{}, array({{1.0f, 1.0f}, {.9f, 0.0f}}), ones_left,
            array({.1f, .9f}), {2.7778, 2.5, 5.5556, 0, 5.5556}, 1e-4);
  check_row(losses::MeanSquaredLogarithmicError{}, zero_one, ones_left, weights,
            {.24022643, .12011322, .48045287, .24022643, .24022643}, 1e-6);
  check_row(losses::Huber{}, zero_one, array({{.6f, .4f}, {.4f, .6f}}), array({.8f, .2f}),
            {.155, .085, .31, .18, .13}, 1e-6);
  check_row(losses::CosineSimilarity{}, array({{0.0f, 1.0f}, {1.0f, 1.0f}}),
            array({{1.0f, 0.0f}, {1.0f, 1.0f}}), array({.8f, .2f}), {-.5, -.1, -1, 0, -1}, 1e-6);
}

TEST_CASE("regression losses as functions") {
  const Array p = array({{3.0f, 1.0f, 4.0f}, {1.0f, 5.0f, 9.0f}}), t = array({{2, 6, 5}, {3, 5, 8}});
  close(losses::mean_squared_error(p, t), {27.0 / 3, 5.0 / 3});
  close(losses::mean_absolute_error(p, t), {7.0 / 3, 1});
  close(losses::mean_absolute_percentage_error(p, t),
        {100.0 / 3 * (.5 + 5.0 / 6 + .2), 100.0 / 3 * (2.0 / 3 + .125)}, 1e-4);
  close(losses::huber(p, t, 2.0), {(.5 + 2 + 2 * 3 + .5) / 3, (2 + .5) / 3.0});
  close(losses::cosine_similarity(p, t, 0),
        {-9 / std::sqrt(10.0 * 13), -31 / std::sqrt(26.0 * 61), -92 / std::sqrt(97.0 * 89)});
  CHECK(losses::mean_squared_error(zeros({2, 3, 4}), zeros({2, 3, 4})).shape() == Shape{2, 3});
}

TEST_CASE("gradients of regression losses") {
  const Array x = astype(array({{.3f, 1.2f, 2.0f}, {.5f, .1f, 3.4f}}), DType::float64);
  const Array t = astype(array({{.1f, 2.0f, .4f}, {.7f, .3f, .6f}}), DType::float64);
  const std::vector<std::function<Array(const Array&)>> all = {
      [&](const Array& p) { return losses::MeanSquaredError{}(p, t); },
      [&](const Array& p) { return losses::MeanAbsoluteError{}(p, t); },
      [&](const Array& p) { return losses::MeanAbsolutePercentageError{}(p, t); },
      [&](const Array& p) { return losses::MeanSquaredLogarithmicError{}(p, t); },
      [&](const Array& p) { return losses::Huber{}(p, t); },
      [&](const Array& p) { return losses::CosineSimilarity{}(p, t); }};
  for (const auto& f : all) close(test::gradient(f, x), test::differences(f, x), 1e-5);
  // Vectors of length 0 have a direction to nowhere, and no nan.
  CHECK(all_close(test::gradient(
                      [](const Array& p) {
                        return losses::CosineSimilarity{}(p, ones({1, 2}));
                      },
                      zeros({1, 2})),
                  full({1, 2}, -1.0 / std::sqrt(2.0) / std::sqrt(1e-7)), 1e-3));
}

TEST_CASE("weights of samples broadcast along the leading axes") {
  const Array p = ones({2, 3, 4}), t = zeros({2, 3, 4});
  close(losses::MeanSquaredError{}(p, t, array({1.0f, 0.0f})), {.5});
  close(losses::MeanSquaredError{}(p, t, full({2, 3}, 2.0f)), {2});
  close(losses::MeanSquaredError{}(p, t, Array(3.0f)), {3});
  CHECK(has(message<ShapeError>([&] { (void)losses::MeanSquaredError{}(p, t, ones({3})); }),
            "leading dimensions"));
  CHECK(has(message<ShapeError>([&] { (void)losses::MeanSquaredError{}(p, t, p); }), "more dimensions"));
}

TEST_CASE("scalars and empty arrays have losses") {
  close(losses::MeanSquaredError{}(Array(3.0f), Array(1)), {4});
  CHECK(losses::mean_squared_error(zeros({0, 2}), zeros({0, 2})).shape() == Shape{0});
  CHECK(losses::MeanSquaredError{}(ones({2}, DType::bfloat16), zeros({2})).dtype() == DType::float32);
}

TEST_CASE("predictions and targets must have equal shapes") {
  const auto text = message<ShapeError>([] { (void)losses::MeanSquaredError{}(zeros({4, 1}), zeros({4})); });
  CHECK(has(text, "mean_squared_error: preds has the shape (4, 1), target (4,)"));
  CHECK(has(message<DTypeError>([] { (void)losses::Huber{}(array({1}), array({1})); }), "floating-point"));
  CHECK(has(message<ShapeError>([] {
              (void)losses::CosineSimilarity{.axis = 2}(zeros({1, 1}), zeros({1, 1}));
            }),
            "cosine_similarity"));
}
