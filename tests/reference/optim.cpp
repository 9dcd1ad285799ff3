// Optimizers: gradients are given, parameters after each step are asked for.
#include "copse/optim/optimizer.hpp"
#include "copse/optim/optimizers.hpp"
#include "copse/optim/transforms.hpp"
#include "optimizers.hpp"
#include "registry.hpp"

namespace reference {
namespace {

namespace optim = copse::optim;
using optim::GradientTransformation;

// A number or a schedule.
optim::LearningRate learning_rate(const Options& o) {
  if (!o.is_object("learning_rate")) return o.number("learning_rate");
  const Options inner = o.object("learning_rate");
  return schedule(inner.text("name"), inner);
}

std::optional<double> momentum(const Options& o) {
  return o.has("momentum") ? std::optional(o.number("momentum")) : std::nullopt;
}

double b1(const Options& o) { return o.number("b1", 0.9); }
double b2(const Options& o) { return o.number("b2", 0.999); }
double eps(const Options& o) { return o.number("eps"); }
double eps_root(const Options& o) { return o.number("eps_root", 0); }
double weight_decay(const Options& o) { return o.number("weight_decay"); }

GradientTransformation rmsprop(const Options& o) {
  return optim::rmsprop(learning_rate(o), {.decay = o.number("decay", 0.9),
                                           .eps = eps(o),
                                           .initial_scale = o.number("initial_scale", 0),
                                           .eps_in_sqrt = o.flag("eps_in_sqrt", true),
                                           .centered = o.flag("centered", false),
                                           .momentum = momentum(o),
                                           .nesterov = o.flag("nesterov", false)});
}

GradientTransformation adafactor(const Options& o) {
  optim::AdafactorOptions options;
  options.min_dim_size_to_factor = o.integer("min_dim_size_to_factor", options.min_dim_size_to_factor);
  options.decay_rate = o.number("decay_rate", options.decay_rate);
  options.multiply_by_parameter_scale =
      o.flag("multiply_by_parameter_scale", options.multiply_by_parameter_scale);
  options.clipping_threshold =
      o.has("clipping_threshold") ? std::optional(o.number("clipping_threshold")) : std::nullopt;
  options.momentum = momentum(o);
  options.eps = o.number("eps", options.eps);
  options.factored = o.flag("factored", options.factored);
  return optim::adafactor(learning_rate(o), options);
}

GradientTransformation chain(const Options& o) {
  std::vector<GradientTransformation> all;
  for (const Options& one : o.objects("transforms")) all.push_back(transformation(one.text("name"), one));
  return optim::chain(std::move(all));
}

constexpr std::pair<const char*, GradientTransformation (*)(const Options&)> transformations[] = {
    {"sgd",
     [](const Options& o) { return optim::sgd(learning_rate(o), momentum(o), o.flag("nesterov", false)); }},
    {"adam",
     [](const Options& o) { return optim::adam(learning_rate(o), b1(o), b2(o), eps(o), eps_root(o)); }},
    {"adamw",
     [](const Options& o) {
       return optim::adamw(learning_rate(o), b1(o), b2(o), eps(o), eps_root(o), weight_decay(o));
     }},
    {"nadam",
     [](const Options& o) { return optim::nadam(learning_rate(o), b1(o), b2(o), eps(o), eps_root(o)); }},
    {"lamb",
     [](const Options& o) {
       return optim::lamb(learning_rate(o), b1(o), b2(o), eps(o), eps_root(o), weight_decay(o));
     }},
    {"radam",
     [](const Options& o) {
       return optim::radam(learning_rate(o), b1(o), b2(o), eps(o), eps_root(o), o.number("threshold", 5));
     }},
    {"yogi", [](const Options& o) { return optim::yogi(learning_rate(o), b1(o), b2(o), eps(o)); }},
    {"adamax", [](const Options& o) { return optim::adamax(learning_rate(o), b1(o), b2(o), eps(o)); }},
    {"lion", [](const Options& o) { return optim::lion(learning_rate(o), b1(o), b2(o), weight_decay(o)); }},
    {"rmsprop", rmsprop},
    {"adagrad",
     [](const Options& o) {
       return optim::adagrad(learning_rate(o), o.number("initial_accumulator_value", 0.1), eps(o));
     }},
    {"adadelta",
     [](const Options& o) {
       return optim::adadelta(learning_rate(o), o.number("rho", 0.9), eps(o), o.number("weight_decay", 0));
     }},
    {"adafactor", adafactor},
    {"chain", chain},
    {"clip_by_global_norm",
     [](const Options& o) { return optim::clip_by_global_norm(o.number("max_norm")); }},
    {"clip", [](const Options& o) { return optim::clip(o.number("max_delta")); }},
    {"add_decayed_weights", [](const Options& o) { return optim::add_decayed_weights(weight_decay(o)); }},
    {"ema", [](const Options& o) { return optim::ema(o.number("decay"), o.flag("debias", true)); }},
    {"apply_every", [](const Options& o) { return optim::apply_every(o.integer("k", 1)); }}};

Results steps(const GradientTransformation& rule, const Arguments& a) {
  std::vector<Array> params = a.numbered("p");
  optim::Optimizer optimizer = optim::Optimizer(rule).init(params);
  Results results;
  for (std::int64_t t = 0; t < a.options.integer("steps"); ++t) {
    const std::string suffix = "_" + std::to_string(t);
    std::vector<Array> grads;
    for (std::size_t i = 0; i < params.size(); ++i) grads.push_back(a["g" + std::to_string(i) + suffix]);
    std::tie(params, optimizer) = optimizer.step(grads, params);
    for (std::size_t i = 0; i < params.size(); ++i)
      results.emplace_back("p" + std::to_string(i) + suffix, params[i]);
  }
  return results;
}

}  // namespace

GradientTransformation transformation(const std::string& name, const Options& options) {
  for (const auto& [known, make] : transformations)
    if (name == known) return make(options);
  throw Unsupported("there is no optimizer " + name);
}

void add_optimizers(Group& group) {
  for (const auto& [name, make] : transformations)
    group.add(name, [make = make](const Arguments& a) { return steps(make(a.options), a); });
}

}  // namespace reference
