// Modules: init, apply, calls, modes, freezing, and all of it inside transforms.
#include <string>
#include <vector>

#include "catch.hpp"
#include "copse/nn.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random.hpp"
#include "copse/transform/grad.hpp"
#include "copse/transform/jit.hpp"
#include "copse/transform/vmap.hpp"

using namespace copse;

namespace {

struct Classifier {
  nn::Linear hidden{32};
  nn::BatchNorm norm;
  nn::Dropout dropout{0.5f};
  nn::Linear logits{10};

  Array encode(Scope& scope, const Array& x) { return relu(norm(scope, hidden(scope, x))); }
  Array operator()(Scope& scope, const Array& x) { return logits(scope, dropout(scope, encode(scope, x))); }
};

struct Line {
  Parameter w = 2.0f;
  Parameter b = 1.0f;
  Array operator()(const Array& x) const { return w * x + b; }
};

struct Counter {
  State<Array> calls = Array(0);
  int runs = 0;
  Array operator()(const Array& x) {
    calls = calls + 1;
    return x;
  }
  Array count(const Array& x) {
    ++runs;
    return x;
  }
  void reset() { calls = Array(0); }
};

// A module in a module keeps modes of its own.
struct Outer {
  Module<nn::BatchNorm> norm{nn::BatchNorm{}};
  nn::Linear linear{2};
  Array operator()(Scope& scope, const Array& x) { return linear(scope, norm(scope, x)); }
};

struct Penalized {
  nn::Linear linear{3};
  Array operator()(Scope& scope, const Array& x) {
    Array y = linear(scope, x);
    scope.add_loss("penalty", sum(square(y)));
    scope.add_metric("size", mean(abs(y)));
    return y;
  }
};

const Key key = random::key(42);
const Array x = random::normal(key, {8, 20});

}  // namespace

TEST_CASE("init creates what is lacking and keeps what is given") {
  const Module<Classifier> fresh;
  const Module model = fresh.init(key, x);
  CHECK(model.initialized());
  CHECK(!fresh.initialized());
  CHECK(model->hidden.kernel->shape() == Shape{20, 32});
  CHECK(model->norm.var->shape() == Shape{32});
  CHECK(model == fresh.init(42, x));  // a seed is the key of it
  CHECK(!(model == fresh.init(43, x)));
  CHECK(model == model.init(7, x));

  Classifier given;
  given.logits.bias = ones({10});
  const Module kept = Module{given}.init(key, x);
  CHECK(all_close(kept->logits.bias, ones({10})));
  CHECK(all_close(kept->hidden.kernel, model->hidden.kernel));

  CHECK(all_close(model->norm.mean, zeros({32})));  // statistics are not touched
  CHECK_THROWS_AS(fresh.init(std::nullopt, x), KeyError);
  CHECK_THROWS_WITH(fresh.init(std::nullopt, x), Catch::Contains("in Classifier.hidden"));
}

TEST_CASE("init by shapes computes the parameters alone") {
  const Module<Classifier> fresh;
  detail::reset_peak_memory();
  const auto before = detail::memory_stats().peak_bytes;
  const Module model = fresh.init(key, ShapeDtype{{1'000'000, 20}});
  CHECK(detail::memory_stats().peak_bytes - before < 1'000'000);
  CHECK(model == fresh.init(key, x));
  CHECK(!model->hidden.kernel->is_abstract());

  const auto compiled = jit([](const Key& k, const Array& in) { return Module<Classifier>().init(k, in); });
  const Module same = compiled(key, x);
  CHECK(all_close(same->hidden.kernel, model->hidden.kernel));
  CHECK(same.initialized());
}

TEST_CASE("apply gives the output and the next module, and nothing else changes") {
  const Module model = Module<Classifier>().init(key, x);
  const Module copy = model;
  auto [y, next] = model.apply(key, x);
  CHECK(y.shape() == Shape{8, 10});
  CHECK(model == copy);
  CHECK(!all_close(next->norm.mean, model->norm.mean));
  CHECK(all_close(next->hidden.kernel, model->hidden.kernel));
  CHECK(all_close(model.apply(key, x).first, y));
  CHECK(!all_close(model.apply(1, x).first, y));
  auto [h, same] = model.apply<&Classifier::encode>(std::nullopt, x);
  CHECK(h.shape() == Shape{8, 32});
  CHECK_THROWS_WITH(model.apply(std::nullopt, x),
                    Catch::Contains("Dropout: needs a random key") && Catch::Contains("Classifier.dropout"));
}

