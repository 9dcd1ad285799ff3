// Short full-batch trainings of small networks.
#include "copse/losses/cross_entropy.hpp"
#include "copse/losses/regression.hpp"
#include "copse/nn/conv.hpp"
#include "copse/nn/linear.hpp"
#include "copse/nn/norm.hpp"
#include "copse/nn/pool.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/optim/optimizer.hpp"
#include "copse/trace/flat.hpp"
#include "gates.hpp"
#include "optimizers.hpp"
#include "registry.hpp"

namespace reference {
namespace {

namespace nn = copse::nn;
namespace optim = copse::optim;
using List = copse::flat::Arrays;
using copse::Scope;

Array loss_of(const Arguments& a, const Array& preds, const Array& target) {
  const std::string name = a.options.text("loss");
  if (name == "CrossEntropy") return copse::losses::CrossEntropy{}(preds, target);
  if (name == "MeanSquaredError") return copse::losses::MeanSquaredError{}(preds, target);
  a.options.unknown("loss");
}

// A loss of parameters and state: gives itself and the next state.
using Loss = copse::flat::Function;

/// What training ends with, and the losses on the way.
struct Trained {
  List params, state;
  Results results;
};

Trained train(const Arguments& a, List params, List state, const Loss& loss) {
  const Options rule = a.options.object("optimizer");
  optim::Optimizer optimizer = optim::Optimizer(transformation(rule.text("name"), rule)).init(params);
  std::vector<Array> losses;
  for (std::int64_t i = 0; i < a.options.integer("steps"); ++i) {
    List in = params;
    in.insert(in.end(), state.begin(), state.end());
    std::vector<std::uint8_t> wanted(in.size());
    std::fill_n(wanted.begin(), params.size(), std::uint8_t{1});
    const auto vjp = copse::flat::vjp(loss, in, wanted);
    List cotangents(vjp.outputs.size());
    cotangents[0] = copse::ones_like(vjp.outputs[0]);
    List grads = vjp.pullback(cotangents);
    grads.resize(params.size());
    losses.push_back(vjp.outputs[0]);
    state.assign(vjp.outputs.begin() + 1, vjp.outputs.end());
    std::tie(params, optimizer) = optimizer.step(grads, params);
  }
  Results results{
      {"losses", losses.empty() ? copse::zeros({0}) : copse::stack(std::span<const Array>(losses))},
      {"params_norm", optim::global_norm(params)}};
  return {std::move(params), std::move(state), std::move(results)};
}

List values(const Arguments& a, const std::vector<std::string>& names) {
  List out;
  for (const std::string& name : names) out.push_back(a[name]);
  return out;
}

nn::Activation activation(const Options& options) {
  const std::string name = options.text("activation");
  if (name == "relu") return copse::relu;
  if (name == "tanh") return copse::tanh;
  if (name == "gelu") return [](const Array& x) { return copse::gelu(x); };
  options.unknown("activation");
}

nn::Linear linear(const Array& kernel, const Array& bias) {
  nn::Linear layer;
  layer.features = kernel.shape(-1);
  layer.kernel = kernel;
  layer.bias = bias;
  return layer;
}

// w0, b0, w1, b1, ...
std::vector<std::string> mlp_names(const Arguments& a) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < a.options.integers("features").size(); ++i) {
    names.push_back("w" + std::to_string(i));
    names.push_back("b" + std::to_string(i));
  }
  return names;
}

Array mlp_loss(const Arguments& a, const List& params, const Array& x, const Array& y) {
  nn::MLP net;
  net.features = a.options.integers("features");
  net.activation = activation(a.options);
  for (std::size_t i = 0; i < net.features.size(); ++i)
    net.layers.push_back(linear(params[2 * i], params[2 * i + 1]));
  Scope scope;
  return loss_of(a, net(scope, x), y);
}

Results mlp(const Arguments& a) {
  return train(a, values(a, mlp_names(a)), {},
               [&](const List& params) { return List{mlp_loss(a, params, a["x"], a["y"])}; })
      .results;
}

