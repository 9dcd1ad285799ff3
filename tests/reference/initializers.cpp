// Initializers.
#include "copse/nn/initializers.hpp"

#include "registry.hpp"

namespace reference {
namespace {

namespace initializers = copse::initializers;
using initializers::Initializer;

void add_initializer(Group& group, const std::string& name, Initializer (*make)(const Options&)) {
  group.add_value(name, [make](const Arguments& a) {
    const Initializer initializer = make(a.options);
    // Constants need no key, but are given one.
    return initializer(copse::Key{a["key"]}, a.options.shape("shape"));
  });
}

Initializer variance_scaling(const Options& options) {
  const std::string mode = options.text("mode"), distribution = options.text("distribution");
  if (mode != "fan_in" && mode != "fan_out" && mode != "fan_avg") options.unknown("mode");
  if (distribution != "truncated_normal" && distribution != "normal" && distribution != "uniform")
    options.unknown("distribution");
  return initializers::variance_scaling(options.number("scale"), mode, distribution);
}

}  // namespace

void add_initializers(Group& group) {
  static constexpr std::pair<const char*, Initializer (*)()> plain[] = {
      {"zeros", initializers::zeros},
      {"ones", initializers::ones},
      {"lecun_normal", initializers::lecun_normal},
      {"lecun_uniform", initializers::lecun_uniform},
      {"glorot_normal", initializers::glorot_normal},
      {"glorot_uniform", initializers::glorot_uniform},
      {"he_normal", initializers::he_normal},
      {"he_uniform", initializers::he_uniform}};
  for (const auto& [name, make] : plain)
    group.add_value(name, [make = make](const Arguments& a) {
      return make()(copse::Key{a["key"]}, a.options.shape("shape"));
    });
  add_initializer(group, "constant",
                  [](const Options& o) { return initializers::constant(o.number("value")); });
  add_initializer(group, "normal", [](const Options& o) { return initializers::normal(o.number("stddev")); });
  add_initializer(group, "uniform",
                  [](const Options& o) { return initializers::uniform(o.number("scale")); });
  add_initializer(group, "truncated_normal", [](const Options& o) {
    return initializers::truncated_normal(o.number("stddev"), o.number("lower", -2), o.number("upper", 2));
  });
  add_initializer(group, "variance_scaling", variance_scaling);
  add_initializer(group, "orthogonal",
                  [](const Options& o) { return initializers::orthogonal(o.number("scale", 1)); });
}

}  // namespace reference
