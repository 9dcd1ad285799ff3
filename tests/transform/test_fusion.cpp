// What the compiler joins into loops: rows of different lengths over one shape, sums over several axes beside
// them, and more steps than a loop holds. Compiled and uncompiled functions give the same.
#include <random>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"
#include "copse/trace/compile.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;

namespace {

using Arrays = std::vector<Array>;

Array numbers(std::uint32_t seed, const Shape& shape, DType dtype = DType::float64) {
  return astype(random::normal(random::key(seed), shape), dtype);
}

Array standardized(const Array& x, const Axes& axes) {
  const Array centered = x - mean(x, axes, true);
  return centered * rsqrt(mean(square(centered), axes, true) + 1e-5);
}

void compare(const Arrays& got, const Arrays& wanted, double tolerance = 1e-9) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("array " << i);
    REQUIRE(got[i].shape() == wanted[i].shape());
    CHECK(all_close(got[i], wanted[i], tolerance, tolerance));
  }
}

// The axes from one on.
Axes from(int first, int rank) {
  std::vector<int> axes;
  for (int d = first; d < rank; ++d) axes.push_back(d);
  return Axes(axes);
}

// Something over the last axes of an array, in the array's own shape.
Array over_rows(const Array& x, int kind, const Axes& axes) {
  switch (kind) {
    case 0:
      return standardized(x, axes);
    case 1: {
      const Array shifted = exp(x - max(x, axes, true));
      return shifted / sum(shifted, axes, true);
    }
    case 2:
      return x * rsqrt(mean(square(x), axes, true) + 1.0);
    case 3:
      return x - min(x, axes, true) + prod(tanh(x), axes, true);
    default:
      return tanh(x + log(1.0 + sum(abs(x), axes, true)));
  }
}

// A program of `count` steps on arrays of one shape, and the results that leave it.
struct Steps {
  std::uint32_t seed;
  int count;
  bool rows;  ///< whether there are reductions among them

  Arrays operator()(const Arrays& in) const {
    std::mt19937 draw(seed);
    const auto below = [&](std::size_t n) { return draw() % n; };
    Arrays v = in, results;
    const int rank = in[0].ndim();
    for (int i = 0; i < count; ++i) {
      const Array a = v[below(v.size())], b = v[v.size() - 1 - below(std::min<std::size_t>(v.size(), 40))];
      const Axes axes = from(static_cast<int>(below(static_cast<std::size_t>(rank))), rank);
      switch (below(rows ? 9 : 5)) {
        case 0:
          v.push_back(sin(a + b));
          break;
        case 1:
          v.push_back(tanh(a) * b);
          break;
        case 2:
          v.push_back(maximum(a, b) - 0.1);
          break;
        case 3:
          v.push_back(a * 0.3 + b * 0.5);
          break;
        case 4:
          v.push_back(where(a > b, a, sigmoid(b)));
          break;
        case 5:
          results.push_back(below(2) ? sum(a, axes) : max(a * b, {0}));
          break;
        case 6:
          v.push_back(a * 0.1 + mean(b, axes, true));
          break;
        default:
          v.push_back(over_rows(a, static_cast<int>(below(5)), axes));
      }
    }
    results.insert(results.end(), {v.back(), v[v.size() / 2], v[v.size() - 3]});
    return results;
  }
};

}  // namespace

TEST_CASE("rows of different lengths over one shape") {
  const Shape shapes[] = {{3, 6, 5}, {2, 3, 6, 5}, {2, 2, 3, 2, 4}, {4, 1, 7, 9}, {64, 8, 32}};
  for (const Shape& shape : shapes) {
    const Array x = numbers(1, shape);
    const int rank = shape.rank();
    for (int first = 0; first < rank; ++first)
      for (int second = 0; second < rank; ++second) {
        const Axes outer = from(first, rank), inner = from(second, rank);
        for (int kind = 0; kind < 5; ++kind) {
          INFO(to_string(shape) << ", axes from " << first << " and " << second << ", kind " << kind);
          // One after the other, and side by side.
          const auto f = [&](const Array& a) {
            const Array one = over_rows(a, kind, outer);
            return Arrays{over_rows(one, (kind + 1) % 5, inner), over_rows(a, kind, inner), max(one, inner),
                          sum(a * one, outer), mean(square(a))};
          };
          compare(jit(f)(x), f(x));
        }
      }
  }
}

