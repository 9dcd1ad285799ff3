// Arguments given away: what is reused, what is refused, and what is given back.
#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/kinds.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Contains;

namespace {

struct Pool {
  Parameter level = full({1000}, 1.0f);
  std::vector<Array> more = {full({1000}, 2.0f), full({500}, 3.0f)};
  int size = 1;
};

float first(const Array& a) { return a.item<float>({0}); }

const auto both = [](const Array& a, const Array& b) { return std::pair{a + 1.0f, b * 2.0f}; };

}  // namespace

TEST_CASE("an array that is kept and given away at once") {
  const auto f = jit(both);
  Array x = full({1000}, 1.0f);
  const auto [a, b] = f(std::move(x), x);  // NOLINT: that is the question
  CHECK(first(a) == 2);
  CHECK(first(b) == 2);
  CHECK_FALSE(x.has_value());
  Array y = full({1000}, 1.0f);
  const auto [c, d] = f(y, std::move(y));
  CHECK(first(c) == 2);
  CHECK(first(d) == 2);
}

TEST_CASE("an array cannot be given away twice") {
  const auto f = jit(both);
  Array x = full({1000}, 1.0f);
  CHECK_THROWS_WITH(f(std::move(x), std::move(x)), Contains("argument 1 was given away"));
  REQUIRE(x.has_value());
  CHECK(first(x) == 1);
  // Two arrays that share their memory are two: nothing is reused.
  Array copy = x;
  const auto [a, b] = f(std::move(x), std::move(copy));
  CHECK(first(a) == 2);
  CHECK(first(b) == 2);
}

TEST_CASE("a part that is kept while the whole is given away") {
  const auto f = jit([](const Pool& pool, const Array& a) {
    Pool next = pool;
    next.more[0] = next.more[0] + a;
    return next;
  });
  Pool pool;
  pool = f(std::move(pool), pool.more[0]);
  CHECK(first(pool.more[0]) == 4);
  const auto g = jit([](const Tree<Pool>& t, const Array& a) {
    Pool next = *t;
    next.more[0] = next.more[0] + a;
    return Tree<Pool>(next);
  });
  Tree tree{pool};
  tree = g(std::move(tree), tree->more[0]);
  CHECK(first(tree->more[0]) == 8);
}

TEST_CASE("trees are donated leaf by leaf, where nobody else holds them") {
  const auto next = jit([](const Tree<Pool>& t) { return map([](const Array& a) { return a + 1.0f; }, t); });
  Tree tree{Pool{}};
  tree = next(std::move(tree));  // what was made by the compiled function belongs to nobody else
  const void *level = tree->level->raw(), *more = tree->more[1].raw();
  tree = next(std::move(tree));
  CHECK(tree->level->raw() == level);
  CHECK(tree->more[1].raw() == more);
  const Tree<Pool> kept = tree;
  tree = next(std::move(tree));
  CHECK(tree->level->raw() != level);
  CHECK(first(kept->level) == 3);
  CHECK(first(tree->level) == 4);
  Tree gone = tree;
  (void)next(std::move(gone));
  CHECK_NOTHROW(tree->level + 1.0f);
}

TEST_CASE("a call that fails gives back what it was given") {
  const auto f = jit([](const Tree<Pool>& t, const Array& x) {
    return std::tuple{map([](const Array& a) { return a + 1.0f; }, t), x * 2.0f,
                      broadcast_to(x, {1'000'000, 1'000'000, 1000})};
  });
  Tree tree{Pool{}};
  Array x = full({1000}, 5.0f);
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH(f(std::move(tree), std::move(x)), Contains("out of memory"));
    REQUIRE(x.has_value());
    CHECK(first(x) == 5);
    CHECK(first(tree->level) == 1);
    CHECK(first(tree->more[1]) == 3);
  }
  CHECK(current_trace() == nullptr);
}

TEST_CASE("inside another transform nothing is given away") {
  const auto f = jit([](const Array& a) { return a + 1.0f; });
  const Array y = vmap([&](const Array& a) {
    Array mine = a;
    const Array once = f(std::move(mine));
    return once + mine;  // NOLINT: it was only looked at
  })(full({3}, 1.0f));
  CHECK(first(y) == 3);
}

TEST_CASE("an argument that is a result") {
  const auto f = jit([](const Array& a) { return std::pair{a, a * 2.0f}; });
  Array x = full({1000}, 1.0f);
  const void* memory = x.raw();
  const auto [same, twice] = f(std::move(x));
  CHECK(same.raw() == memory);
  CHECK(first(same) == 1);
  CHECK(first(twice) == 2);
}

TEST_CASE("memory that is given away serves results of another dtype") {
  const auto f =
      jit([](const Array& x) { return astype(sum(x), DType::float64) * arange(500, DType::float64); });
  const Array wanted = f(full({1000}, 1.0f));
  Array x = full({1000}, 1.0f);
  const void* memory = x.raw();
  const Array y = f(std::move(x));
  CHECK(y.raw() == memory);
  REQUIRE(y.size() == 500);
  CHECK(y.to_vector<double>() == wanted.to_vector<double>());
}