Results per_example_grads(const Arguments& a) {
  const std::vector<std::string> names = mlp_names(a);
  const auto one = [&](const List& in) {
    const Array x = copse::expand_dims(in[0], 0), y = copse::expand_dims(in[1], 0);
    const auto loss = [&](const List& params) { return List{mlp_loss(a, params, x, y)}; };
    const List params(in.begin() + 2, in.end());
    const auto vjp = copse::flat::vjp(loss, params, std::vector<std::uint8_t>(params.size(), 1));
    List out = vjp.pullback(List{copse::ones_like(vjp.outputs[0])});
    out.insert(out.begin(), vjp.outputs[0]);
    return out;
  };
  List in = values(a, names);
  in.insert(in.begin(), {a["x"], a["y"]});
  std::vector<std::optional<int>> axes(in.size());
  axes[0] = axes[1] = 0;
  const List out =
      copse::flat::vmap(one, in, axes, [](std::size_t n) { return std::vector<std::optional<int>>(n, 0); });
  Results results{{"losses", out[0]}};
  for (std::size_t i = 0; i < names.size(); ++i) results.emplace_back("d_" + names[i], out[i + 1]);
  return results;
}

// Gives the logits, and what the running statistics become.
List cnn_outputs(const Arguments& a) {
  nn::Conv conv;
  conv.features = a.options.integer("features");
  conv.kernel_size = a.options.integers("kernel_size");
  conv.use_bias = false;
  conv.kernel = a["conv_kernel"];
  nn::BatchNorm norm;
  norm.momentum = a.options.number("momentum");
  norm.epsilon = a.options.number("epsilon");
  norm.scale = a["bn_scale"];
  norm.bias = a["bn_bias"];
  norm.mean = a["bn_mean"];
  norm.var = a["bn_var"];
  Scope scope;
  Array h = copse::relu(norm(scope, conv(scope, a["x"])));
  const std::string pool = a.options.text("pool");
  if (pool == "max_pool")
    h = nn::MaxPool{.window = {2, 2}, .strides = {2, 2}}(scope, h);
  else if (pool == "avg_pool")
    h = nn::AvgPool{.window = {2, 2}, .strides = {2, 2}}(scope, h);
  else
    a.options.unknown("pool");
  return {linear(a["fc_kernel"], a["fc_bias"])(scope, nn::Flatten{}(scope, h)), *norm.mean, *norm.var};
}

Results cnn(const Arguments& a) {
  a.options.ignore("classes");  // the shape of fc_kernel says it, too
  const std::vector<std::string> names = {"conv_kernel", "bn_scale", "bn_bias", "fc_kernel",
                                          "fc_bias",     "bn_mean",  "bn_var"};
  List params = values(a, names);
  List state(params.end() - 2, params.end());
  params.resize(params.size() - 2);
  auto trained = train(a, std::move(params), std::move(state), [&](const List& in) {
    List out = cnn_outputs(a.with(names, in));
    out[0] = loss_of(a, out[0], a["y"]);
    return out;
  });
  trained.results.emplace_back("final_bn_mean", trained.state[0]);
  trained.results.emplace_back("final_bn_var", trained.state[1]);
  return trained.results;
}

Results gru_classifier(const Arguments& a) {
  a.options.ignore("classes");
  const std::vector<std::string> names = {"ir_kernel", "ir_bias", "iz_kernel", "iz_bias",
                                          "in_kernel", "in_bias", "hr_kernel", "hz_kernel",
                                          "hn_kernel", "hn_bias", "fc_kernel", "fc_bias"};
  return train(a, values(a, names), {},
               [&](const List& params) {
                 const Arguments now = a.with(names, params);
                 nn::GRU layer;
                 layer.features = a.options.integer("features");
                 set_gru_gates(layer, now);
                 Scope scope;
                 const Array h = layer(scope, a["x"]);
                 const Array logits = linear(now["fc_kernel"], now["fc_bias"])(scope, h);
                 return List{loss_of(a, logits, a["y"])};
               })
      .results;
}

}  // namespace

void add_trainings(Group& group) {
  group.add("mlp", mlp);
  group.add("per_example_grads", per_example_grads);
  group.add("cnn", cnn);
  group.add("gru_classifier", gru_classifier);
}

}  // namespace reference