TEST_CASE("statistics of whole examples beside those of their rows, by vmap and with gradients") {
  const auto loss = [](const Array& y) {
    return sum(tanh(standardized(y, {-1}))) * 0.1 + mean(square(y)) + max(softmax(y, -1));
  };
  const auto both = [](const Array& y) {
    return Arrays{softmax(y, -1), linalg::norm(y, "fro"), standardized(y, {-1}), max(y)};
  };
  const Array x = numbers(4, {5, 7, 6});
  const Arrays all = jit(vmap(both))(x);
  const auto [value, slope] = jit(vmap(value_and_grad(loss)))(x);
  for (int i = 0; i < 5; ++i) {
    const Arrays wanted = both(x[i]);
    Arrays got;
    for (const Array& a : all) got.push_back(a[i]);
    compare(got, wanted);
    compare({value[i], slope[i]}, {loss(x[i]), grad(loss)(x[i])}, 1e-7);
  }
}

TEST_CASE("attention that gives its largest logit, too") {
  const auto attention = [](const Array& q, const Array& k, const Array& v) {
    const Array scores = matmul(q, swapaxes(k, 1, 2)) * 0.25;
    return Arrays{matmul(softmax(scores, -1), v), max(scores, {1, 2}), mean(scores, {2})};
  };
  const Array q = numbers(1, {4, 8, 16}), k = numbers(2, {4, 8, 16}), v = numbers(3, {4, 8, 16});
  compare(jit(attention)(q, k, v), attention(q, k, v));
}

TEST_CASE("random programs of more steps than a loop holds") {
  for (std::uint32_t seed = 0; seed < 24; ++seed) {
    const bool rows = seed % 2;
    const Steps steps{seed, rows ? 150 + 10 * static_cast<int>(seed) : 300 + 40 * static_cast<int>(seed),
                      rows};
    const Shape shape = seed % 3 == 0 ? Shape{20, 30} : seed % 3 == 1 ? Shape{3, 4, 5} : Shape{2, 3, 2, 7};
    const Arrays x{numbers(seed, shape), numbers(seed + 1, shape)};
    INFO("seed " << seed << ", " << steps.count << " steps");
    compare(jit(steps)(x), steps(x), 1e-7);
  }
}

TEST_CASE("many small random programs with rows of all lengths") {
  for (std::uint32_t seed = 100; seed < 300; ++seed) {
    const Steps steps{seed, 4 + static_cast<int>(seed % 23), true};
    const Shape shape = seed % 2 ? Shape{3, 4, 5} : Shape{2, 3, 2, 7};
    const Arrays x{numbers(seed, shape), numbers(seed + 1, shape)};
    INFO("seed " << seed << ", " << steps.count << " steps");
    compare(jit(steps)(x), steps(x), 1e-7);
  }
}

TEST_CASE("softmax, layer norm and an optimizer's update stay one loop each") {
  const auto loops = [](const auto& f, const Arrays& in) {
    std::vector<ShapeDtype> types;
    for (const Array& a : in) types.push_back(a.type());
    const auto compiled = flat::compile(flat::record(f, types).program);
    std::size_t count = 0;
    for (const ir::Instruction& i : compiled->program().instructions)
      count += !i.primitive->aliases() && !i.primitive->as_view(types[0], types[0]);
    return count;
  };
  const Array x = numbers(1, {64, 128}, DType::float32), p = numbers(2, {128}, DType::float32);
  CHECK(loops([](const Arrays& in) { return Arrays{softmax(in[0], -1)}; }, {x}) == 1);
  CHECK(loops([](const Arrays& in) { return Arrays{standardized(in[0], {-1}) * in[1] + in[2]}; },
              {x, p, p}) == 1);
  CHECK(loops(
            [](const Arrays& in) {
              const Array m = 0.9f * in[1] + 0.1f * in[3], v = 0.999f * in[2] + 0.001f * square(in[3]);
              return Arrays{in[0] - 0.01f * m / (sqrt(v) + 1e-8f), m, v};
            },
            {x, x, x, x}) == 1);
}
