// What the compiler does about scans: the forward loop keeps what the backward loop needs, products over all
// steps are one, and what is not read is not computed. Results stay those of the eager calls.
#include <functional>

#include "catch.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/conv.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"
#include "copse/trace/compile.hpp"
#include "copse/transform/branches.hpp"
#include "copse/transform/checkpoint.hpp"
#include "copse/transform/custom.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/loops.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;

namespace {

using Arrays = std::vector<Array>;
using None = std::tuple<>;

Array numbers(std::uint32_t seed, const Shape& shape) {
  return 0.4f * random::normal(random::key(seed), shape);
}

// A loss with loops: of parameters and of a sequence (time, batch, features).
struct Loop {
  const char* name;
  std::function<Array(const Arrays&, const Array&)> loss;
  std::int64_t length = 6;
};

Arrays parameters() {
  return {numbers(1, {4, 5}), numbers(2, {5, 5}), numbers(3, {5}), numbers(4, {5, 3}), numbers(5, {15})};
}
Array sequence(std::int64_t length) { return numbers(6, {length, 3, 4}); }

Array start() { return zeros({3, 5}); }

Array simple_step(const Arrays& p, const Array& h, const Array& x) {
  return tanh(matmul(x, p[0]) + matmul(h, p[1]) + p[2]);
}

std::pair<Array, Array> simple_rnn(const Arrays& p, const Array& xs, ScanOptions options = {}) {
  return scan(
      [&](const Array& h, const Array& x) {
        Array next = simple_step(p, h, x);
        return std::pair(next, next);
      },
      start(), xs, options);
}

Array gated(const Arrays& p, const Array& xs) {
  const Array inputs = matmul(xs, p[0]);
  return scan(
             [&](const Array& h, const Array& x) {
               const Array from = tile(matmul(h, p[1]), {1, 3}) + p[4];
               const auto gate = [&](int i) { return slice_in_dim(from, 5 * i, 5 * i + 5, 1, -1); };
               const Array r = sigmoid(x + gate(0)), z = sigmoid(x + gate(1)), n = tanh(x + r * gate(2));
               return std::pair((1.0f - z) * n + z * h, None());
             },
             start(), inputs)
      .first;
}

Array two_carries(const Arrays& p, const Array& xs) {
  using State = std::pair<Array, Array>;
  const auto [last, ys] = scan(
      [&](const State& s, const Array& x) {
        const Array gate = sigmoid(matmul(x, p[0]) + matmul(s.second, p[1]));
        const Array cell = gate * s.first + (1.0f - gate) * tanh(p[2]);
        return std::pair(State(cell, gate * tanh(cell)), cell);
      },
      State(start(), start()), xs);
  return sum(last.second) + mean(square(ys));
}

Array outputs_alone(const Arrays& p, const Array& xs) {
  const auto [last, ys] = scan(
      [&](const Array& h, const Array& x) {
        Array next = simple_step(p, h, x);
        const Array logits = matmul(next, p[3]);
        return std::pair(next, std::pair(log_softmax(logits + 1.0f), x));
      },
      start(), xs);
  return sum(ys.first * ys.first) + sum(ys.second * ys.second) + sum(last);
}

Array with_dropout(const Arrays& p, const Array& xs) {
  const auto keys = random::split(random::key(9), xs.shape(0));
  return sum(scan(
                 [&](const Array& h, const std::pair<Array, Key>& x) {
                   const Array keep = random::bernoulli(x.second, 0.7, {3, 5});
                   return std::pair(where(keep, simple_step(p, h, x.first), 0.0f), None());
                 },
                 start(), std::pair(xs, keys))
                 .first);
}

Array nested(const Arrays& p, const Array& xs) {
  return sum(scan(
                 [&](const Array& h, const Array& x) {
                   const Array inner = fori_loop(
                       0, 3, [&](const Array&, const Array& c) { return tanh(matmul(c, p[1]) + p[2]); }, h);
                   return std::pair(inner + matmul(x, p[0]), None());
                 },
                 start(), xs)
                 .first);
}

Array with_a_branch(const Arrays& p, const Array& xs) {
  return sum(scan(
                 [&](const Array& h, const Array& x) {
                   const Array next = cond(
                       sum(x) > 0.0f, [&](const Array& c) { return tanh(matmul(c, p[1])); },
                       [&](const Array& c) { return c + p[2]; }, h);
                   return std::pair(next + matmul(x, p[0]), None());
                 },
                 start(), xs)
                 .first);
}

Array checkpointed(const Arrays& p, const Array& xs) {
  const auto step = checkpoint([&](const Array& h, const Array& x) { return simple_step(p, h, x); });
  return sum(
      scan([&](const Array& h, const Array& x) { return std::pair(step(h, x), None()); }, start(), xs).first);
}

Array own_rule(const Arrays& p, const Array& xs) {
  const auto clipped = custom_vjp([](const Array& x) { return sin(x) * x; },
                                  [](const Array& x) { return std::pair(sin(x) * x, x); },
                                  [](const Array& x, const Array& ct) { return ct * cos(x); });
  return sum(
      scan([&](const Array& h,
               const Array& x) { return std::pair(clipped(matmul(x, p[0]) + matmul(h, p[1])), None()); },
           start(), xs)
          .first);
}

Array invariants(const Arrays& p, const Array& xs) {
  const auto [last, ys] = scan(
      [&](const Array& h, const Array& x) {
        const Array square_of = matmul(p[1], p[1]), shift = exp(p[2]);
        return std::pair(tanh(matmul(h, square_of) + shift), std::pair(matmul(x, p[0]) + shift, shift));
      },
      start(), xs);
  return sum(last) + sum(square(ys.first)) + sum(ys.second);
}

Array with_a_convolution(const Arrays& p, const Array& xs) {
  const Array kernel = reshape(p[4], {3, 1, 5});
  return sum(scan(
                 [&](const Array& h, const Array& x) {
                   const Array filtered = mean(conv(expand_dims(x, -1), kernel), {1});
                   return std::pair(tanh(filtered + h), None());
                 },
                 start(), xs)
                 .first);
}

Array with_attention(const Arrays& p, const Array& xs) {
  const auto [last, ys] = scan(
      [&](const Array& h, const Array& x) {
        const Array scores = softmax(matmul(h, transpose(matmul(x, p[0]))));
        return std::pair(h + matmul(scores, matmul(x, p[0])), sum(scores * scores));
      },
      start() + p[2], xs);
  return sum(last) + sum(ys);
}

std::vector<Loop> loops() {
  return {
      {"the simplest recurrence",
       [](const Arrays& p, const Array& xs) { return sum(square(simple_rnn(p, xs).second)); }},
      {"backwards in time",
       [](const Arrays& p, const Array& xs) { return sum(simple_rnn(p, xs, {.reverse = true}).second); }},
      {"its last carry alone", [](const Arrays& p, const Array& xs) { return sum(simple_rnn(p, xs).first); }},
      {"gates", [](const Arrays& p, const Array& xs) { return sum(square(gated(p, xs))); }},
      {"two carries", two_carries},
      {"products for the ys", outputs_alone},
      {"dropout", with_dropout},
      {"a loop within", nested},
      {"a branch within", with_a_branch},
      {"a checkpoint within", checkpointed},
      {"a rule of one's own within", own_rule},
      {"what is the same in all steps", invariants},
      {"a convolution", with_a_convolution},
      {"attention", with_attention},
      {"one loop after another",
       [](const Arrays& p, const Array& xs) {
         const Array seen = simple_rnn(p, xs).second;
         return sum(simple_rnn({p[1], p[1], p[2]}, seen).first);
       }},
      {"sums of what carries are",
       [](const Arrays& p, const Array& xs) {
         using State = std::pair<Array, Array>;
         const State last =
             scan(
                 [&](const State& s, const Array& x) {
                   return std::pair(State(simple_step(p, s.first, x), s.second + sum(s.first, 0)), None());
                 },
                 State(start(), p[2]), xs)
                 .first;
         return sum(square(last.second)) + sum(last.first);
       }},
      {"a single step", [](const Arrays& p, const Array& xs) { return sum(simple_rnn(p, xs).second); }, 1},
      {"no step", [](const Arrays& p, const Array& xs) { return sum(simple_rnn(p, xs).first + p[2]); }, 0},
  };
}

void compare(const Arrays& got, const Arrays& wanted) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t n = 0; n < got.size(); ++n) {
    INFO("array " << n);
    REQUIRE(got[n].type() == wanted[n].type());
    CHECK(all_close(got[n], wanted[n], 2e-4, 2e-5));
  }
}

