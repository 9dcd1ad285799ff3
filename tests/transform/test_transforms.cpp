#include <map>
#include <thread>

#include "catch.hpp"
#include "copse/core/kinds.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/jvp.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;
using Catch::Contains;

namespace {

struct Line {
  Parameter w = 2.0f;
  Parameter b = 1.0f;
  int degree = 1;  // static

  Array operator()(const Array& x) const { return w * power(x, degree) + b; }
};

struct Net {
  std::vector<Line> lines = {Line{}, Line{}};
  std::map<std::string, Array> extra = {{"scale", Array(3.0f)}};
  Array steps = full({}, 0, DType::int32);
};

Array loss(const Tree<Line>& line, const Array& x, const Array& t) { return mean(square((*line)(x)-t)); }

const auto cube = [](const Array& x) { return x * x * x; };
double value(const Array& a) { return a.item<double>(); }

}  // namespace

TEST_CASE("grad composes with itself and with jit") {
  CHECK(value(grad(cube)(2.0f)) == Approx(12));
  CHECK(value(grad(grad(cube))(2.0f)) == Approx(12));
  CHECK(value(jit(grad(grad(grad(cube))))(2.0f)) == Approx(6));
  CHECK(value(grad(jit(cube))(2.0f)) == Approx(12));
}

TEST_CASE("the gradient of a tree is a tree of the same type") {
  const Array x = array({1.0f, 2.0f, 3.0f}), t = array({2.0f, 4.0f, 6.0f});
  const auto [v, g] = value_and_grad(loss)(Tree{Line{}}, x, t);
  CHECK(value(v) == Approx(1));
  CHECK(value(*g->w) == Approx(4));
  CHECK(value(*g->b) == Approx(2));

  const auto net_loss = [](const Tree<Net>& net, const Array& in) {
    return sum(net->lines[0](net->lines[1](in))) * net->extra.at("scale");
  };
  const auto n = grad(net_loss)(Tree{Net{}}, x);
  CHECK(value(*n->lines[0].b) == Approx(9));
  CHECK(value(n->extra.at("scale")) == Approx(2 * (3 + 5 + 7) + 3));
  CHECK(is_nothing(n->steps));
}

TEST_CASE("several arguments, and what else a function returns") {
  const auto f = [](const Array& a, const Array& b) { return std::pair{a * a * b, a + b}; };
  const auto [result, gradients] = value_and_grad<0, 1>(f)(3.0f, 2.0f);
  CHECK(value(result.first) == Approx(18));
  CHECK(value(result.second) == Approx(5));
  CHECK(value(std::get<0>(gradients)) == Approx(12));
  CHECK(value(std::get<1>(gradients)) == Approx(9));
  const auto [g, aux] = grad<1>(f)(3.0f, 2.0f);
  CHECK(value(g) == Approx(9));
  CHECK(value(aux) == Approx(5));
}

TEST_CASE("values steer control flow in grad") {
  const auto f = [](const Array& x) { return x > 0.0f ? x * 2.0f : x * 3.0f; };
  CHECK(value(grad(f)(1.0f)) == 2);
  CHECK(value(grad(f)(-1.0f)) == 3);
}

TEST_CASE("grad wants one floating-point number") {
  CHECK_THROWS_WITH(grad([](const Array& x) { return x * 2.0f; })(ones({3})),
                    Contains("float32(3,)") && Contains("sum"));
  CHECK_THROWS_AS(grad([](const Array& x) { return x > 0.0f; })(1.0f), ShapeError);
}

TEST_CASE("vjp takes a cotangent like the value") {
  const auto [y, pull] =
      vjp([](const Array& a, const Array& b) { return a * b; }, array({1.0f, 2.0f}), array({3.0f, 4.0f}));
  const auto [da, db] = pull(array({1.0f, 10.0f}));
  CHECK(da.to_vector<double>() == std::vector<double>{3, 40});
  CHECK(db.to_vector<double>() == std::vector<double>{1, 20});
}

