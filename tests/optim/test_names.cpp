// The arrays of optimizers' states are named after their parameters, whatever the optimizer is made of.
#include <algorithm>
#include <map>
#include <set>

#include "check.hpp"
#include "copse/core/kinds.hpp"

using namespace copse;
using namespace copse::optim;

namespace {

struct Layer {
  Parameter kernel = ones({3, 3});
  Parameter bias = ones({3});
};
struct Net {
  Layer encoder, head;
};
// The same parameters in another order.
struct Reordered {
  Layer head, encoder;
};

Hyperparameter schedule() { return exponential_decay(0.1, 10, 0.9); }
bool is_matrix(const Array& p) { return p.ndim() > 1; }

using Table = std::vector<std::pair<std::string, GradientTransformation>>;

Table optimizers() {
  return {{"sgd", sgd(0.1)},
          {"momentum", sgd(schedule(), 0.9, true)},
          {"adam", adam(0.1)},
          {"adamw", adamw(schedule(), {.weight_decay = schedule(), .mask = is_matrix})},
          {"nadam", nadam(0.1)},
          {"nadamw", nadamw(0.1)},
          {"adamax", adamax(0.1)},
          {"adamaxw", adamaxw(0.1)},
          {"amsgrad", amsgrad(0.1)},
          {"adabelief", adabelief(0.1)},
          {"yogi", yogi(0.1)},
          {"radam", radam(0.1)},
          {"adan", adan(0.1)},
          {"lion", lion(0.1)},
          {"rmsprop", rmsprop(0.1, {.bias_correction = true})},
          {"centered rmsprop", rmsprop(0.1, {.centered = true, .momentum = 0.9})},
          {"adagrad", adagrad(0.1)},
          {"adadelta", adadelta()},
          {"lamb", lamb(0.1)},
          {"lars", lars(0.1)},
          {"adafactor", adafactor(0.1, {.min_dim_size_to_factor = 2, .momentum = 0.9})},
          {"novograd", novograd(0.1)},
          {"fromage", fromage(0.1)},
          {"sm3", sm3(0.1)},
          {"rprop", rprop(0.1)},
          {"sign_sgd", sign_sgd(0.1)},
          {"signum", signum(0.1)},
          {"optimistic", optimistic_gradient_descent(0.1)}};
}

Table wrappers() {
  const Labels labels = [](const Array& p) { return std::string(is_matrix(p) ? "slow" : "fast"); };
  return {
      {"chain", chain(clip(1.0), adam(schedule()), ema(0.9))},
      {"chain of chains", chain(chain(trace(0.9), clip_by_global_norm(1.0)), chain(trace(0.8), adam(0.1)))},
      {"masked", chain(masked(trace(0.9), is_matrix), sgd(0.1))},
      {"partition", partition({{"slow", sgd(0.1, 0.9)}, {"fast", adam(0.1)}}, labels)},
      {"multi steps", MultiSteps(adam(0.1), 2)},
      {"skipping multi steps", MultiSteps(sgd(0.1, 0.9), 2, false, skip_not_finite())},
      {"apply_if_finite", apply_if_finite(adam(0.1), 3)},
      {"apply_every", chain(apply_every(2), adam(0.1))},
      {"inject_hyperparams",
       inject_hyperparams(
           [](const Hyperparameters& h) { return adamw(h.at("rate"), {.weight_decay = h.at("decay")}); },
           {{"rate", schedule()}, {"decay", 0.1}})},
      {"all of them", apply_if_finite(MultiSteps(chain(clip(1.0), masked(adam(0.1), is_matrix)), 2), 3)},
      {"of functions",
       chain(GradientTransformation(
                 [](const Arrays& p) {
                   return optim::State{.slots = {{"last", p}}, .parts = {{.slots = {{"all", p}}}}};
                 },
                 [](const Arrays& g, const optim::State& s, const Arrays&) {
                   return Updates{g, optim::State{.slots = {{"last", g}}, .parts = s.parts}};
                 },
                 "mine"),
             adam(0.1))}};
}

std::map<std::string, Array> by_path(const Optimizer& optimizer) {
  std::map<std::string, Array> out;
  for (const auto& [info, leaf] : leaves_with_path(optimizer)) {
    INFO(info.path);
    CHECK(info.is<OptStateKind>());
    CHECK(out.emplace(info.path, leaf).second);
  }
  return out;
}

template <class T>
T gradients(float scale) {
  T out;
  out.encoder = {full({3, 3}, 0.5f * scale), full({3}, -0.25f * scale)};
  out.head = {full({3, 3}, -1.5f * scale), full({3}, 2.0f * scale)};
  return out;
}

template <class T>
std::map<std::string, Array> after_steps(const GradientTransformation& transformation) {
  T net;
  Optimizer optimizer = Optimizer(transformation).init(net);
  for (const float scale : {1.0f, -0.5f, 0.25f})
    std::tie(net, optimizer) = optimizer.step(gradients<T>(scale), net);
  return by_path(optimizer);
}

std::vector<std::string> keys(const std::map<std::string, Array>& map) {
  std::vector<std::string> out;
  for (const auto& [key, value] : map) out.push_back(key);
  return out;
}

template <class T>
std::vector<std::string> names(const GradientTransformation& transformation, const T& params) {
  return keys(by_path(Optimizer(transformation).init(params)));
}

}  // namespace

