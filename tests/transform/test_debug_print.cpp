// Printing from inside of functions: once for each run, in order, whatever is done to the function.
#include <random>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/debug.hpp"
#include "copse/transform/branches.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Matchers::Contains;

namespace {

using Lines = std::vector<std::string>;

// What is printed while f runs.
template <class F>
Lines printed(const F& f) {
  Lines lines;
  debug::Sink before = debug::set_sink([&](std::string_view line) { lines.emplace_back(line); });
  try {
    f();
  } catch (...) {
    debug::set_sink(std::move(before));
    throw;
  }
  debug::set_sink(std::move(before));
  return lines;
}

// The derivative of f in forward mode.
template <class F>
auto pushed(const F& f) {
  return [f](const Array& x) { return jvp(f, std::tuple{x}, std::tuple{ones(x.shape())}); };
}

Array noisy(const Array& x) {
  debug::print("x is {}", x);
  return x * x;
}

// A function made of what a seed says, which prints on its way. Values are small whole numbers, so that they
// are the same however they are computed.
struct RandomFunction {
  std::uint32_t seed;

  static Array small(const Array& x) { return minimum(maximum(x, -9.0f), 9.0f); }

  std::vector<Array> operator()(const Array& x) const {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    std::vector<Array> values{x, x + 1.0f};
    const auto any_value = [&]() -> const Array& { return values[below(values.size())]; };
    for (int step = 0; step < 30; ++step) {
      const Array &a = any_value(), &b = any_value();
      switch (below(9)) {
        case 0:
          values.push_back(small(a + b));
          break;
        case 1:
          values.push_back(small(a * b - 2.0f));
          break;
        case 2:
          values.push_back(where(a > b, a, -b));
          break;
        case 3:
          values.push_back(small(a - sum(b)));
          break;
        case 4:
          values.push_back(small(reshape(matmul(reshape(a, {1, 4}), ones({4, 4})), {4})));
          break;
        case 5:
          values.push_back(loop(a, b));
          break;
        case 6:
          values.push_back(branch(a, b));
          break;
        default:
          debug::print("{}: {} {}", step, a, sum(b));
      }
    }
    return {any_value(), any_value()};
  }

  static Array loop(const Array& a, const Array& b) {
    return fori_loop(
        0, 2,
        [&](const Array& i, const Array& c) {
          debug::print("turn {}: {}", i, c);
          return small(c + b);
        },
        a);
  }
  static Array branch(const Array& a, const Array& b) {
    return cond(
        sum(a) > 0.0f, [](const Array& c) { return debug::print("positive {}", c), c; },
        [](const Array& c) { return debug::print("others"), -c; }, b);
  }
};

}  // namespace

TEST_CASE("print: random functions print the same whatever is done to them") {
  const Array x = array({1.0f, -2.0f, 3.0f, 0.0f});
  const std::vector<PassInfo> passes = compiler_passes();
  std::size_t count = 0;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const RandomFunction f{seed};
    INFO("seed " << seed);
    const Lines wanted = printed([&] { (void)f(x); });
    count += wanted.size();
    CHECK(printed([&] { (void)jit(f)(x); }) == wanted);
    const auto without = jit(f, {.compile = {.without = {passes[seed % passes.size()].name}}});
    CHECK(printed([&] { (void)without(x); }) == wanted);
    CHECK(printed([&] { (void)without(x); }) == wanted);
    const auto total = [&](const Array& a) { return sum(f(a)[0]); };
    const Lines of_gradient = printed([&] { (void)grad(total)(x); });
    CHECK(of_gradient == wanted);
    CHECK(printed([&] { (void)jit(grad(total))(x); }) == wanted);
    CHECK(printed([&] { (void)jit([&](const Array& a) { return pushed(total)(a).second; })(x); }) == wanted);
  }
  CHECK(count > 500);
}

