// An ensemble: twenty networks, trained all at once as one, which disagree where there are no data.
// test:
//
// Shows vmap over whole modules: initialising, training and predicting are written for one network and
// vectorised. Writes ensemble.svg: the data, the mean of the networks, and two standard deviations around it.
// B. Lakshminarayanan, A. Pritzel, C. Blundell: Simple and Scalable Predictive Uncertainty Estimation using
// Deep Ensembles, 2017.
#include <copse/copse.hpp>

#include <cstdio>

using namespace copse;

struct Net {
  nn::MLP mlp{{50, 50, 1}, copse::tanh};

  Array operator()(Scope& scope, const Array& x) { return mlp(scope, x); }
};

// One network and its optimizer: a tree like any other, so that vmap has a first axis of its parts.
struct Member {
  Module<Net> net;
  optim::Optimizer optimizer;
};

int main() {
  // A sine with noise, and a gap in its middle.
  const auto [first, second] = random::split<2>(random::key(0));
  const Array u = random::uniform(first, {80, 1}, -1.0f, 1.0f);
  const Array x = sign(u) * (0.35f + 0.65f * abs(u)) * 3.0f;
  const Array y = sin(2.0f * x) + 0.1f * random::normal(second, {80, 1});

  auto start = [&](const Key& key) {
    Module net = Module{Net{}}.init(key, ShapeDtype{{80, 1}});
    return Member{net, optim::Optimizer(optim::adam(1e-2)).init(net)};
  };
  auto loss = [](const Module<Net>& net, const Array& in, const Array& target) {
    return mean(square(net(in) - target));
  };
  auto step = [&](const Member& member, const Array& in, const Array& target) {
    auto [net, optimizer] = member.optimizer.step(grad(loss)(member.net, in, target), member.net);
    return Member{net, optimizer};
  };

  Member ensemble = vmap(start)(random::split(random::key(1), 20));
  auto all_step = jit(vmap(step, {.in_axes = {0, std::nullopt, std::nullopt}}));
  for (int i = 0; i < 500; ++i) ensemble = all_step(std::move(ensemble), x, y);

  const Array at = linspace(-4.0f, 4.0f, 161);
  auto predict =
      vmap([](const Module<Net>& net, const Array& in) { return net(in); }, {.in_axes = {0, std::nullopt}});
  const Array all = squeeze(predict(ensemble.net, expand_dims(at, 1)), {-1});  // (networks, places)
  const Array middle = mean(all, 0), spread = copse::std(all, 0);
  io::save_plot("ensemble.svg",
                {{"data", ravel(x), ravel(y), io::Mark::points},
                 {"mean of 20 networks", at, middle},
                 {"two standard deviations", at, stack({middle - 2.0f * spread, middle + 2.0f * spread}, 1),
                  io::Mark::band}},
                {.title = "Ensemble", .x = "x"});

  const auto spread_where = [&](const Array& where_) { return mean(spread[where_]).item<float>(); };
  const float beside = spread_where(logical_and(abs(at) > 1.2f, abs(at) < 2.9f)),
              beyond = spread_where(abs(at) > 3.5f);
  const float gap = spread_where(abs(at) < 0.6f);
  std::printf("standard deviation at data %.3f, in the gap %.3f, beyond the data %.3f\n", beside, gap,
              beyond);
  std::printf("more in the gap than at data: %.1f times (wanted: > 3)\n", gap / beside);
  return gap > 3 * beside ? 0 : 1;
}
