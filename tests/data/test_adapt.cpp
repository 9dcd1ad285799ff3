#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/data.hpp"
#include "copse/nn/normalization.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/random/samplers.hpp"
#include "squares.hpp"

using namespace copse;
using namespace testing_data;

TEST_CASE("Normalization learns from all that holds samples") {
  const Array x = random::normal(random::key(0), {3000, 3}) * 7.0f + 100.0f;
  const auto dataset = data::arrays(x, arange(3000));
  nn::Normalization whole;
  whole.adapt(x);
  const auto check = [&](auto&& data) {
    nn::Normalization parts;
    parts.adapt(data);
    CHECK(max(abs(*parts.mean - *whole.mean)).template item<double>() < 1e-5);
    CHECK(max(abs(*parts.var - *whole.var)).template item<double>() < 1e-4);
  };
  check(dataset);
  check(data::arrays(x));
  check(dataset.shuffle(1).batch(7));
  check(data::Loader<Batch>{dataset.batch(64), {.workers = 2}});
  check(data::stream([dataset](std::int64_t) {
    return [dataset, at = std::int64_t{0}]() mutable {
      return at < 3000 ? std::optional(dataset[at++]) : std::nullopt;
    };
  }));
  nn::Normalization none;
  CHECK_THROWS_AS(none.adapt(dataset.subset({})), ValueError);
}
