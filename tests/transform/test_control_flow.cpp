#include <map>

#include "catch.hpp"
#include "copse/core/kinds.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/compile.hpp"
#include "copse/transform/branches.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jacobian.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Contains;

namespace {

double value(const Array& a) { return a.item<double>(); }
std::vector<double> values(const Array& a) { return a.to_vector<double>(); }
using Values = std::vector<double>;

struct Cell {
  Parameter w = 0.5f;
  std::string name = "cell";  // static
};

}  // namespace

TEST_CASE("scan carries trees and stacks what steps give") {
  const Array xs = array({1.0f, 2.0f, 3.0f});
  const auto [last, all] = scan(
      [](const Array& c, const Array& x) {
        return std::pair{c + x, c};
      },
      Array(0.0f), xs);
  CHECK(value(last) == 6);
  CHECK(values(all) == Values{0, 1, 3});
  const auto back = scan(
      [](const Array& c, const Array& x) {
        return std::pair{c + x, c};
      },
      Array(0.0f), xs, {.reverse = true});
  CHECK(values(back.second) == Values{5, 3, 0});

  // Trees as carry, xs and ys; the carry of a module is a module.
  using Pair = std::pair<Array, Array>;
  const auto [cell, sums] = scan(
      [](const Tree<Cell>& c, const Pair& x) {
        return std::pair{c.replace<&Cell::w>(*c->w + x.first),
                         std::map<std::string, Array>{{"sum", x.first + x.second}}};
      },
      Tree{Cell{}}, Pair(xs, ones({3, 2})));
  CHECK(value(*cell->w) == 6.5);
  CHECK(cell->name == "cell");
  CHECK(sums.at("sum").shape() == Shape{3, 2});

  // Without xs, by length; and no steps at all.
  const auto powers = scan(
      [](const Array& c) {
        return std::pair{c * 2.0f, c};
      },
      Array(1.0f), ScanOptions{.length = 4});
  CHECK(values(powers.second) == Values{1, 2, 4, 8});
  const auto none = scan(
      [](const Array& c, const Array& x) {
        return std::pair{c + x, c};
      },
      Array(1.0f), zeros({0}));
  CHECK(value(none.first) == 1);
  CHECK(none.second.shape() == Shape{0});

  // A bare number takes the dtype that a step gives it.
  const auto counted = scan([](const Array& c, const Array& x) { return std::pair{c + x, c}; }, Array(0), xs);
  CHECK(counted.first.dtype() == DType::float32);
}

TEST_CASE("scan says what is wrong with its step") {
  const Array xs = array({1.0f, 2.0f, 3.0f});
  const auto grows = [](const Array& c, const Array& x) {
    return std::pair{concatenate({c, expand_dims(x, 0)}), c};
  };
  CHECK_THROWS_WITH(scan(grows, ones({2}), xs), Contains("scan: the carry is float32(2,) before a step and "
                                                         "float32(3,) after it"));
  const auto converts = [](const Array& c, const Array& x) {
    return std::pair{astype(c + x, DType::int32), c};
  };
  CHECK_THROWS_AS(scan(converts, zeros({}), xs), DTypeError);
  using Pair = std::pair<Array, Array>;
  const auto pairs = [](const Array& c, const Pair&) { return std::pair{c, c}; };
  CHECK_THROWS_WITH(scan(pairs, ones({2}), Pair(xs, ones({4}))),
                    Contains("scan: xs 1 has 4 elements along its first axis, wanted 3"));
  CHECK_THROWS_WITH(scan(
                        [](const Array& c, const Array&) {
                          return std::pair{c, c};
                        },
                        xs, Array(1.0f)),
                    Contains("scan: xs is a scalar"));
  const auto renames = [](const Tree<Cell>& c, const Array& x) {
    return std::pair{c.replace<&Cell::name>("other"), x};
  };
  CHECK_THROWS_WITH(scan(renames, Tree{Cell{}}, xs),
                    Contains("scan: a step changes the structure of the carry: name"));
  CHECK_THROWS_WITH(scan(
                        [](const Array& c) {
                          return std::pair{c, c};
                        },
                        ones({2}), ScanOptions{}),
                    Contains("give options.length"));
  CHECK(current_trace() == nullptr);
}

