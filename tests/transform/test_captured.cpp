// Control flow whose functions use values from outside, under nests of transforms: each is what the same
// lines give without control flow. The functions make arrays of nothing (zeros, ranges, filled arrays), and
// so do the rules of the operations they use: all of these have to belong to the right transform.
#include <functional>

#include "catch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/cumulative.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/math.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/ops/statistics.hpp"
#include "copse/random.hpp"
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

namespace {

using Function = std::function<Array(const Array&)>;
/// Of a value from outside, and an argument.
using Body = std::function<Array(const Array&, const Array&)>;

Array doubles(std::initializer_list<double> values) {
  return array(std::span<const double>(values.begin(), values.size()),
               {static_cast<std::int64_t>(values.size())});
}

const Array direction = doubles({1.0, 0.5, -0.75, 0.25}), weights = doubles({0.5, -1.0, 0.25, 2.0});
const Array directions = stack({direction, weights, doubles({0.0, 1.0, 0.0, -0.5})});

Array ruled(const Array& x) {
  return custom_jvp([](const Array& a) { return sin(a) * 1.0; },
                    [](const std::tuple<Array>& at, const std::tuple<Array>& t) {
                      const Array a = std::get<0>(at);
                      return std::pair{sin(a), cos(a) * std::get<0>(t) + zeros({4}, DType::float64)};
                    })(x);
}

Array ruled_backwards(const Array& x) {
  return custom_vjp(
      [](const Array& a) { return tanh(a); },
      [](const Array& a) {
        const Array y = tanh(a);
        return std::pair{y, y};
      },
      [](const Array& y, const Array& ct) { return ct * (ones({4}, DType::float64) - y * y); })(x);
}

const std::vector<std::pair<const char*, Body>>& bodies() {
  static const std::vector<std::pair<const char*, Body>> all{
      {"relu", [](const Array& a, const Array& q) { return q * relu(a) + 0.1 * a; }},
      {"clip", [](const Array& a, const Array& q) { return tanh(q * clip(a, -0.4, 0.4) + maximum(a, 0.1)); }},
      {"hard_sigmoid", [](const Array& a, const Array& q) { return q * hard_sigmoid(a); }},
      {"hypot", [](const Array& a, const Array& q) { return hypot(a, q + 2.0) * 0.5; }},
      {"median and pad",
       [](const Array& a, const Array& q) {
         return q * median(a) + pad(slice_in_dim(a * a, 1, 4), {{1, 0}});
       }},
      {"made of nothing",
       [](const Array& a, const Array& q) {
         const Array made = zeros({4}, DType::float64) + arange(4, DType::float64) * 0.25;
         return q * made + full({4}, 0.5, DType::float64) * a * a;
       }},
      {"sums of sorted ones", [](const Array& a, const Array& q) { return q + cumsum(sort(a)) * a * 0.3; }},
      {"softmax", [](const Array& a, const Array& q) { return softmax(a * 2.0) * q + logsumexp(a); }},
      {"parts",
       [](const Array& a, const Array& q) {
         return take(a, array({3, 0, 1, 0}), 0) * q + at(a, 1).add(sum(a)) * 0.2;
       }},
      {"products and solutions",
       [](const Array& a, const Array& q) {
         const Array m = outer(a, a) + 2.0 * eye(4, std::nullopt, 0, DType::float64);
         return linalg::solve(m, matmul(triu(m), q)) * 0.5;
       }},
      {"running products and sums of logarithms",
       [](const Array& a, const Array& q) { return logaddexp(cumprod(a + 1.0), q) * 0.3; }},
      {"places of the largest",
       [](const Array& a, const Array& q) {
         return q * take(a, argmax(a), 0) + one_hot(argmax(a), 4, DType::float64) * max(a);
       }},
      {"pieces put together",
       [](const Array& a, const Array& q) {
         return concatenate({flip(slice_in_dim(a, 0, 2), 0), slice_in_dim(q, 2, 4)}) * roll(a, 1) +
                at(q, Slice{1, 3}).set(slice_in_dim(a, 0, 2)) * 0.1;
       }},
      {"random numbers",
       [](const Array& a, const Array& q) {
         return q * a + astype(random::uniform(random::key(3), {4}), DType::float64) * a;
       }},
      {"choices",
       [](const Array& a, const Array& q) {
         return where(a > q, a * q, prod(a) * abs(q)) + expm1(minimum(a, q)) * 0.1;
       }},
      {"a derivative rule", [](const Array& a, const Array& q) { return ruled(a) * q; }},
      {"a gradient rule", [](const Array& a, const Array& q) { return ruled_backwards(a) * q; }},
  };
  return all;
}

/// A way to run a body, and the same without control flow.
struct Flow {
  const char* name;
  std::function<Array(const Body&, const Array&)> run, plain;
  bool forwards = false;  ///< no reverse mode
};

Array once(const Body& f, const Array& x) { return f(x, x * 0.5); }
Array twice(const Body& f, const Array& x) { return f(x, f(x, x * 0.5)); }

Array conditional(const Body& f, const Array& x, const Array& q) {
  return cond(
      sum(x) > 0.0, [&](const Array& y) { return f(x, y); }, [](const Array& y) { return y; }, q);
}
Array looped(const Body& f, const Array& x, int n) {
  return fori_loop(
      0, n, [&](const Array&, const Array& c) { return f(x, c); }, x * 0.5);
}

const std::vector<Flow>& flows() {
  static const std::vector<Flow> all{
      {"cond", [](const Body& f, const Array& x) { return conditional(f, x, x * 0.5); }, once},
      {"switch_",
       [](const Body& f, const Array& x) {
         const std::vector<Function> branches{[](const Array& y) { return y; },
                                              [&](const Array& y) { return f(x, y); },
                                              [&](const Array& y) { return f(y, x); }};
         return switch_(astype(sum(x) > 0.0, DType::int32), branches, x * 0.5);
       },
       once},
      {"scan",
       [](const Body& f, const Array& x) {
         const auto step = [&](const Array& c, const Array& w) { return std::pair{f(x, c), c * w * x}; };
         const auto [last, all] = scan(step, x * 0.5, doubles({1.0, 2.0}));
         return last + sum(all, 0);
       },
       [](const Body& f, const Array& x) {
         const Array c = x * 0.5, d = f(x, c);
         return f(x, d) + c * x + d * 2.0 * x;
       }},
      {"fori_loop", [](const Body& f, const Array& x) { return looped(f, x, 2); }, twice},
      {"while_loop",
       [](const Body& f, const Array& x) {
         using State = std::pair<Array, Array>;
         return while_loop([](const State& s) { return s.first < 2; },
                           [&](const State& s) { return State(s.first + 1, f(x, s.second)); },
                           State(Array(0), x * 0.5))
             .second;
       },
       twice, true},
      {"checkpoint",
       [](const Body& f, const Array& x) {
         return checkpoint([&](const Array& q) { return f(x, q); })(x * 0.5);
       },
       once},
      {"jit",
       [](const Body& f, const Array& x) { return jit([&](const Array& q) { return f(x, q); })(x * 0.5); },
       once},
      {"custom_jvp",
       [](const Body& f, const Array& x) {
         return custom_jvp(f, [&](const std::tuple<Array, Array>& at, const std::tuple<Array, Array>& t) {
           return jvp(f, at, t);
         })(x, x * 0.5);
       },
       once},
      {"custom_vjp",
       [](const Body& f, const Array& x) {
         return custom_vjp(
             f,
             [&](const Array& a, const Array& q) {
               return std::pair{f(a, q), std::pair{a, q}};
             },
             [&](const std::pair<Array, Array>& kept, const Array& ct) {
               return vjp(f, kept.first, kept.second).second(ct);
             })(x, x * 0.5);
       },
       once},
      {"cond in fori_loop",
       [](const Body& f, const Array& x) {
         return looped([&](const Array& a, const Array& c) { return conditional(f, a, c); }, x, 2);
       },
       twice},
      {"fori_loop in cond",
       [](const Body& f, const Array& x) {
         return cond(
             sum(x) > 0.0, [&](const Array& y) { return looped(f, x, 2) + y * 0.0; },
             [](const Array& y) { return y; }, x);
       },
       twice},
      {"cond in checkpoint",
       [](const Body& f, const Array& x) {
         return checkpoint([&](const Array& q) { return conditional(f, x, q); })(x * 0.5);
       },
       once},
      {"checkpoint in scan",
       [](const Body& f, const Array& x) {
         const auto step = checkpoint([&](const Array& c, const Array& w) {
           return std::pair{f(x, c) * w, c};
         });
         return scan(step, x * 0.5, ones({2}, DType::float64)).first;
       },
       twice},
      {"checkpoint in while_loop in cond",
       [](const Body& f, const Array& x) {
         const auto kept = checkpoint([&](const Array& q) { return f(x, q); });
         using State = std::pair<Array, Array>;
         const auto loop = [&](const Array& y) {
           return while_loop([&](const State& s) { return s.first < 2; },
                             [&](const State& s) { return State(s.first + 1, kept(s.second)); },
                             State(Array(0), y))
               .second;
         };
         return cond(
             sum(x) > 0.0, loop, [](const Array& y) { return y; }, x * 0.5);
       },
       twice, true},
      {"custom_jvp in cond in scan",
       [](const Body& f, const Array& x) {
         const auto step = [&](const Array& c, const Array&) {
           const auto rule = custom_jvp(f, [&](const auto& at, const auto& t) { return jvp(f, at, t); });
           return std::pair{conditional(rule, x, c), zeros({}, DType::float64)};
         };
         return scan(step, x * 0.5, zeros({2}, DType::float64)).first;
       },
       twice},
  };
  return all;
}

/// Nests of transforms, of a function from vectors to vectors.
struct Nest {
  const char* name;
  std::function<Array(const Function&, const Array&)> apply;
  bool backwards = false;
};

Array along(const Function& f, const Array& x, const Array& t) {
  return jvp(f, std::tuple{x}, std::tuple{t}).second;
}
Function slope(const Function& f) {
  return grad([f](const Array& x) { return sum(f(x) * weights); });
}

const std::vector<Nest>& nests() {
  static const std::vector<Nest> all{
      {"nothing", [](const Function& f, const Array& x) { return f(x); }},
      {"jvp", [](const Function& f, const Array& x) { return along(f, x, direction); }},
      {"vmap", [](const Function& f, const Array& x) { return vmap(f)(x + 0.1 * abs(directions)); }},
      {"vmap of jvp",
       [](const Function& f, const Array& x) {
         return vmap([&](const Array& t) { return along(f, x, t); })(directions);
       }},
      {"jvp of vmap",
       [](const Function& f, const Array& x) {
         return along([&](const Array& a) { return sum(vmap(f)(a + 0.1 * abs(directions)), 0); }, x,
                      direction);
       }},
      {"jvp of jvp",
       [](const Function& f, const Array& x) {
         return along([&](const Array& a) { return along(f, a, direction); }, x, weights);
       }},
      {"grad", [](const Function& f, const Array& x) { return slope(f)(x); }, true},
      {"grad of jvp",
       [](const Function& f, const Array& x) {
         return slope([&](const Array& a) { return along(f, a, direction); })(x);
       },
       true},
      {"jvp of grad", [](const Function& f, const Array& x) { return along(slope(f), x, direction); }, true},
      {"grad of grad", [](const Function& f, const Array& x) { return slope(slope(f))(x); }, true},
      {"vmap of jvp of grad",
       [](const Function& f, const Array& x) {
         return vmap([&](const Array& t) { return along(slope(f), x, t); })(directions);
       },
       true},
      {"grad of vmap of jvp",
       [](const Function& f, const Array& x) {
         return slope([&](const Array& a) {
           return sum(vmap([&](const Array& t) { return along(f, a, t); })(directions), 0);
         })(x);
       },
       true},
      {"jacobian", [](const Function& f, const Array& x) { return jacobian(f)(x); }, true},
  };
  return all;
}

void compare(const Array& got, const Array& wanted) {
  REQUIRE(got.shape() == wanted.shape());
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("element " << i << ": " << a[i] << ", wanted " << b[i]);
    CHECK(std::abs(a[i] - b[i]) <= 1e-9 + 1e-9 * std::abs(b[i]));
  }
}

