// The code of docs/optimizers.md.
#include <copse/ops/create.hpp>
#include <copse/optim.hpp>

#include <cmath>
#include <string>

using namespace copse;

int main() {
  std::vector<Array> params{ones({2, 2}), zeros({2})}, grads{full({2, 2}, 0.5f), ones({2})};

  optim::Optimizer optimizer = optim::adam(1e-3);
  optimizer = optimizer.init(params);
  auto [next_params, next_optimizer] = optimizer.step(grads, params);
  bool good = std::abs(next_params[1].item<float>({0}) + 1e-3f) < 1e-6f;

  auto arrays = params, gradients = grads;
  auto transformation =
      optim::chain(optim::clip_by_global_norm(1.0),
                   optim::adamw(optim::warmup_cosine_decay(0.0, 1e-3, 100, 1000), {.weight_decay = 0.01}));
  optim::State state = transformation.init(arrays);
  auto [updates, next_state] = transformation.update(gradients, state, arrays);
  arrays = optim::apply_updates(arrays, updates);
  good = good && updates.size() == 2;

  optim::GradientTransformation negate(
      [](const optim::Arrays&) { return optim::State{}; },
      [](const optim::Arrays& grads, const optim::State& s, const optim::Arrays&) {
        optim::Arrays out;
        for (const Array& g : grads) out.push_back(-g);
        return optim::Updates{out, s};
      });
  good = good && negate.update(grads, negate.init(params)).first[1].item<float>({0}) == -1.0f;

  auto no_bias = optim::adamw(1e-3, {.mask = [](const Array& p) { return p.ndim() > 1; }});
  auto parts = optim::partition({{"slow", optim::sgd(1e-4)}, {"fast", optim::adam(1e-2)}},
                                [](const Array& p) { return p.ndim() > 1 ? "slow" : "fast"; });
  good = good &&
         std::abs(parts.update(grads, parts.init(params)).first[0].item<float>({0, 0}) + 0.5e-4f) < 1e-9f;
  good = good && no_bias.update(grads, no_bias.init(params), params).first.size() == 2;

  optim::Schedule schedule = optim::join({optim::linear(0.0, 0.1, 10), optim::cosine_decay(0.1, 90)}, {10});
  auto rates = schedule(arange(100));
  optim::Schedule own = [](const Array& step) { return 0.1 / sqrt(1.0 + step); };
  good = good && std::abs(rates.item<float>({5}) - 0.05f) < 1e-6f &&
         std::abs(own(3).item<float>() - 0.05f) < 1e-6f;

  optim::Optimizer visible = optim::inject_hyperparams(
      [](const optim::Hyperparameters& h) { return optim::adam(h.at("learning_rate")); },
      {{"learning_rate", optim::cosine_decay(1e-3, 1000)}});
  visible = visible.init(params);
  float rate = visible.hyperparam("learning_rate").item<float>();
  good = good && std::abs(rate - 1e-3f) < 1e-9f;

  auto gathered = optim::MultiSteps(optim::adam(1e-3), 4);      // one update for the mean of 4 gradients
  auto careful = optim::apply_if_finite(optim::adam(1e-3), 5);  // leaves out nan and inf, up to 5 in a row

  optim::Optimizer some = optim::Optimizer(gathered).init(params);
  std::tie(params, some) = some.step(grads, params);  // the first of 4: parameters stay
  std::tie(params, some) = some.flush(params);        // an update by what has been gathered so far
  good = good && gathered.init(params).parts.size() == 1 && careful.init(params).parts.size() == 1;
  good = good && !some.flush_leaves(params);
  return good ? 0 : 1;
}