TEST_CASE("a gradient of scan keeps its carries alone") {
  constexpr std::int64_t steps = 200, size = 2000;
  const auto chain = [](const Array& x) {
    return sum(scan(
                   [](const Array& c, const Array&) {
                     return std::pair{sin(tanh(cos(exp(c * 0.1f) + 1.0f) * c)), std::tuple<>()};
                   },
                   x, zeros({steps}))
                   .first);
  };
  const Array x = full({size}, 0.5f);
  (void)grad(chain)(x);
  const auto in_use = detail::memory_stats().bytes_in_use;
  detail::reset_peak_memory();
  const Array gradient = grad(chain)(x);
  const auto most = detail::memory_stats().peak_bytes - in_use;
  // One carry a step, and a few more; without that, every intermediate value of a step.
  CHECK(most < (steps + 40) * size * 4);
  const auto compiled = jit(grad(chain));
  CHECK(compiled.ahead(x).cost().peak_bytes < (steps + 40) * size * 4);
  CHECK(value(compiled(x).item<double>({0})) == Approx(gradient.item<double>({0})));
}

TEST_CASE("loops with known and unknown numbers of steps") {
  CHECK(value(fori_loop(
            1, 5, [](const Array& i, const Array& c) { return c * i; }, Array(1))) == 24);
  CHECK(value(fori_loop(
            5, 1, [](const Array& i, const Array& c) { return c * i; }, Array(7))) == 7);
  const auto factorial = jit([](const Array& n) {
    return fori_loop(
        Array(1), n + 1, [](const Array& i, const Array& c) { return c * i; }, ones({}, DType::int32));
  });
  CHECK(value(factorial(5)) == 120);
  CHECK(value(factorial(3)) == 6);
  CHECK(factorial.stats().compiles == 1);
  const auto collatz = [](const Array& n) {
    using State = std::pair<Array, Array>;
    return while_loop([](const State& s) { return s.first > 1; },
                      [](const State& s) {
                        const Array even = s.first % 2 == 0;
                        return State(where(even, floor_divide(s.first, 2), 3 * s.first + 1), s.second + 1);
                      },
                      State(n, Array(0)))
        .second;
  };
  CHECK(value(collatz(27)) == 111);
  CHECK(values(vmap(collatz)(array({1, 2, 7, 27}))) == Values{0, 1, 16, 111});
  CHECK(values(jit(vmap(collatz))(array({1, 2, 7, 27}))) == Values{0, 1, 16, 111});

  const auto power = [](const Array& x) {
    using State = std::pair<Array, Array>;
    return while_loop([](const State& s) { return s.first < 3; },
                      [&](const State& s) { return State(s.first + 1, s.second * x); }, State(0, Array(1.0f)))
        .second;
  };
  CHECK(value(jvp(power, std::tuple{Array(2.0f)}, std::tuple{Array(1.0f)}).second) == 12);
  CHECK_THROWS_WITH(grad(power)(2.0f), Contains("while_loop: cannot be differentiated in reverse mode") &&
                                           Contains("fori_loop"));
  CHECK_THROWS_WITH(
      while_loop([](const Array& x) { return x; }, [](const Array& x) { return x; }, Array(1.0f)),
      Contains("while_loop: the condition must give one bool, got"));
  CHECK_THROWS_WITH(fori_loop(
                        Array(0.0f), Array(1), [](const Array&, const Array& c) { return c; }, Array(1)),
                    Contains("fori_loop: bounds must be integer scalars"));
  CHECK_THROWS_WITH(fori_loop(
                        0, 3,
                        [](const Array&, const Array& c) {
                          return concatenate({c, c});
                        },
                        zeros({2})),
                    Contains("fori_loop: the carry is float32(2,) before a step and float32(4,) after it"));
}