TEST_CASE("print: at once where values are known") {
  CHECK(printed([] { debug::print("a {} b {} c", array({1, 2}), 2.5); }) == Lines{"a [1 2] b 2.5 c"});
  CHECK(printed([] { debug::print("{{{}}}", "text"); }) == Lines{"{text}"});
  CHECK(printed([] { debug::print("nothing"); }) == Lines{"nothing"});
  CHECK(printed([] { debug::print("{}{}", true, std::string("!")); }) == Lines{"True!"});
  CHECK(printed([] { (void)grad(noisy)(3.0f); }) == Lines{"x is 3.0"});
  CHECK(printed([] { (void)pushed(noisy)(3.0f); }) == Lines{"x is 3.0"});
}

TEST_CASE("print: formats that do not fit are refused") {
  const auto says = [](auto f) {
    try {
      (void)printed(f);
    } catch (const ValueError& error) {
      return std::string(error.what());
    }
    return std::string("no ValueError");
  };
  CHECK_THAT(says([] { debug::print("{} {}", 1); }), Contains("has 2 places for values, got 1"));
  CHECK_THAT(says([] { debug::print("{}", 1, 2); }), Contains("has 1 places for values, got 2"));
  CHECK_THAT(says([] { debug::print("{:.3f}", 1.0); }),
             Contains("debug::print: \"{:.3f}\"") && Contains("at 0"));
  CHECK_THAT(says([] { debug::print("a } b"); }), Contains("has a } at 2"));
  CHECK_THAT(says([] { debug::print("a {"); }), Contains("has a { at 2"));
  CHECK_THROWS_AS(debug::print("{}", Array()), ValueError);
  // In a function that is recorded, too.
  CHECK_THROWS_AS(jit([](const Array& x) { return debug::print("{}"), x; })(1.0f), ValueError);
}

TEST_CASE("print: a compiled function prints at each call, in order") {
  const auto f = jit([](const Array& x) {
    debug::print("begins");
    debug::print("x is {}", x);
    const Array y = exp(x * 2.0f - 1.0f);  // nobody needs it
    debug::print("y is {}, x {}", y, x + 1.0f);
    debug::print("number {} and {}", 3, array({4, 5}));
    return x * 3.0f;
  });
  const auto wanted = [](const char* x, const char* more) {
    return Lines{"begins", std::string("x is ") + x, std::string("y is 1.0, x ") + more,
                 "number 3 and [4 5]"};
  };
  for (int call = 0; call < 3; ++call)
    CHECK(printed([&] { (void)f(array({0.5f})); }) ==
          Lines{"begins", "x is [0.5]", "y is [1.], x [1.5]", "number 3 and [4 5]"});
  CHECK(printed([&] { (void)f(0.5f); }) == wanted("0.5", "1.5"));
}

TEST_CASE("print: no pass leaves one out, does it twice or changes the order") {
  const auto f = [](const Array& x) {
    Array total = sum(x);
    for (int i = 0; i < 3; ++i) {
      debug::print("total {}", total);
      debug::print("same");
      debug::print("same");
      total = total + sum(tanh(x * static_cast<float>(i)));
      // Reads what comes late, between two that read what is there early.
      debug::print("late {}", sum(exp(total * x)) > 0.0f);
      debug::print("early {}", x);
    }
    const auto loop = fori_loop(
        0, 2,
        [](const Array& i, const Array& c) {
          debug::print("turn {}", i);
          return c * 2.0f;
        },
        x);
    debug::print("after");
    return std::pair{total, x + 1.0f};  // the loop's result is not needed
  };
  const Array x = zeros({3});
  const Lines wanted = printed([&] { (void)f(x); });
  REQUIRE(wanted.size() == 3 * 5 + 3);
  CHECK(wanted[14] == "early [0. 0. 0.]");
  CHECK(wanted[16] == "turn 1");
  std::vector<std::vector<std::string>> left_out{{}};
  for (const PassInfo& pass : compiler_passes()) left_out.push_back({pass.name});
  for (const auto& without : left_out) {
    const auto compiled = jit(f, {.compile = {.without = without}});
    INFO("without " << (without.empty() ? "nothing" : without[0]));
    CHECK(printed([&] { (void)compiled(x); }) == wanted);
    CHECK(printed([&] { (void)compiled(x); }) == wanted);
  }
}