TEST_CASE("jvp moves along a direction") {
  const auto [y, dy] = jvp(cube, std::tuple{Array(2.0f)}, std::tuple{Array(1.0f)});
  CHECK(value(y) == Approx(8));
  CHECK(value(dy) == Approx(12));
  // Forward over reverse.
  const auto [g, dg] = jvp(grad(cube), std::tuple{Array(2.0f)}, std::tuple{Array(1.0f)});
  CHECK(value(dg) == Approx(12));
  CHECK_THROWS_WITH(jvp(cube, std::tuple{ones({2})}, std::tuple{ones({3})}),
                    Contains("(3,)") && Contains("(2,)"));
}

TEST_CASE("vmap maps arguments and results along any axis") {
  const auto dot = [](const Array& a, const Array& b) { return sum(a * b); };
  const Array a = reshape(astype(arange(6), DType::float32), {2, 3}), b = array({1.0f, 2.0f, 3.0f});
  CHECK(vmap(dot, {.in_axes = {0, std::nullopt}})(a, b).to_vector<double>() == std::vector<double>{8, 26});
  const auto both = vmap(vmap([](const Array& x) { return x * 2.0f; }), {.in_axes = {1}, .out_axes = {1}})(a);
  CHECK(both.to_vector<double>() == std::vector<double>{0, 2, 4, 6, 8, 10});
  const auto pair = vmap(
      [](const Array& x) {
        return std::pair{x, x * 2.0f};
      },
      {.in_axes = {0}, .out_axes = {0, 1}})(a);
  CHECK(pair.second.shape() == Shape{3, 2});
  CHECK_THROWS_WITH(vmap(dot, {.in_axes = {0}})(a, b), Contains("in_axes has 1 entries, wanted 2"));
  CHECK_THROWS_WITH(vmap(dot)(a, b),
                    "vmap: mapped axes differ in extent: 2 and 3; argument 0 is float32(2, 3), argument 1 is "
                    "float32(3,)");
  const auto of_line = [](const Tree<Line>& l, const Array& x) { return l->w * x; };
  CHECK_THROWS_WITH(vmap(of_line)(Tree{Line{}}, b),
                    Contains("vmap: argument 0 at w is float32(), which has no axis 0"));
  CHECK(vmap(of_line, {.in_axes = {std::nullopt, 0}})(Tree{Line{}}, b).to_vector<double>() ==
        std::vector<double>{2, 4, 6});
  CHECK(vmap([](const Array& x) { return sum(x); })(zeros({0, 3})).shape() == Shape{0});
}

TEST_CASE("gradients for each example: vmap of grad") {
  const Array x = array({1.0f, 2.0f, 3.0f}), t = array({2.0f, 4.0f, 6.0f});
  const auto each = vmap(grad(loss), {.in_axes = {std::nullopt, 0, 0}})(Tree{Line{}}, x, t);
  CHECK(each->w->to_vector<double>() == std::vector<double>{2, 4, 6});
  const auto compiled = jit(vmap(grad(loss), {.in_axes = {std::nullopt, 0, 0}}))(Tree{Line{}}, x, t);
  CHECK(compiled->w->to_vector<double>() == std::vector<double>{2, 4, 6});
}

TEST_CASE("jit compiles once for each structure, static field, shape and dtype") {
  const Array x = array({1.0f, 2.0f, 3.0f}), t = array({2.0f, 4.0f, 6.0f});
  int traces = 0;
  const auto step = jit([&](const Tree<Line>& m, const Array& in, const Array& target) {
    ++traces;
    return map([](const Array& p, const Array& d) { return p - 0.1f * d; }, m, grad(loss)(m, in, target));
  });
  Tree line{Line{}};
  for (int i = 0; i < 1000; ++i) line = step(line, x, t);
  CHECK(traces == 1);
  CHECK(value(*line->w) == Approx(2).margin(1e-4));
  CHECK(value(*line->b) == Approx(0).margin(1e-4));
  (void)step(line.replace<&Line::degree>(2), x, t);
  CHECK(traces == 2);
  (void)step(line, array({1.0f}), array({1.0f}));
  CHECK(traces == 3);
  (void)step(line, x, t);
  CHECK(traces == 3);
  CHECK(step.stats().compiles == 3);
}