Arrays flattened(const std::pair<Array, Arrays>& all) {
  Arrays list = all.second;
  list.push_back(all.first);
  return list;
}

// Instructions of a program by the name of what they do.
int count(const ir::Program& program, std::string_view name) {
  int found = 0;
  for (const ir::Instruction& i : program.instructions) found += i.primitive->name() == name;
  return found;
}

const CompileOptions as_written{.without = {"loop_residuals", "loop_fission"}};

}  // namespace

TEST_CASE("loops compute what they did before the passes over loops") {
  for (const Loop& l : loops()) {
    INFO(l.name);
    const Arrays p = parameters();
    const Array xs = sequence(l.length);
    const auto f = [&](const Arrays& parameters, const Array& in) {
      return flattened(value_and_grad([&](const Arrays& q) { return l.loss(q, in); })(parameters));
    };
    const Arrays wanted = f(p, xs);
    for (const CompileOptions& options :
         {CompileOptions(), CompileOptions{.without = {"loop_residuals"}},
          CompileOptions{.without = {"loop_fission"}}, CompileOptions{.without = {"dead_code"}}, as_written})
      compare(jit(f, {.compile = options})(p, xs), wanted);
  }
}

TEST_CASE("loops within other transforms compute what they did before the passes over loops") {
  for (const Loop& l : loops()) {
    INFO(l.name);
    const Arrays p = parameters();
    const Array xs = sequence(l.length);
    const auto gradient = [&](const Arrays& q) {
      return grad([&](const Arrays& r) { return l.loss(r, xs); })(q);
    };
    // Forward over reverse.
    const auto curvature = [&](const Arrays& q) {
      return jvp(gradient, std::tuple(q), std::tuple(p)).second;
    };
    compare(jit(curvature)(p), jit(curvature, {.compile = as_written})(p));
    const auto each = [&](const Array& many) {
      return vmap([&](const Array& one) {
        return flattened(value_and_grad([&](const Arrays& q) { return l.loss(q, one); })(p));
      })(many);
    };
    const Array many = stack({xs, 2.0f * xs});
    compare(jit(each)(many), jit(each, {.compile = as_written})(many));
  }
}