TEST_CASE("optimizers: slots are named by the paths of their parameters") {
  using Names = std::vector<std::string>;
  struct Training {
    Layer layer;
    Optimizer optimizer;
  };
  Training training{{}, Optimizer(adam(0.1)).init(Layer())};
  Names paths;
  for (const auto& [info, leaf] : leaves_with_path(training)) paths.push_back(info.path);
  CHECK(paths == Names{"layer.kernel", "layer.bias", "optimizer/adam/count", "optimizer/adam/mu/kernel",
                       "optimizer/adam/mu/bias", "optimizer/adam/nu/kernel", "optimizer/adam/nu/bias",
                       "optimizer/scale/learning_rate"});

  const Layer layer;
  CHECK(names(chain(clip(1.0), sgd(schedule(), 0.9)), layer) ==
        Names{"schedule/count", "trace/trace/bias", "trace/trace/kernel"});
  CHECK(names(chain(trace(0.9), trace(0.8)), layer) ==
        Names{"trace/trace/bias", "trace/trace/kernel", "trace_2/trace/bias", "trace_2/trace/kernel"});
  CHECK(names(masked(trace(0.9), std::vector<bool>{false, true}), layer) == Names{"trace/trace/bias"});
  CHECK(names(partition({{"a", trace(0.9)}, {"b", adam(schedule())}}, std::vector<std::string>{"b", "a"}),
              layer) == Names{"a/trace/trace/bias", "b/adam/count", "b/adam/mu/kernel", "b/adam/nu/kernel",
                              "b/schedule/count"});
  CHECK(names(apply_if_finite(MultiSteps(trace(0.9), 2), 3), layer) ==
        Names{"apply_if_finite/last_finite", "apply_if_finite/notfinite_count",
              "apply_if_finite/total_notfinite", "multi_steps/acc_grads/bias", "multi_steps/acc_grads/kernel",
              "multi_steps/gradient_step", "multi_steps/mini_step", "trace/trace/bias",
              "trace/trace/kernel"});
  CHECK(names(inject_hyperparams([](const Hyperparameters& h) { return sgd(h.at("rate"), 0.9); },
                                 {{"rate", 0.1}}),
              layer) ==
        Names{"hyperparams/count", "hyperparams/rate", "trace/trace/bias", "trace/trace/kernel"});
  // A list has no names but its places; a parameter alone none at all.
  CHECK(names(trace(0.9), std::vector<Array>{ones({2}), ones({3})}) ==
        Names{"trace/trace/0", "trace/trace/1"});
  CHECK(names(trace(0.9), ones({2})) == Names{"trace/trace/value"});
}

TEST_CASE("optimizers: no name depends on the place of a parameter") {
  Table table = optimizers();
  for (auto& entry : wrappers()) table.push_back(std::move(entry));
  for (const auto& [title, transformation] : table) {
    INFO(title);
    const auto here = after_steps<Net>(transformation), there = after_steps<Reordered>(transformation);
    CHECK(keys(here) == keys(there));
    for (const auto& [name, array] : here) {
      INFO(name);
      CHECK(name.find("stateless") == std::string::npos);
      CHECK(name.find("custom") == std::string::npos);
      CHECK(name.find("state/") == std::string::npos);
      REQUIRE(there.contains(name));
      CHECK(array_equal(array, there.at(name)));
    }
  }
}

TEST_CASE("optimizers: parameters that come and go keep what is theirs") {
  Table table = optimizers();
  for (auto& entry : wrappers()) table.push_back(std::move(entry));
  for (const auto& [title, transformation] : table) {
    INFO(title);
    // The head alone, then all of it.
    const Tree<Net> whole{Net{}};
    Net half;
    half.encoder.kernel = half.encoder.kernel.with_trainable(false);
    half.encoder.bias = half.encoder.bias.with_trainable(false);
    Optimizer optimizer = Optimizer(transformation).init(half);
    for (const float scale : {1.0f, -0.5f, 0.25f})
      std::tie(half, optimizer) = optimizer.step(gradients<Net>(scale), half);
    CHECK(optimizer.adapt(half) == optimizer);
    const auto before = by_path(optimizer), after = by_path(optimizer.adapt(*whole)),
               fresh = by_path(Optimizer(transformation).init(*whole));
    CHECK(keys(after) == keys(fresh));
    for (const auto& [name, array] : after) {
      INFO(name);
      CHECK(array_equal(array, before.contains(name) ? before.at(name) : fresh.at(name)));
    }
    for (const auto& [name, array] : before) CHECK(after.contains(name));
    (void)optimizer.adapt(*whole).step(gradients<Net>(1.0f), *whole);
  }
}
