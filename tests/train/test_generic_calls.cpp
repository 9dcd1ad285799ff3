// Modules that can be called with anything: filters and optimizers must not take them for predicates.
#include "catch.hpp"
#include "copse/copse.hpp"

using namespace copse;

namespace {

// The call operator compiles for arrays alone, and its type is not known before.
struct Scaled {
  Parameter w = 2.0f;
  State<Array> calls = zeros({});
  template <class... X>
  auto operator()(X&&... x) const {
    return (w * ... * x) + calls;
  }
};

struct Around {
  Scaled scaled{};
  auto operator()(const auto& x) const { return relu(scaled(x)); }
};

}  // namespace

TEST_CASE("a sequential is filtered, partitioned and optimised as any module") {
  const auto x = random::normal(random::key(0), {8, 4});
  Module model = Module{nn::Sequential{nn::Linear{16}, relu, nn::Linear{1}}}.init(random::key(1), x);
  CHECK(leaves(model.parameters()).size() == 4);
  CHECK(leaves(model.trainable_parameters()).size() == 4);
  CHECK(leaves(filter<Parameter>(model)).size() == 4);
  CHECK(leaves(filter<AnyOf<Parameter, BatchStat>>(model)).size() == 4);
  CHECK(leaves(filter<Trainable>(model)).size() == 4);
  CHECK(leaves(filter(model, [](const FieldInfo& info) { return info.name == "bias"; })).size() == 2);
  CHECK(leaves(filter<Parameter>(model, [](const FieldInfo&, const Array& a) {
          return a.ndim() > 1;
        })).size() == 2);
  const auto [parameters, rest] = partition<Parameter>(model);
  CHECK((leaves(parameters).size() == 4 && leaves(rest).empty()));
  const auto [wide, narrow] = partition(model, [](const FieldInfo& info) { return info.name == "kernel"; });
  CHECK((leaves(wide).size() == 2 && leaves(narrow).size() == 2));
  CHECK(merge(wide, narrow) == model);

  optim::Optimizer optimizer = optim::Optimizer(optim::adam(1e-2)).init(model.parameters());
  const auto loss = [&](const auto& m) { return mean(square(m(x))); };
  const auto [before, gradient] = value_and_grad(loss)(model);
  std::tie(model, optimizer) = optimizer.step(gradient, model);
  CHECK(loss(model).item<float>() < before.item<float>());
}

TEST_CASE("so are one's own structs with a generic call operator") {
  Module model = Around{};
  CHECK(leaves(filter<Parameter>(model)).size() == 1);
  CHECK(leaves(filter<State>(model)).size() == 1);
  CHECK(leaves(partition<Parameter>(model).second).size() == 1);
  CHECK(leaves(filter<Parameter>(Scaled{})).size() == 1);
  CHECK(leaves(filter<Parameter>(Tree{Scaled{}})).size() == 1);
  CHECK(leaves(filter(Scaled{}, [](const FieldInfo& info) { return info.name == "w"; })).size() == 1);
  CHECK(leaves(with_trainable(model, false).trainable_parameters()).empty());
  optim::Optimizer optimizer = optim::Optimizer(optim::sgd(0.1)).init(model);
  const auto loss = [](const auto& m) { return sum(square(m(ones({3})))); };
  const auto gradient = grad(loss)(model);
  CHECK(optimizer.step(gradient, model).first->scaled.w.get().item<float>() < 2.0f);
  Trainer trainer{Around{}, {.optimizer = optim::sgd(0.01), .losses = {losses::MeanSquaredError{}}}};
  CHECK(trainer.fit(ones({4}), zeros({4}), {.epochs = 2, .verbose = 0}).epochs() == 2);
}