TEST_CASE("print: vmap prints a line for each element") {
  const Array x = array({1, 2, 3}), y = array({10, 20});
  const auto f = [](const Array& a) {
    debug::print("a {} of {}", a, 7);
    debug::print("once");
    return a;
  };
  const Lines wanted{"a 1 of 7", "a 2 of 7", "a 3 of 7", "once"};
  CHECK(printed([&] { (void)vmap(f)(x); }) == wanted);
  CHECK(printed([&] { (void)jit(vmap(f))(x); }) == wanted);
  CHECK(printed([&] { (void)vmap(jit(f))(x); }) == wanted);
  const auto both = [](const Array& a, const Array& b) {
    debug::print("{} {} {}", a, b, a + b);
    return a + b;
  };
  const auto table =
      vmap([&](const Array& a) { return vmap([&](const Array& b) { return both(a, b); })(y); });
  const Lines pairs{"1 10 11", "1 20 21", "2 10 12", "2 20 22", "3 10 13", "3 20 23"};
  CHECK(printed([&] { (void)table(x); }) == pairs);
  CHECK(printed([&] { (void)jit(table)(x); }) == pairs);
  // Elements of more dimensions.
  CHECK(printed([&] {
          (void)vmap([](const Array& a) { return debug::print("{}", a), a; },
                     {.in_axes = {1}})(array({{1, 2}, {3, 4}}));
        }) == Lines{"[1 3]", "[2 4]"});
}

TEST_CASE("print: derivatives print what the function prints, once") {
  for (const bool compiled : {false, true}) {
    INFO("compiled " << compiled);
    const auto run = [&](const auto& f, const auto&... x) {
      return printed([&] {
        if (compiled)
          (void)jit(f)(x...);
        else
          (void)f(x...);
      });
    };
    CHECK(run(grad(noisy), Array(3.0f)) == Lines{"x is 3.0"});
    CHECK(run(value_and_grad(noisy), Array(3.0f)) == Lines{"x is 3.0"});
    CHECK(run(grad(grad(noisy)), Array(3.0f)) == Lines{"x is 3.0"});
    CHECK(run(grad(checkpoint(noisy)), Array(3.0f)) == Lines{"x is 3.0"});
    CHECK(run(pushed(noisy), Array(3.0f)) == Lines{"x is 3.0"});
    const auto loop = [](const Array& x) {
      return scan(
                 [](const Array& c, const Array& e) {
                   debug::print("{} {}", c, e);
                   return std::pair{c * e, c};
                 },
                 x, array({1.0f, 2.0f, 3.0f}))
          .first;
    };
    const Lines steps{"5.0 1.0", "5.0 2.0", "10.0 3.0"};
    CHECK(run(loop, Array(5.0f)) == steps);
    CHECK(run(grad(loop), Array(5.0f)) == steps);
    CHECK(run(grad(grad(loop)), Array(5.0f)) == steps);
    CHECK(run(pushed(loop), Array(5.0f)) == steps);
    const auto nested = [&](const Array& x) {
      return fori_loop(
          0, 2, [&](const Array&, const Array& c) { return loop(c) / 6.0f; }, x);
    };
    const Lines twice{"5.0 1.0", "5.0 2.0", "10.0 3.0", "5.0 1.0", "5.0 2.0", "10.0 3.0"};
    CHECK(run(nested, Array(5.0f)) == twice);
    CHECK(run(grad(nested), Array(5.0f)) == twice);
    const auto branch = [](const Array& x) {
      return cond(
          x > 0.0f, [](const Array& a) { return debug::print("up {}", a), a * 2.0f; },
          [](const Array& a) { return debug::print("down {}", a), a * 3.0f; }, x);
    };
    CHECK(run(branch, Array(1.0f)) == Lines{"up 1.0"});
    CHECK(run(grad(branch), Array(-1.0f)) == Lines{"down -1.0"});
  }
}

