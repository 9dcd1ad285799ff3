// Arithmetic that a compiled function runs in registers equals the same operations one by one, bit for bit.
#include "catch.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"
#include "copse/transform/jit.hpp"

using namespace copse;

namespace {

Array numbers(std::uint32_t seed, const Shape& shape) {
  return random::uniform(random::key(seed), shape, 0.25f, 4.0f);
}

// Lengths around those of vectors, blocks and tiles.
const std::int64_t lengths[] = {0, 1, 3, 15, 16, 17, 31, 33, 127, 128, 129, 1023, 1024, 1025, 5000};

}  // namespace

TEST_CASE("chains of two and more operands") {
  const auto both_sides = [](const Array& a, const Array& b) {
    return std::vector<Array>{(a + b) * b - a / (b - 0.1f), 3.0f / (2.0f - a * b),
                              -square(a) * sqrt(b) / (a + 1.0f), (a - b) / (b - (a * 0.5f)),
                              sqrt(square(a) + square(b)) - (a - (b - (a - (b - 1.0f))))};
  };
  const auto compiled = jit(both_sides, {.log_after = 100});
  for (const std::int64_t n : lengths) {
    INFO("n " << n);
    const Array a = numbers(1, {n}), b = numbers(2, {n});
    const std::vector<Array> wanted = both_sides(a, b), got = compiled(a, b);
    for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(array_equal(got[i], wanted[i], true));
  }
}

TEST_CASE("chains that need more registers, or more operands, than there are") {
  const auto deep = [](const Array& x) {
    // Each level has two operands that are made, so that the depth grows with the levels.
    std::vector<Array> level;
    for (int i = 0; i < 64; ++i)
      level.push_back(x * (1.0f + 0.01f * static_cast<float>(i)) + static_cast<float>(i));
    while (level.size() > 1) {
      std::vector<Array> next;
      for (std::size_t i = 0; i < level.size(); i += 2)
        next.push_back(i % 4 == 0 ? level[i] - level[i + 1] : level[i] * level[i + 1] * 0.01f);
      level = std::move(next);
    }
    return level[0];
  };
  for (const std::int64_t n : lengths) {
    const Array x = numbers(3, {n});
    CHECK(array_equal(jit(deep)(x), deep(x), true));
  }
}

TEST_CASE("chains with values of rows, columns and one for all") {
  const auto norm = [](const Array& x, const Array& scale, const Array& shift, const Array& one) {
    const Array centered = x - mean(x, -1, true);
    const Array spread = mean(square(centered), -1, true);
    return std::vector<Array>{centered / sqrt(spread + 1e-5f) * scale + shift,
                              (1.0f - spread) / x - one * scale};
  };
  const auto compiled = jit(norm, {.log_after = 100});
  for (const std::int64_t columns : {1, 3, 63, 64, 65, 100, 1000, 1024, 3000})
    for (const std::int64_t rows : {2, 7, 50}) {
      INFO(rows << " rows of " << columns);
      const Array x = numbers(4, {rows, columns}), scale = numbers(5, {columns}),
                  shift = numbers(6, {columns});
      const Array one = numbers(7, {});
      const std::vector<Array> wanted = norm(x, scale, shift, one), got = compiled(x, scale, shift, one);
      for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(array_equal(got[i], wanted[i], true));
    }
}

TEST_CASE("results larger than the caches") {
  const auto f = [](const Array& x, const Array& y) {
    return std::vector<Array>{(x - 0.5f) * 2.0f + y, x * y - 1.0f};
  };
  for (const std::int64_t columns : {1024, 1000, 1001}) {  // rows that begin with a vector, and others
    const Array x = numbers(8, {3000, columns}), y = numbers(9, {columns});
    const std::vector<Array> wanted = f(x, y), got = jit(f)(x, y);
    CHECK(array_equal(got[0], wanted[0]));
    CHECK(array_equal(got[1], wanted[1]));
  }
}

TEST_CASE("a result in the place of an argument is written after the last chain has read that") {
  const auto f = [](const Array& x, const Array& y) {
    const Array first = x * 2.0f + y;  // could take the place of x
    const Array read_early = x * 3.0f, later = y - 1.0f;
    return std::vector<Array>{first, later * first, read_early - later};
  };
  const auto compiled = jit(f);
  for (const std::int64_t n : {5, 1000, 100000}) {
    const std::vector<Array> wanted = f(numbers(10, {n}), numbers(11, {n}));
    for (int run = 0; run < 3; ++run) {
      const std::vector<Array> got = compiled(numbers(10, {n}), numbers(11, {n}));
      for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(array_equal(got[i], wanted[i]));
    }
  }
}