void check(const Flow& flow, const Nest& nest) {
  const Array x = doubles({0.35, 0.7, -0.25, 0.55});
  for (const auto& [name, body] : bodies()) {
    INFO(nest.name << " of " << flow.name << " of " << name);
    const Function run = [&](const Array& a) { return flow.run(body, a); };
    const Function plain = [&](const Array& a) { return flow.plain(body, a); };
    const auto all = [&](const Array& a) { return nest.apply(run, a); };
    if (flow.forwards && nest.backwards) {
      CHECK_THROWS_AS(all(x), ValueError);
      return;
    }
    const Array wanted = nest.apply(plain, x);
    CHECK_NOTHROW(compare(all(x), wanted));
    CHECK_NOTHROW(compare(jit(all)(x), wanted));
  }
}

}  // namespace

TEST_CASE("control flow with values from outside, under nests of transforms") {
  for (const Nest& nest : nests())
    for (const Flow& flow : flows()) check(flow, nest);
}

TEST_CASE("rules of one's own that use values of the transforms around") {
  const Array x = doubles({0.35, 0.7, -0.25, 0.55}), scale = doubles({1.5, 0.5, 2.0, 1.0});
  using Both = std::function<Array(const Array&, const Array&)>;
  const std::vector<std::pair<const char*, Both>> rules{
      {"custom_jvp",
       [](const Array& s, const Array& q) {
         return custom_jvp([s](const Array& a) { return sin(a) * s; },
                           [s](const std::tuple<Array>& at, const std::tuple<Array>& t) {
                             const Array a = std::get<0>(at);
                             return std::pair{sin(a) * s, cos(a) * s * std::get<0>(t)};
                           })(q);
       }},
      {"custom_vjp",
       [](const Array& s, const Array& q) {
         return custom_vjp([s](const Array& a) { return sin(a) * s; },
                           [s](const Array& a) {
                             return std::pair{sin(a) * s, cos(a) * s};
                           },
                           [s](const Array& slope, const Array& ct) { return ct * slope * (s / s); })(q);
       }},
  };
  const auto plain = [](const Array& s, const Array& q) { return sin(q) * s; };
  const Flow alone{"nothing", [](const Body& f, const Array& q) { return f(q, q * 0.5); }, once};
  std::vector<Flow> all = flows();
  all.push_back(alone);
  for (const auto& [name, rule] : rules)
    for (const Flow& flow : all)
      for (const Nest& nest : nests()) {
        if (flow.forwards && nest.backwards) continue;
        const std::string way = flow.name;
        INFO(nest.name << " of " << way << " of " << name);
        // The scale is of the jit around, and nobody differentiates it.
        const auto of = [&](const Both& f, bool with_flow) {
          return [&, f, with_flow](const Array& q, const Array& s) {
            const Body body = [&](const Array&, const Array& c) { return f(s, c); };
            return nest.apply(
                [&](const Array& a) { return with_flow ? flow.run(body, a) : flow.plain(body, a); }, q);
          };
        };
        const Array wanted = of(plain, false)(x, scale);
        CHECK_NOTHROW(compare(of(rule, true)(x, scale), wanted));
        CHECK_NOTHROW(compare(jit(of(rule, true))(x, scale), wanted));
        // What is differentiated must be an argument.
        if (std::string(nest.name) != "jvp" && std::string(nest.name) != "grad") continue;
        const Function of_scale = [&](const Array& s) {
          const Body body = [&](const Array&, const Array& c) { return rule(s, c); };
          return flow.run(body, x);
        };
        CHECK_THROWS_AS(nest.apply(of_scale, scale), Error);
      }
}