TEST_CASE("A call that changes something is refused with the path") {
  const Module model = Module<Classifier>().init(key, x);
  CHECK_THROWS_AS(model(x), KeyError);
  CHECK_THROWS_AS(model.call(key, x), MutabilityError);
  CHECK_THROWS_WITH(model.call(key, x),
                    Catch::Contains("Classifier.norm.mean, Classifier.norm.var") && Catch::Contains("apply"));
  CHECK_THROWS_WITH(model.call<&Classifier::encode>(key, x), Catch::Contains("norm"));
  CHECK(all_close(model.eval()(x), model.eval().call(std::nullopt, x)));
  CHECK_THROWS_WITH(model.eval()(ones({8, 21})),
                    "Linear: input has 21 features, kernel wants 20, in Classifier.hidden");

  const Module<Counter> counter;
  CHECK_THROWS_WITH(counter(x), Catch::Contains("Counter.calls"));
  CHECK_THROWS_WITH(counter.call<&Counter::count>(key, x), Catch::Contains("Counter.runs"));
  auto [y, next] = counter.apply(std::nullopt, x);
  CHECK(next->calls->item<int>() == 1);
  CHECK(next.apply<&Counter::reset>(std::nullopt) == counter);  // a method that returns nothing
  CHECK(counter.init(std::nullopt, x)->calls->item<int>() == 0);
}

TEST_CASE("A const call operator is called as it is") {
  const Module<Line> line;
  CHECK(line(Array(3.0f)).item<float>() == 7.0f);
  CHECK(line.call(std::nullopt, Array(3.0f)).item<float>() == 7.0f);
  CHECK(line.apply(std::nullopt, Array(3.0f)).second == line);
  const Module<Line> shared(Tree<Line>{});
  CHECK(shared == line);
  static_assert(std::is_same_v<decltype(Module{Tree<Line>{}}), Module<Line>>);
  static_assert(std::is_same_v<decltype(Module{line}), Module<Line>>);
  static_assert(!std::is_invocable_v<const Module<Line>&, std::string>);
}

TEST_CASE("Freezing leaves nothing to train there") {
  const Module model = Module<Classifier>().init(key, x);
  const auto count = [](const auto& tree) { return leaves(tree).size(); };
  CHECK(count(model.parameters()) == 6);
  CHECK(count(model.trainable_parameters()) == 6);
  CHECK(count(model.batch_stats()) == 2);
  CHECK(count(model.states()) == 2);
  CHECK(count(model.logs()) == 0);
  CHECK(count(model.parameters([](const FieldInfo& info) { return info.name == "bias"; })) == 3);
  const auto frozen = model.freeze<&Classifier::hidden>();
  CHECK(count(frozen.trainable_parameters()) == 4);
  CHECK(count(frozen.parameters()) == 6);
  CHECK(count(model.freeze<&Classifier::hidden, &nn::Linear::bias>().trainable_parameters()) == 5);
  CHECK(frozen.unfreeze() == model);
  CHECK(frozen.unfreeze<&Classifier::hidden>() == model);
  CHECK(count(model.freeze().trainable_parameters()) == 0);

  // A frozen normalisation keeps its statistics, in training too.
  auto [y, next] = model.freeze<&Classifier::norm>().train().apply(key, x);
  CHECK(all_close(next->norm.mean, model->norm.mean));
}

TEST_CASE("Modes reach modules inside of modules, which restrict their own part") {
  const Module<Outer> outer = Module<Outer>().init(key, x);
  CHECK(outer->norm.initialized());
  CHECK(!outer.eval()->norm.training());
  CHECK(outer.eval().train() == outer);
  CHECK(!all_close(outer.apply(key, x).second->norm->mean, zeros({20})));
  auto part = outer.replace<&Outer::norm>(outer->norm.eval());
  CHECK(part.training());
  CHECK(all_close(part.apply(key, x).second->norm->mean, zeros({20})));
  CHECK_THROWS_WITH(outer(ones({8, 19})), Catch::Contains("in Outer.norm"));
}