TEST_CASE("arguments given away are reused, and using them throws") {
  const auto next = jit([](const Array& a) { return a + 1.0f; });
  Array state = full({1000}, 1.0f);
  const void* memory = state.raw();
  state = next(std::move(state));
  CHECK(state.raw() == memory);
  Array given = full({1000}, 1.0f);
  const Array result = next(std::move(given));
  CHECK_THROWS_WITH(given + 1.0f, Contains("moved from"));
  // Somebody else holds it: nothing is harmed.
  Array mine = full({1000}, 5.0f);
  const Array also = mine;
  CHECK(next(std::move(mine)).item<float>({0}) == 6.0f);
  CHECK(also.item<float>({0}) == 5.0f);
}

TEST_CASE("a failed trace leaves nothing behind") {
  bool fail = true;
  const auto f = jit([&](const Array& x) {
    if (fail) throw ValueError("no");
    return x * 2.0f;
  });
  CHECK_THROWS_AS(f(1.0f), ValueError);
  CHECK(current_trace() == nullptr);
  fail = false;
  CHECK(value(f(1.0f)) == 2);
  CHECK(f.stats().compiles == 1);
  // A donated argument is still there.
  const auto bad = jit([](const Array& x) { return x.item<float>() > 0 ? x : -x; });
  Array kept = 1.0f;
  CHECK_THROWS_AS(bad(std::move(kept)), ConcretizationError);
  CHECK(kept.has_value());
}

TEST_CASE("several threads may call and first call at once") {
  const auto f = jit([](const Array& x) { return sum(tanh(x) * 2.0f); });
  const Array x = full({100}, 0.5f);
  std::vector<double> results(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < results.size(); ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < 50; ++k) results[i] = value(f(x));
    });
  for (auto& t : threads) t.join();
  for (const double r : results) CHECK(r == Approx(200 * std::tanh(0.5)).epsilon(1e-5));
  CHECK(f.stats().compiles == 1);
  CHECK(f.stats().calls == 400);
}

TEST_CASE("programs can be looked at") {
  const auto ir = make_ir([](const Array& x) { return exp(x) * 2.0f; })(ones({3}));
  CHECK_THAT(ir::to_text(ir), Contains("exp") && Contains("multiply"));
  const auto f = jit([](const Array& a, const Array& b) { return matmul(a, b); });
  CHECK(f.ahead(ones({8, 8}), ones({8, 8})).cost().flops == 1024);
}

TEST_CASE("giving arguments away needs no other recording") {
  int traces = 0;
  const auto next = jit([&](const Array& a) {
    ++traces;
    return a + 1.0f;
  });
  Array state = next(full({8}, 1.0f));
  for (int i = 0; i < 3; ++i) state = next(std::move(state));
  CHECK(state.item<float>({0}) == 5.0f);
  CHECK(next(state).item<float>({0}) == 6.0f);
  CHECK(state.item<float>({0}) == 5.0f);
  CHECK(traces == 1);
  CHECK(next.stats().traces == 1);
  CHECK(next.stats().compiles == 2);
}

TEST_CASE("a function that is compiled often says what has changed") {
  std::vector<std::string> lines;
  const auto f =
      jit([](const Tree<Line>& line, const Array& x) { return (*line)(x); },
          {.name = "predict", .log_after = 1, .log = [&](const std::string& l) { lines.push_back(l); }});
  const Tree line{Line{}};
  (void)f(line, ones({2}));
  (void)f(line, ones({2}));
  CHECK(lines.empty());
  (void)f(line, ones({3}));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "jit: predict was compiled 2 times; argument 1 is float32(3,), it was float32(2,)");
  (void)f(line.replace<&Line::degree>(3), ones({3}));
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[1], Contains("compiled 3 times; argument 0 at degree is 3, it was 1"));
  (void)f(line.replace<&Line::w>(ones({3})), ones({3}));
  REQUIRE(lines.size() == 3);
  CHECK_THAT(lines[2], Contains("argument 0 at degree is 1, it was 3"));
  (void)f(line.replace<&Line::w>(ones({1})), ones({3}));
  REQUIRE(lines.size() == 4);
  CHECK_THAT(lines[3], Contains("argument 0 at w is float32(1,), it was float32(3,)"));
}