TEST_CASE("branches are recorded, and one is run") {
  const auto absolute = [](const Array& x) {
    return cond(
        x > 0.0f, [](const Array& a) { return a; }, [](const Array& a) { return -a; }, x);
  };
  CHECK(value(absolute(2.0f)) == 2);
  CHECK(value(jit(absolute)(-2.0f)) == 2);
  CHECK(values(vmap(absolute)(array({1.0f, -2.0f, 3.0f}))) == Values{1, 2, 3});
  CHECK(value(grad(absolute)(-2.0f)) == -1);
  CHECK(values(vmap(grad(absolute))(array({1.0f, -2.0f}))) == Values{1, -1});

  const auto pick = jit([](const Array& i, const Array& x) {
    return switch_(i,
                   std::tuple{[](const Array& a) { return a; }, [](const Array& a) { return a * a; },
                              [](const Array& a) { return a * a * a; }},
                   x);
  });
  CHECK(value(pick(0, 3.0f)) == 3);
  CHECK(value(pick(2, 3.0f)) == 27);
  CHECK(value(pick(9, 3.0f)) == 27);
  CHECK(value(pick(-9, 3.0f)) == 3);

  // What is not run has no effect on the result, not even a nan.
  const auto safe = [](const Array& x) {
    return cond(
        x > 0.0f, [](const Array& a) { return log(a); }, [](const Array&) { return Array(zeros({})); }, x);
  };
  CHECK(value(grad(safe)(-1.0f)) == 0);

  const auto shapes = [](const Array& x) {
    return cond(
        x > 0.0f, [](const Array& a) { return a; }, [](const Array& a) { return broadcast_to(a, {2}); }, x);
  };
  CHECK_THROWS_WITH(shapes(1.0f), Contains("cond: the branches for false and true give different results"));
  CHECK_THROWS_WITH(cond(
                        ones({2}) > 0.0f, [] { return Array(1); }, [] { return Array(2); }),
                    Contains("cond: the condition must be one bool, got bool"));
  CHECK_THROWS_WITH(switch_(Array(1.0f), std::tuple{[] { return Array(1); }}),
                    Contains("switch_: the index must be one integer"));
  CHECK_THROWS_WITH(switch_(Array(1), std::vector<std::function<Array()>>{}),
                    Contains("there are no branches"));
}

TEST_CASE("checkpoint trades time for memory") {
  const auto block = [](const Array& x) {
    Array y = x;
    for (int i = 0; i < 20; ++i) y = sin(y) * 1.01f;
    return y;
  };
  const Array x = full({50000}, 0.5f);
  const auto peak = [&](const auto& f) {
    (void)f(x);
    const auto before = detail::memory_stats().bytes_in_use;
    detail::reset_peak_memory();
    (void)f(x);
    return static_cast<double>(detail::memory_stats().peak_bytes - before);
  };
  const auto plain = [&](const Array& a) { return sum(block(block(block(block(a))))); };
  const auto saving = [&](const Array& a) {
    const auto c = checkpoint(block);
    return sum(c(c(c(c(a)))));
  };
  CHECK(values(grad(plain)(x)) == values(grad(saving)(x)));
  CHECK(peak(grad(saving)) < 0.4 * peak(grad(plain)));
  // Compiled, too: what is computed again is not shared with what was computed first.
  const auto compiled_plain = jit(grad(plain));
  const auto compiled_saving = jit(grad(saving));
  const double with = static_cast<double>(compiled_saving.ahead(x).cost().peak_bytes);
  CHECK(with < 0.6 * static_cast<double>(compiled_plain.ahead(x).cost().peak_bytes) + 1e6);
  CHECK(values(compiled_saving(x)) == values(compiled_plain(x)));
}