TEST_CASE("print: loops and branches, mapped and compiled") {
  const auto counted = [](const Array& x) {
    return while_loop(
        [](const Array& c) {
          debug::print("ask {}", c);
          return c < 3.0f;
        },
        [](const Array& c) { return debug::print("turn {}", c), c + 1.0f; }, x);
  };
  const Lines wanted{"ask 1.0", "turn 1.0", "ask 2.0", "turn 2.0", "ask 3.0"};
  CHECK(printed([&] { (void)counted(Array(1.0f)); }) == wanted);
  CHECK(printed([&] { (void)jit(counted)(1.0f); }) == wanted);
  CHECK(printed([&] { (void)pushed(counted)(1.0f); }) == wanted);
  CHECK(printed([&] {
          (void)jit(vmap(counted))(array({2.0f, 3.0f}));
        }) == Lines{"ask 2.0", "ask 3.0", "turn 2.0", "turn 3.0", "ask 3.0", "ask 3.0"});
  // What is known outside and what belongs to the function around are printed by each step.
  const auto outside = jit([](const Array& x) {
    return fori_loop(
        0, 2,
        [&](const Array&, const Array& c) {
          debug::print("x {} known {}", x, 4);
          return c + 1.0f;
        },
        x);
  });
  CHECK(printed([&] { (void)outside(7.0f); }) == Lines{"x 7.0 known 4", "x 7.0 known 4"});
  // A loop of which all is known runs at each call, too.
  const auto known = jit([](const Array& x) {
    const auto step = [](const Array& i, const Array& c) { return debug::print("turn {}", i), c + 1.0f; };
    return fori_loop(0, 2, step, Array(0.0f)) + x;
  });
  for (int call = 0; call < 2; ++call)
    CHECK(printed([&] { CHECK(known(1.0f).item<float>() == 3.0f); }) == Lines{"turn 0", "turn 1"});
}

TEST_CASE("print: what a rule of its own computes") {
  const auto f = custom_vjp([](const Array& x) { return debug::print("f {}", x), x * x; },
                            [](const Array& x) {
                              debug::print("forward {}", x);
                              return std::pair{x * x, x};
                            },
                            [](const Array& x, const Array& ct) {
                              debug::print("backward {}", ct);
                              return 2.0f * x * ct;
                            });
  const auto loss = [&](const Array& x) { return f(x) * 3.0f; };
  CHECK(printed([&] { (void)jit(loss)(2.0f); }) == Lines{"f 2.0"});
  CHECK(printed([&] { (void)grad(loss)(2.0f); }) == Lines{"forward 2.0", "backward 3.0"});
  CHECK(printed([&] { (void)jit(grad(loss))(2.0f); }) == Lines{"forward 2.0", "backward 3.0"});
  // Within a loop, the rule is kept where side effects are left out.
  const auto loop = [&](const Array& x) {
    return fori_loop(
        0, 1, [&](const Array&, const Array& c) { return f(c); }, x);
  };
  const auto lines = printed([&] { CHECK(grad(loop)(2.0f).item<float>() == 4.0f); });
  CHECK(std::count(lines.begin(), lines.end(), "backward 1.0") == 1);
}

TEST_CASE("print: sinks") {
  Lines first, second;
  const auto to = [](Lines& lines) { return [&lines](std::string_view l) { lines.emplace_back(l); }; };
  debug::Sink before = debug::set_sink(to(first));
  debug::print("a");
  debug::Sink mine = debug::set_sink(to(second));
  REQUIRE(mine);
  debug::print("b");
  mine("c");
  CHECK_FALSE(debug::set_sink([](std::string_view) { throw std::runtime_error("full"); }) == nullptr);
  CHECK_THROWS_AS(jit([](const Array& x) { return debug::print("{}", x), x; })(1.0f), std::runtime_error);
  // A sink that prints.
  debug::set_sink([&](std::string_view line) {
    second.emplace_back(line);
    if (line.size() < 3) debug::print("{}+", std::string(line));
  });
  debug::print("d");
  debug::set_sink(std::move(before));
  CHECK(first == Lines{"a", "c"});
  CHECK(second == Lines{"b", "d", "d+", "d++"});
}
