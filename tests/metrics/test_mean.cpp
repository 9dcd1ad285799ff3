#include "check.hpp"

using namespace copse;
using test::close;
using test::has;
using test::message;

TEST_CASE("means and sums") {
  const Array values = array({1.0f, 3.0f, 5.0f, 7.0f});
  Metric mean{metrics::Mean{}};
  close(mean.update(values).compute(), {4});
  close(mean.update(values, array({1, 1, 0, 0})).compute(), {2});
  // The count is not cut to an integer.
  close(mean.update(values, array({.5f, .5f, .25f, .25f})).compute(), {10.0 / 3});
  close(mean.update(astype(arange(12), DType::float32)).compute(), {5.5});
  close(mean.update(reshape(arange(12), {3, 4}), array({1, 0, 1})).compute(), {5.5});
  // Weights belong to rows.
  close(mean.update(reshape(arange(16), {4, 4}), array({1, 0, 0, 0})).compute(), {1.5});
  close(Metric{metrics::Sum{}}.update(values, array({1, 1, 0, 0})).compute(), {4});
  close(Metric{metrics::Sum{}}.update(reshape(arange(4), {2, 2}), array({1.0f, .5f})).compute(), {3.5});
}

TEST_CASE("a mean over batches of different sizes") {
  Metric mean{metrics::Mean{}};
  mean = mean.update(array({1.0f, 2.0f, 3.0f})).update(Array(10.0f));
  close(mean.compute(), {4});
  CHECK(mean->total.get().item<double>() == 16);
  CHECK(mean->count.get().item<double>() == 4);
  CHECK(mean.compute().dtype() == DType::float32);
  CHECK(mean.compute().shape().empty());
}

TEST_CASE("a mean of many ones stays one") {
  Metric mean{metrics::Mean{metrics::Mean{.total = full({}, 16777216.0, DType::float64),
                                          .count = full({}, 16777216.0, DType::float64)}}};
  mean = mean.update(Array(1.0f));
  CHECK(mean->count.get().item<double>() == 16777217.0);
}

TEST_CASE("a mean of nothing is nan") {
  CHECK(std::isnan(Metric{metrics::Mean{}}.compute().item<float>()));
  CHECK(std::isnan(Metric{metrics::Mean{}}.update(zeros({0, 2})).compute().item<float>()));
  CHECK(Metric{metrics::Sum{}}.update(zeros({0})).compute().item<float>() == 0);
}

TEST_CASE("means take every dtype") {
  for (const DType dtype : {DType::bool_, DType::uint8, DType::uint32, DType::int32, DType::int64,
                            DType::bfloat16, DType::float32, DType::float64})
    close(Metric{metrics::Mean{}}.update(astype(array({0, 1, 1, 1}), dtype)).compute(), {.75});
  close(Metric{metrics::Sum{}}.update(full({1000}, 255, DType::uint8)).compute(), {255000});
  close(Metric{metrics::Mean{}}.update(full({1000}, 1.0f, DType::bfloat16)).compute(), {1});
}

TEST_CASE("errors of numbers") {
  const Array p = array({{1.0f, 2.0f}, {3.0f, 4.0f}}), t = array({{1, 4}, {0, 4}});
  close(Metric{metrics::MeanSquaredError{}}.update(p, t).compute(), {13.0 / 4});
  close(Metric{metrics::MeanAbsoluteError{}}.update(p, t).compute(), {5.0 / 4});
  close(Metric{metrics::MeanSquaredError{}}.update(p, t, array({1, 0})).compute(), {2});
  close(Metric{metrics::MeanAbsoluteError{}}.update(p, t, array({{1, 0}, {1, 0}})).compute(), {1.5});
  // Weights of 0 are rows left out.
  const Array big = reshape(astype(arange(60), DType::float32), {3, 4, 5}), none = zeros({3, 4, 5});
  const auto left = Metric{metrics::MeanSquaredError{}}.update(big, none, array({1, 0, 1}));
  const auto out = Metric{metrics::MeanSquaredError{}}.update(take(big, array({0, 2}), 0), zeros({2, 4, 5}));
  CHECK(all_close(left.compute(), out.compute()));
  CHECK(Metric{metrics::MeanSquaredError{}}.update(big, none, ones({3, 4})).compute().item<float>() > 0);
}

TEST_CASE("weights that do not fit") {
  const auto text = message<ShapeError>([] {
    (void)Metric{metrics::Mean{}}.update(zeros({3, 4}), zeros({4}));
  });
  CHECK(has(text, "Mean: sample_weight has the shape (4,)"));
  CHECK(has(message<ShapeError>([] {
              (void)Metric{metrics::Mean{}}.update(zeros({3}), zeros({3, 1}));
            }),
            "(3, 1)"));
  CHECK(has(message<ShapeError>([] {
              (void)Metric{metrics::MeanSquaredError{}}.update(zeros({3}), zeros({3, 1}));
            }),
            "MeanSquaredError: preds has the shape (3,), target (3, 1)"));
}

TEST_CASE("means are compiled") {
  const Array values = array({{1.0f, 2.0f}, {3.0f, 4.0f}}), weights = array({1.0f, 0.0f});
  const Metric mean{metrics::Mean{}};
  CHECK(test::compiled_update(mean, values, weights) == mean.update(values, weights));
  const Metric error{metrics::MeanAbsoluteError{}};
  CHECK(test::compiled_update(error, values, zeros({2, 2})) == error.update(values, zeros({2, 2})));
}
