#include "registry.hpp"

namespace reference {
namespace {

Group make(std::initializer_list<void (*)(Group&)> families) {
  Group group;
  for (const auto add : families) add(group);
  return group;
}

const Group& ops() {
  static const Group group = make({add_elementwise, add_shaping, add_reductions, add_products});
  return group;
}

struct Known {
  Group calls;
  Derivative derivative = Derivative::none;
};

const std::map<std::string, Known>& groups() {
  static const std::map<std::string, Known> all = {
      {"random", {make({add_random})}},
      {"nn", {make({add_layers, add_recurrent}), Derivative::gradient}},
      {"initializers", {make({add_initializers})}},
      {"losses", {make({add_losses}), Derivative::gradient}},
      {"metrics", {make({add_metrics})}},
      {"optim", {make({add_optimizers, add_schedules})}},
      {"train", {make({add_trainings})}},
  };
  return all;
}

Job job(const Group& group, const Case& c, const std::string& name, Derivative derivative) {
  const Call* call = group.find(name);
  if (!call) throw Unsupported("there is no call " + name + " in group " + c.group);
  return {*call, derivative};
}

}  // namespace

Job find_job(const Case& c) {
  if (c.group == "ops") return job(ops(), c, c.call, Derivative::none);
  if (c.group == "grads") {
    const auto colon = c.call.find(':');
    if (colon == std::string::npos) return job(ops(), c, c.call, Derivative::gradient);
    const std::string kind = c.call.substr(0, colon), name = c.call.substr(colon + 1);
    if (kind == "grad2") return job(ops(), c, name, Derivative::second);
    if (kind == "jvp") return job(ops(), c, name, Derivative::tangent);
    throw Unsupported("there is no call " + c.call + " in group " + c.group);
  }
  const auto found = groups().find(c.group);
  if (found == groups().end()) throw Unsupported("there is no group " + c.group);
  return job(found->second.calls, c, c.call, found->second.derivative);
}

}  // namespace reference
