#include "check.hpp"
#include "copse/core/kinds.hpp"
#include "copse/transform/grad.hpp"

using namespace copse;
using test::close;
using test::has;
using test::message;

namespace {

struct Layer {
  Parameter kernel = array({1.0f, 2.0f});
  Parameter bias = zeros({});
  BatchStat mean = full({2}, 7.0f);
  Array constant = full({2}, 3.0f);
  int features = 2;
};
struct Net {
  Layer first;
  Layer second;
};
struct Plain {
  Array w = array({1.0f, 2.0f});
  Array index = array({1, 2});
  std::vector<Array> more{zeros({})};
};
struct Training {
  Tree<Net> net;
  optim::Optimizer optimizer{optim::adam(.1)};
};

}  // namespace

TEST_CASE("an optimizer steps the trainable parameters of a tree") {
  const Tree net{Net{}};
  const auto grads = map([](const Array& x) { return ones_like(x); }, net);
  const optim::Optimizer start = optim::sgd(.5);
  CHECK(!start.initialized());
  const optim::Optimizer optimizer = start.init(net);
  CHECK(optimizer.initialized());
  CHECK(!start.initialized());
  const auto [next, after] = optimizer.step(grads, net);
  close(next->first.kernel, {.5, 1.5});
  close(next->second.bias, {-.5});
  close(next->first.mean, {7, 7});
  close(next->first.constant, {3, 3});
  CHECK(next->first.features == 2);
  const auto [updates, same] = optimizer.update(grads, net);
  close(updates->first.kernel, {-.5, -.5});
  CHECK(is_nothing(updates->first.mean));
  CHECK(!updates->first.constant.has_value());
}

TEST_CASE("what is frozen stays as it is") {
  const Tree net = with_trainable(Tree{Net{}}, false);
  const auto grads = map([](const Array& x) { return ones_like(x); }, net);
  const auto optimizer = optim::Optimizer(optim::sgd(1)).init(net);
  CHECK(optimizer.step(grads, net).first == net);
  Net half;
  half.first = with_trainable(half.first, false);
  const Tree part{half};
  const auto [next, after] = optim::Optimizer(optim::adam(1))
                                 .init(part)
                                 .step(map([](const Array& x) { return ones_like(x); }, part), part);
  close(next->first.kernel, {1, 2});
  close(next->second.kernel, {0, 1}, 1e-5);
  CHECK(after.state().parts[0].slots.at("mu").size() == 2);
}

TEST_CASE("in a tree without kinds every floating-point array is a parameter") {
  const Plain plain;
  const auto optimizer = optim::Optimizer(optim::sgd(1)).init(plain);
  const Plain grads{.w = ones({2}), .index = array({5, 5}), .more = {ones({})}};
  const auto [next, after] = optimizer.step(grads, plain);
  close(next.w, {0, 1});
  close(next.index, {1, 2});
  close(next.more[0], {-1});
  const std::vector<Array> list{ones({2}), Array(), ones({3}, DType::bfloat16)};
  const auto [stepped, o] = optim::Optimizer(optim::sgd(.5)).init(list).step(list, list);
  close(stepped[0], {.5, .5});
  CHECK(!stepped[1].has_value());
  CHECK(stepped[2].dtype() == DType::bfloat16);
}

TEST_CASE("the state depends on the leaves, not on the tree") {
  const Tree net{Net{}};
  const auto a = optim::Optimizer(optim::adam(.1)).init(net);
  const auto b = optim::Optimizer(optim::adam(.1)).init(filter<Parameter>(net));
  const auto c = optim::Optimizer(optim::adam(.1)).init(leaves(filter<Parameter>(net)));
  CHECK(a == b);
  CHECK(a == c);
  CHECK(!(a == optim::Optimizer(optim::adam(.2)).init(net)));
  CHECK(leaves_with_path(a)[0].first.path == "adam/count");
  for (const auto& [info, leaf] : leaves_with_path(a)) CHECK(info.is<OptStateKind>());
}

TEST_CASE("training with an optimizer in the tree") {
  const auto loss = [](const Tree<Net>& net, const Array& x) {
    return sum(square(net->first.kernel * x + net->second.kernel + net->first.constant));
  };
  const auto step = jit([&](const Training& t, const Array& x) {
    auto [net, optimizer] = t.optimizer.step(grad(loss)(t.net, x), t.net);
    return Training{std::move(net), std::move(optimizer)};
  });
  Training t{Tree{Net{}}};
  t.optimizer = t.optimizer.init(t.net);
  const Array x = array({.5f, -1.0f});
  const double before = loss(t.net, x).item<double>();
  for (int i = 0; i < 200; ++i) t = step(t, x);
  CHECK(step.stats().compiles == 1);
  CHECK(loss(t.net, x).item<double>() < 1e-2 * before);
  close(t.net->first.mean, {7, 7});
}

TEST_CASE("what an optimizer refuses") {
  const std::vector<Array> p{zeros({2}), zeros({3})};
  const optim::Optimizer adam = optim::adam(.1);
  CHECK(has(message<ValueError>([&] { (void)adam.update(p, p); }), "call init(params)"));
  CHECK(has(message<ValueError>([&] { (void)adam.step(p, p); }), "call init(params)"));
  const auto ready = adam.init(p);
  const std::vector<Array> one{zeros({2})};
  CHECK(has(message<ValueError>([&] { (void)ready.update(one, one); }),
            "initialised with 2 parameters, got 1 parameters"));
  CHECK(has(message<ValueError>([&] {
              (void)ready.update(std::vector<Array>{zeros({2}), Array()}, p);
            }),
            "1 gradients"));
  CHECK(has(message<ShapeError>([&] {
              (void)ready.update(std::vector<Array>{zeros({2}), zeros({2})}, p);
            }),
            "gradient 1"));
}

TEST_CASE("optimizers and transformations that have been moved from throw") {
  using namespace copse::optim;
  const std::vector<Array> params{array({1.0f, 2.0f})};
  GradientTransformation rule = adam(0.1);
  GradientTransformation moved = std::move(rule);
  CHECK_THROWS_AS(rule.init(params), ValueError);
  CHECK(has(message<ValueError>([&] { (void)rule.update(params, {}, params); }), "GradientTransformation"));
  CHECK_THROWS_AS(rule.rule(), ValueError);
  CHECK_FALSE(rule == moved);
  CHECK(std::hash<GradientTransformation>{}(rule) == 0);
  CHECK_THROWS_AS(chain(rule, moved).init(params), ValueError);
  rule = moved;
  CHECK(rule == moved);

  Optimizer optimizer = Optimizer(adam(0.1)).init(params);
  Optimizer other = std::move(optimizer);
  CHECK_THROWS_AS(optimizer.init(params), ValueError);
  CHECK_THROWS_AS(optimizer.update(params, params), ValueError);
  CHECK_THROWS_AS(optimizer.step(params, params), ValueError);
  CHECK(all(other.step(params, params).first[0] < params[0]).item<bool>());
  optimizer = other;
  CHECK(array_equal(optimizer.step(params, params).first[0], other.step(params, params).first[0]));

  Mask mask = [](const Array& p) { return p.ndim() > 1; };
  Mask kept = std::move(mask);
  CHECK_THROWS_AS(mask.flags(params), ValueError);
  CHECK(kept.flags(params) == std::vector<bool>{false});
}