TEST_CASE("A scope of one's own collects losses and metrics") {
  const Module model = Module<Penalized>().init(key, x);
  const auto loss = [](const Module<Penalized>& m, const Array& in) {
    Scope scope;
    auto [y, next] = m.apply(scope, in);
    return std::pair{scope.losses().at(0).second, scope.metrics().at(0).second};
  };
  auto [value, gradient] = jit(value_and_grad(loss))(model, x);
  CHECK(value.first.item<float>() == Approx(sum(square(model(x))).item<float>()));
  CHECK(!all_close(gradient->linear.kernel, zeros({20, 3})));
}

TEST_CASE("A training step is differentiated, compiled and mapped") {
  const Module model = Module<Classifier>().init(key, x);
  const Array target = arange(8) % 10;
  const auto loss = [](const Module<Classifier>& m, const Key& k, const Array& in, const Array& t) {
    auto [y, next] = m.apply(k, in);
    return std::pair{-mean(take_along_axis(log_softmax(y), expand_dims(t, -1), -1)), next};
  };
  auto [value, gradient] = value_and_grad(loss)(model, key, x, target);
  CHECK(!(value.second->norm.mean->is_abstract()));
  CHECK(!all_close(value.second->norm.mean, model->norm.mean));
  CHECK(gradient->logits.kernel->shape() == Shape{32, 10});

  int traces = 0;
  const auto step = jit([&](const Module<Classifier>& m, const Key& k, const Array& in, const Array& t) {
    ++traces;
    auto [v, g] = value_and_grad(loss)(m, k, in, t);
    return std::pair{v.first, map([](const Array& p, const Array& d) { return p - 0.1f * d; }, v.second, g)};
  });
  auto [first, next] = step(model, key, x, target);
  CHECK(first.item<float>() == Approx(value.first.item<float>()).epsilon(1e-5));
  for (int i = 0; i < 50; ++i) next = step(next, random::fold_in(key, i), x, target).second;
  CHECK(traces == 1);
  CHECK(step(next, key, x, target).first.item<float>() < 0.5f * first.item<float>());
  (void)step(next.eval(), key, x, target);
  CHECK(traces == 2);  // the mode is part of the structure

  // An ensemble: one module for each key.
  const auto ensemble = vmap([](const Key& k) {
    return Module<Classifier>().init(k, ShapeDtype{{8, 20}});
  })(random::split(key, 3));
  CHECK(ensemble->hidden.kernel->shape() == Shape{3, 20, 32});
  const Array all = vmap([](const Module<Classifier>& m, const Array& in) { return m.eval()(in); },
                         {.in_axes = {0, std::nullopt}})(ensemble, x);
  CHECK(all.shape() == Shape{3, 8, 10});
}

TEST_CASE("tabulate shows parts, shapes and totals without computing anything") {
  const std::string table =
      Module<Classifier>().freeze<&Classifier::logits>().tabulate(ShapeDtype{{1000, 20}});
  INFO(table);
  CHECK(table.find("hidden") != std::string::npos);
  CHECK(table.find("kernel: Parameter(20, 32) float32") != std::string::npos);
  CHECK(table.find("float32(1000, 10)") != std::string::npos);
  CHECK(table.find("dropout") != std::string::npos);
  CHECK(table.find("Trainable parameters:     736  2.9 KB") != std::string::npos);
  CHECK(table.find("Non-trainable parameters: 330  1.3 KB") != std::string::npos);
  CHECK(table.find("Total parameters:         1,066  4.3 KB") != std::string::npos);
  CHECK(table.find("Other values:             64  256 B") != std::string::npos);

  const Module model = Module<Classifier>().init(key, x);
  const std::string folded = model.tabulate(TableOptions{.depth = 0}, x);
  CHECK(folded.find("hidden.kernel") != std::string::npos);
  CHECK(folded.find("\nhidden ") == std::string::npos);
  CHECK(model.tabulate().find("BatchNorm") != std::string::npos);
  CHECK(model.tabulate(TableOptions{.signatures = true}).find("features=32") != std::string::npos);
}
