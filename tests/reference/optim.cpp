// Optimizers and schedules.
#include "copse/optim.hpp"

#include "registry.hpp"

namespace reference {
namespace {

namespace optim = copse::optim;
using optim::GradientTransformation;
using optim::Schedule;

std::optional<double> maybe(const Options& o, const std::string& name) {
  return o.has(name) ? std::optional(o.number(name)) : std::nullopt;
}

Schedule schedule(const Options& o, const std::string& name) {
  const auto number = [&](const char* option) { return o.number(option); };
  const auto integer = [&](const char* option, std::int64_t fallback = 0) {
    return o.integer(option, fallback);
  };
  if (name == "constant") return optim::constant(number("value"));
  if (name == "linear")
    return optim::linear(number("init_value"), number("end_value"), integer("transition_steps"),
                         integer("transition_begin"));
  if (name == "polynomial")
    return optim::polynomial(number("init_value"), number("end_value"), number("power"),
                             integer("transition_steps"), integer("transition_begin"));
  if (name == "exponential_decay")
    return optim::exponential_decay(number("init_value"), integer("transition_steps"), number("decay_rate"),
                                    integer("transition_begin"), o.flag("staircase", false),
                                    maybe(o, "end_value"));
  if (name == "cosine_decay")
    return optim::cosine_decay(number("init_value"), integer("decay_steps"), o.number("alpha", 0.0),
                               o.number("exponent", 1.0));
  if (name == "warmup_cosine_decay")
    return optim::warmup_cosine_decay(number("init_value"), number("peak_value"), integer("warmup_steps"),
                                      integer("decay_steps"), o.number("end_value", 0.0),
                                      o.number("exponent", 1.0));
  if (name == "warmup_exponential_decay")
    return optim::warmup_exponential_decay(
        number("init_value"), number("peak_value"), integer("warmup_steps"), integer("transition_steps"),
        number("decay_rate"), integer("transition_begin"), o.flag("staircase", false), maybe(o, "end_value"));
  if (name == "piecewise_constant") {
    const auto boundaries = o.integers("boundaries");
    const auto scales = o.numbers("scales");
    std::map<std::int64_t, double> both;
    for (std::size_t i = 0; i < boundaries.size(); ++i) both[boundaries[i]] = scales.at(i);
    return optim::piecewise_constant(number("init_value"), both);
  }
  if (name == "cosine_onecycle")
    return optim::cosine_onecycle(integer("transition_steps"), number("peak_value"),
                                  o.number("pct_start", 0.3), o.number("div_factor", 25.0),
                                  o.number("final_div_factor", 1e4));
  if (name == "join") {
    std::vector<Schedule> parts;
    for (const Options& part : o.objects("schedules")) parts.push_back(schedule(part, part.text("name")));
    return optim::join(std::move(parts), o.integers("boundaries"));
  }
  throw Unsupported("there is no schedule " + name);
}

optim::LearningRate learning_rate(const Options& o) {
  if (!o.is_object("learning_rate")) return o.number("learning_rate");
  const Options s = o.object("learning_rate");
  return schedule(s, s.text("name"));
}

GradientTransformation transformation(const Options& o, const std::string& name) {
  const auto number = [&](const char* option) { return o.number(option); };
  const auto rate = [&] { return learning_rate(o); };
  if (name == "sgd") return optim::sgd(rate(), maybe(o, "momentum"), o.flag("nesterov", false));
  if (name == "adam")
    return optim::adam(rate(), number("b1"), number("b2"), number("eps"), number("eps_root"));
  if (name == "adamw")
    return optim::adamw(rate(), number("b1"), number("b2"), number("eps"), number("eps_root"),
                        number("weight_decay"));
  if (name == "nadam")
    return optim::nadam(rate(), number("b1"), number("b2"), number("eps"), number("eps_root"));
  if (name == "lamb")
    return optim::lamb(rate(), number("b1"), number("b2"), number("eps"), number("eps_root"),
                       number("weight_decay"));
  if (name == "radam")
    return optim::radam(rate(), number("b1"), number("b2"), number("eps"), number("eps_root"),
                        number("threshold"));
  if (name == "yogi") return optim::yogi(rate(), number("b1"), number("b2"), number("eps"));
  if (name == "adamax") return optim::adamax(rate(), number("b1"), number("b2"), number("eps"));
  if (name == "lion") return optim::lion(rate(), number("b1"), number("b2"), number("weight_decay"));
  if (name == "rmsprop")
    return optim::rmsprop(rate(), {.decay = number("decay"),
                                   .eps = number("eps"),
                                   .initial_scale = number("initial_scale"),
                                   .eps_in_sqrt = o.flag("eps_in_sqrt"),
                                   .centered = o.flag("centered"),
                                   .momentum = maybe(o, "momentum"),
                                   .nesterov = o.flag("nesterov", false)});
  if (name == "adagrad") return optim::adagrad(rate(), number("initial_accumulator_value"), number("eps"));
  if (name == "adadelta")
    return optim::adadelta(rate(), number("rho"), number("eps"), number("weight_decay"));
  if (name == "adafactor")
    return optim::adafactor(rate(), {.min_dim_size_to_factor = o.integer("min_dim_size_to_factor"),
                                     .decay_rate = number("decay_rate"),
                                     .multiply_by_parameter_scale = o.flag("multiply_by_parameter_scale"),
                                     .clipping_threshold = maybe(o, "clipping_threshold"),
                                     .momentum = maybe(o, "momentum"),
                                     .eps = number("eps"),
                                     .factored = o.flag("factored")});
  if (name == "clip_by_global_norm") return optim::clip_by_global_norm(number("max_norm"));
  if (name == "clip") return optim::clip(number("max_delta"));
  if (name == "add_decayed_weights") return optim::add_decayed_weights(number("weight_decay"));
  if (name == "ema") return optim::ema(number("decay"), o.flag("debias"));
  if (name == "apply_every") return optim::apply_every(o.integer("k"));
  if (name == "chain") {
    std::vector<GradientTransformation> links;
    for (const Options& link : o.objects("transforms"))
      links.push_back(transformation(link, link.text("name")));
    return optim::chain(std::move(links));
  }
  throw Unsupported("there is no optimizer " + name);
}

// Steps with given gradients; the parameters after each.
Results steps(const Arguments& a, const std::string& name) {
  const auto count = a.options.integer("steps");
  optim::Arrays params{a["p0"], a["p1"]};
  optim::Optimizer optimizer = optim::Optimizer(transformation(a.options, name)).init(params);
  Results out;
  for (std::int64_t t = 0; t < count; ++t) {
    const std::string at = "_" + std::to_string(t);
    std::tie(params, optimizer) = optimizer.step(optim::Arrays{a["g0" + at], a["g1" + at]}, params);
    out.emplace_back("p0" + at, params[0]);
    out.emplace_back("p1" + at, params[1]);
  }
  return out;
}

}  // namespace

void add_optim(Group& group) {
  for (const char* name : {"sgd", "adam", "adamw", "nadam", "lamb", "radam", "yogi", "adamax", "lion",
                           "rmsprop", "adagrad", "adadelta", "adafactor", "chain"})
    group.add(name, [name](const Arguments& a) { return steps(a, name); });
  for (const char* name :
       {"constant", "linear", "polynomial", "exponential_decay", "cosine_decay", "warmup_cosine_decay",
        "warmup_exponential_decay", "piecewise_constant", "cosine_onecycle", "join"})
    group.add_value(std::string("schedule:") + name,
                    [name](const Arguments& a) { return schedule(a.options, name)(a["steps"]); });
}

}  // namespace reference