TEST_CASE("the loop of a gradient computes no product again, and sums of products leave it") {
  const Arrays p = parameters();
  const Array xs = sequence(6);
  const auto f = [](const Arrays& q, const Array& in) {
    return value_and_grad([&](const Arrays& r) { return sum(square(simple_rnn(r, in).second)); })(q);
  };
  const auto all = jit(f), again = jit(f, {.compile = {.without = {"loop_residuals"}}}),
             inside = jit(f, {.compile = as_written});
  const flat::Compiled &best = all.ahead(p, xs), &plain = inside.ahead(p, xs);
  // x W before the loop; behind it the gradients of both matrices. h U and its transpose stay.
  CHECK(count(best.program(), "matmul") == 3);
  CHECK(count(best.program(), "scan") == 2);
  CHECK(count(plain.program(), "matmul") == 0);
  // The forward loop's two products are computed once.
  const double products = 2.0 * 6 * 3 * (4 * 5 + 5 * 5);
  CHECK(plain.cost().flops - best.cost().flops >= products);
  CHECK(again.ahead(p, xs).cost().flops > best.cost().flops);
}

TEST_CASE("what is the same in all steps is computed once") {
  // Within a function with a rule of its own, so that it is not recorded outside of the loop at once.
  const auto twice =
      custom_vjp([](const Array& h, const Array& w) { return matmul(h, matmul(w, w)); },
                 [](const Array& h, const Array& w) { return std::pair(matmul(h, matmul(w, w)), h); },
                 [](const Array& h, const Array& ct) { return std::pair(ct, matmul(h, ct)); });
  const auto f = [&](const Array& w, const Array& xs) {
    return scan([&](const Array& h, const Array& x) { return std::pair(tanh(twice(h, w) + x), None()); },
                start(), xs)
        .first;
  };
  const Array w = numbers(2, {5, 5}), xs = numbers(3, {40, 3, 5});
  const auto all = jit(f), inside = jit(f, {.compile = as_written});
  const flat::Compiled& compiled = all.ahead(w, xs);
  CHECK(count(compiled.program(), "matmul") == 1);
  CHECK(inside.ahead(w, xs).cost().flops - compiled.cost().flops >= 39 * 2.0 * 5 * 5 * 5);
  compare({all(w, xs)}, {f(w, xs)});
}

