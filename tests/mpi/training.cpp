// Training over processes: each has its part of every batch, and all train as one process does with all of
// it.
#include <algorithm>

#include "catch.hpp"
#include "copse/comm/mpi.hpp"
#include "copse/copse.hpp"

using namespace copse;

namespace {

struct Net {
  nn::Linear hidden{.features = 8, .use_bias = false};
  nn::BatchNorm norm{.momentum = 0.9};
  nn::Dropout dropout{0.2f};
  nn::Linear logits{3};
  State<Array> seen = 0.0f;

  Array operator()(Scope& scope, const Array& x) {
    const Array h = norm(scope, hidden(scope, x));
    scope.add_loss("activity", 1e-3f * sum(square(h)));
    if (scope.training()) seen = seen + sum(x);
    return logits(scope, dropout(scope, relu(h)));
  }
};

TrainerOptions options(const Strategy& strategy) {
  return {.optimizer = optim::adam(1e-2),
          .losses = {losses::CrossEntropy{}},
          .metrics = {metrics::Accuracy{}},
          .strategy = strategy,
          .seed = 3};
}

// The part of samples that a rank has, which need not be even.
Array part(const Array& all, const comm::CommunicatorPtr& ranks) {
  const std::int64_t n = all.shape(0), r = ranks->rank(), size = ranks->size();
  return slice_in_dim(all, n * r * r / (size * size), n * (r + 1) * (r + 1) / (size * size));
}

}  // namespace

TEST_CASE("a trainer over MPI trains as one alone") {
  const comm::CommunicatorPtr ranks = comm::mpi();
  const Array x = random::normal(random::key(0), {96, 5}),
              y = astype(random::randint(random::key(1), {96}, 0, 3), DType::int32);
  Trainer one{Net{}, options(strategy::jit())}, many{Net{}, options(strategy::distributed(ranks))};
  for (int step = 0; step < 4; ++step) {
    const Array batch = slice_in_dim(x, 24 * step, 24 * step + 24),
                labels = slice_in_dim(y, 24 * step, 24 * step + 24);
    const EpochLogs wanted = one.train_on_batch(batch, labels),
                    got = many.train_on_batch(part(batch, ranks), part(labels, ranks));
    for (const std::string& name : wanted.names()) {
      INFO(name << " of step " << step);
      CHECK(got[name] == Approx(wanted[name]).epsilon(1e-4));
    }
  }
  const auto wanted = leaves(one.state()), got = leaves(many.state());
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(all_close(got[i], wanted[i], 1e-3, 1e-4));
  CHECK(many.test_on_batch(part(x, ranks), part(y, ranks))["loss"] ==
        Approx(one.test_on_batch(x, y)["loss"]).epsilon(1e-4));
}

TEST_CASE("a function over MPI gives whole results of parts") {
  const comm::CommunicatorPtr ranks = comm::mpi();
  const auto f = [](const Array& w, const Array& v) {
    return std::pair{sum(square(matmul(v, w))), softmax(matmul(v, w), 0)};
  };
  const Array w = random::normal(random::key(6), {5, 3}), v = random::normal(random::key(7), {11, 5});
  const auto [total, columns] =
      jit(f, {.shard = {.in_axes = {std::nullopt, 0}, .communicator = ranks}})(w, part(v, ranks));
  const auto [wanted, all] = f(w, v);
  CHECK(all_close(total, wanted, 1e-5, 1e-5));
  CHECK(all_close(columns, all, 1e-5, 1e-6));
}
