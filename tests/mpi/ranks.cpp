// What ranks do together. All of them run all test cases, in the same order.
#include <cstdlib>

#include "catch.hpp"
#include "checks.hpp"
#include "copse/comm/mpi.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/spmd.hpp"

using namespace copse;

TEST_CASE("ranks of MPI do what communicators do") {
  const auto ranks = comm::mpi();
  CHECK(ranks == comm::mpi());
  const char* const wanted = std::getenv("COPSE_RANKS");
  CHECK(ranks->size() == (wanted ? std::atoi(wanted) : 1));
  CHECK(comm_checks::faults(*ranks) == "");
}

TEST_CASE("spmd over MPI: values and gradients, compiled, in loops") {
  const auto ranks = comm::mpi();
  const int n = ranks->size(), me = ranks->rank();
  const float total = static_cast<float>(n * (n + 1)) / 2, mine = static_cast<float>(me + 1);
  const auto share = [](const Array& x) { return x / psum(x, "i"); };
  CHECK(spmd(share, "i", ranks)(mine).item<float>() == Approx(mine / total));
  const auto compiled = spmd(jit(share), "i", ranks);
  for (int i = 0; i < 3; ++i) CHECK(compiled(Array(mine)).item<float>() == Approx(mine / total));
  // The transpose of psum adds what all ranks send.
  const auto slope = spmd(jit(grad(share)), "i", ranks)(Array(mine));
  CHECK(slope.item<float>() == Approx(1 / total - total / (total * total)).margin(1e-6));
  const auto looped = [](const Array& x) {
    return fori_loop(
        0, 5, [](const Array&, const Array& v) { return pmean(v, "i") + v; }, x);
  };
  float value = mine, mean = total / static_cast<float>(n);
  for (int i = 0; i < 5; ++i) {
    value += mean;
    mean *= 2;
  }
  CHECK(spmd(jit(looped), "i", ranks)(Array(mine)).item<float>() == Approx(value));
  const Array all = spmd(jit([](const Array& x) { return all_gather(x, "i"); }), "i", ranks)(Array(mine));
  CHECK(all.shape() == Shape{n});
  CHECK(all_close(all, arange(n, DType::float32) + 1.0f));
}

TEST_CASE("much data goes over MPI") {
  const auto ranks = comm::mpi();
  const Array x = full({300'000}, static_cast<float>(ranks->rank()));
  const Array sum = spmd(jit([](const Array& v) { return psum(v, "i"); }), "i", ranks)(x);
  CHECK(all_close(sum, full({300'000}, static_cast<float>(ranks->size() * (ranks->size() - 1)) / 2)));
  CHECK(ranks->traffic().seconds > 0);
}