TEST_CASE("functions bring derivatives of their own") {
  // A gradient that is clipped on its way back.
  const auto clipped = custom_vjp([](const Array& x, const Array& limit) { return x + 0.0f * limit; },
                                  [](const Array& x, const Array& limit) {
                                    return std::pair{x, limit};
                                  },
                                  [](const Array& limit, const Array& ct) {
                                    return std::pair{clip(ct, -limit, limit), Array(zeros({}))};
                                  });
  const auto f = [&](const Array& x) { return sum(square(clipped(x, 1.0f))); };
  const Array x = array({0.25f, 3.0f});
  CHECK(values(grad(f)(x)) == Values{0.5, 1});
  CHECK(values(jit(grad(f))(x)) == Values{0.5, 1});
  CHECK(values(vmap(grad([&](const Array& a) { return square(clipped(a, 1.0f)); }))(x)) == Values{0.5, 1});
  CHECK(values(grad([&](const Array& a) {
          return sum(vmap([&](const Array& b) { return square(clipped(b, 1.0f)); })(a));
        })(x)) == Values{0.5, 1});

  // log(1 + e^x) with a stable derivative, in both modes and any order.
  const auto softplus = custom_jvp([](const Array& a) { return log(1.0f + exp(a)); },
                                   [](const std::tuple<Array>& at, const std::tuple<Array>& t) {
                                     const auto& [a] = at;
                                     return std::pair{log(1.0f + exp(a)), sigmoid(a) * std::get<0>(t)};
                                   });
  CHECK(value(grad(softplus)(100.0f)) == 1);
  CHECK(value(jvp(softplus, std::tuple{Array(100.0f)}, std::tuple{Array(2.0f)}).second) == 2);
  CHECK(value(grad(grad(softplus))(0.0f)) == Approx(0.25));
  CHECK(values(jit(vmap(grad(softplus)))(array({0.0f, 100.0f}))) == Values{0.5, 1});

  // Arguments that are trees.
  const auto scaled = custom_vjp(
      [](const Tree<Cell>& c, const Array& a) { return *c->w * a; },
      [](const Tree<Cell>& c, const Array& a) {
        return std::pair{*c->w * a, std::pair{c, a}};
      },
      [](const std::pair<Tree<Cell>, Array>& kept, const Array& ct) {
        return std::pair{kept.first.replace<&Cell::w>(10.0f * kept.second * ct), *kept.first->w * ct};
      });
  const auto g = grad<0, 1>(scaled)(Tree{Cell{}}, 3.0f);
  CHECK(value(*std::get<0>(g)->w) == 30);
  CHECK(value(std::get<1>(g)) == 0.5);

  const auto leaks = [](const Array& a) {
    return custom_vjp([a](const Array& b) { return a * b; },
                      [a](const Array& b) {
                        return std::pair{a * b, b};
                      },
                      [](const Array& b, const Array& ct) { return b * ct; })(a);
  };
  CHECK_THROWS_WITH(grad(leaks)(2.0f),
                    Contains("custom_vjp: the function uses an array") && Contains("pass it as"));
  const auto wrong = custom_vjp([](const Array& a) { return sum(a); },
                                [](const Array& a) {
                                  return std::pair{sum(a), a};
                                },
                                [](const Array&, const Array& ct) { return ct; });
  CHECK_THROWS_WITH(
      grad(wrong)(ones({3})),
      Contains("custom_vjp: the gradient of argument array 0 is float32(), wanted float32(3,)"));
}

TEST_CASE("derivatives of all results at once") {
  const Array x = array({1.0f, 2.0f, 3.0f});
  const Array h = hessian([](const Array& v) { return sum(v * v * v); })(x);
  CHECK(values(h) == Values{6, 0, 0, 0, 12, 0, 0, 0, 18});
  const auto linear = [](const Tree<Cell>& c, const Array& v) { return *c->w * v; };
  const auto j = jacobian(linear)(Tree{Cell{}}, x);
  CHECK(values(*j->w) == Values{1, 2, 3});
  CHECK(values(jacobian<1>(linear)(Tree{Cell{}}, x)) == Values{.5, 0, 0, 0, .5, 0, 0, 0, .5});
  CHECK(jacobian([](const Array& v) {
          return reshape(concatenate({v, v}), {2, 3});
        })(x)
            .shape() == Shape{2, 3, 3});
  CHECK_THROWS_WITH(jacobian([](const Array& v) { return v > 0.0f; })(x),
                    Contains("jacobian: the function must return floating-point numbers"));
}
