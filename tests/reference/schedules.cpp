// Schedules.
#include "copse/optim/schedules.hpp"

#include "optimizers.hpp"
#include "registry.hpp"

namespace reference {
namespace {

namespace optim = copse::optim;
using optim::Schedule;

std::optional<double> end_value(const Options& o) {
  return o.has("end_value") ? std::optional(o.number("end_value")) : std::nullopt;
}

Schedule piecewise_constant(const Options& o) {
  const auto boundaries = o.has("boundaries") ? o.integers("boundaries") : std::vector<std::int64_t>{};
  const auto scales = o.has("scales") ? o.numbers("scales") : std::vector<double>{};
  if (boundaries.size() != scales.size()) o.unknown("scales");
  std::map<std::int64_t, double> steps;
  for (std::size_t i = 0; i < scales.size(); ++i) steps[boundaries[i]] = scales[i];
  return optim::piecewise_constant(o.number("init_value"), steps);
}

Schedule join(const Options& o) {
  std::vector<Schedule> all;
  for (const Options& one : o.objects("schedules")) all.push_back(schedule(one.text("name"), one));
  return optim::join(all, o.integers("boundaries"));
}

constexpr std::pair<const char*, Schedule (*)(const Options&)> schedules[] = {
    {"constant", [](const Options& o) { return optim::constant(o.number("value")); }},
    {"linear",
     [](const Options& o) {
       return optim::linear(o.number("init_value"), o.number("end_value"), o.integer("transition_steps"),
                            o.integer("transition_begin", 0));
     }},
    {"polynomial",
     [](const Options& o) {
       return optim::polynomial(o.number("init_value"), o.number("end_value"), o.number("power"),
                                o.integer("transition_steps"), o.integer("transition_begin", 0));
     }},
    {"exponential_decay",
     [](const Options& o) {
       return optim::exponential_decay(o.number("init_value"), o.integer("transition_steps"),
                                       o.number("decay_rate"), o.integer("transition_begin", 0),
                                       o.flag("staircase", false), end_value(o));
     }},
    {"cosine_decay",
     [](const Options& o) {
       return optim::cosine_decay(o.number("init_value"), o.integer("decay_steps"), o.number("alpha", 0),
                                  o.number("exponent", 1));
     }},
    {"warmup_cosine_decay",
     [](const Options& o) {
       return optim::warmup_cosine_decay(o.number("init_value"), o.number("peak_value"),
                                         o.integer("warmup_steps"), o.integer("decay_steps"),
                                         o.number("end_value", 0), o.number("exponent", 1));
     }},
    {"warmup_exponential_decay",
     [](const Options& o) {
       return optim::warmup_exponential_decay(o.number("init_value"), o.number("peak_value"),
                                              o.integer("warmup_steps"), o.integer("transition_steps"),
                                              o.number("decay_rate"), o.integer("transition_begin", 0),
                                              o.flag("staircase", false), end_value(o));
     }},
    {"cosine_onecycle",
     [](const Options& o) {
       return optim::cosine_onecycle(o.integer("transition_steps"), o.number("peak_value"),
                                     o.number("pct_start", 0.3), o.number("div_factor", 25),
                                     o.number("final_div_factor", 1e4));
     }},
    {"piecewise_constant", piecewise_constant},
    {"join", join}};

}  // namespace

Schedule schedule(const std::string& name, const Options& options) {
  for (const auto& [known, make] : schedules)
    if (name == known) return make(options);
  throw Unsupported("there is no schedule " + name);
}

void add_schedules(Group& group) {
  for (const auto& [name, make] : schedules)
    group.add_value(std::string("schedule:") + name,
                    [make = make](const Arguments& a) { return make(a.options)(a["steps"]); });
}

}  // namespace reference