TEST_CASE("ys and carries that are not read are not computed") {
  using State = std::pair<Array, Array>;
  const auto f = [](const Array& w, const Array& xs) {
    return scan(
               [&](const State& s, const Array& x) {
                 const Array next = tanh(s.first + x);
                 return std::pair(State(next, s.second + matmul(next, w)), std::pair(matmul(x, w), next));
               },
               State(start(), start()), xs)
        .first.first;
  };
  const Array w = numbers(2, {5, 5}), xs = numbers(3, {40, 3, 5});
  const auto all = jit(f), without = jit(f, {.compile = {.without = {"dead_code"}}});
  const flat::Compiled& compiled = all.ahead(w, xs);
  CHECK(compiled.cost().flops <= 40 * 3 * 5 * 20.0);
  CHECK(compiled.cost().flops + 40 * 2 * 2.0 * 3 * 5 * 5 <= without.ahead(w, xs).cost().flops);
  compare({all(w, xs)}, {without(w, xs)});
}

namespace {

// Gives its operand back, and counts how often a kernel was made for it.
struct Counted final : Primitive {
  std::string_view name() const override { return "counted"; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override { out[0] = in[0]; }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    ++prepared;
    return make_kernel([bytes = in[0].bytes()](const void* const* from, void* const* to) {
      std::copy_n(static_cast<const std::byte*>(from[0]), bytes, static_cast<std::byte*>(to[0]));
    });
  }
  BatchResult batch(const BatchCall&) const override { throw Error("not in this test"); }
  mutable int prepared = 0;
};

}  // namespace

TEST_CASE("an eager loop is compiled once for all values of the arrays that its step uses") {
  const auto counted = std::make_shared<const Counted>();
  const auto run = [&](const Array& w) {
    const auto step = [&](const Array& h) {
      return std::pair(copse::bind(counted, tanh(matmul(h, w))), None());
    };
    const auto question = [](const std::pair<Array, Array>& s) { return s.first < 3; };
    (void)scan(step, start(), {.length = 4});
    (void)while_loop(
        question,
        [&](const std::pair<Array, Array>& s) { return std::pair(s.first + 1, step(s.second).first); },
        std::pair(Array(0), start()));
    (void)cond(
        sum(w) > 0.0f, [&](const Array& h) { return step(h).first; }, [&](const Array& h) { return h + w; },
        zeros({5, 5}));
  };
  run(numbers(1, {5, 5}));
  const int prepared = counted->prepared;
  CHECK(prepared == 3);
  run(numbers(2, {5, 5}));
  run(numbers(3, {5, 5}));
  CHECK(counted->prepared == prepared);
}
