// What modules do without knowing their types.
#include <fmt/format.h>

#include "copse/core/trace.hpp"
#include "copse/nn/init.hpp"
#include "copse/ops/create.hpp"
#include "copse/trace/ir.hpp"

namespace copse::nn_detail {

void refuse_changes(std::string_view root, const std::vector<std::string>& paths) {
  std::string names;
  for (const std::string& path : paths)
    names += fmt::format("{}{}{}{}", names.empty() ? "" : ", ", root, path.empty() ? "" : ".", path);
  throw MutabilityError(
      fmt::format("Module: the call changes {}, and what it changes would be lost; use apply, which returns "
                  "the changed module "
                  "too: auto [y, next] = model.apply(key, x)",
                  names));
}

Array placeholder(const ShapeDtype& type) { return zeros(type.shape, type.dtype); }

bool records_already() {
  const Trace* trace = current_trace();
  return trace && trace->takes_nullary();
}

namespace {

// Without the instructions that no output needs.
void drop_dead(ir::Program& program) {
  std::vector<bool> live(program.types.size(), false);
  for (const ir::Id id : program.outputs) live[id] = true;
  std::vector<ir::Instruction> kept;
  for (auto at = program.instructions.rbegin(); at != program.instructions.rend(); ++at) {
    bool needed = false;
    for (ir::Id id = at->first_result; id < at->first_result + at->results; ++id) needed = needed || live[id];
    if (!needed) continue;
    for (const ir::Id id : std::as_const(program).operands(*at)) live[id] = true;
    kept.push_back(*at);
  }
  program.instructions.assign(kept.rbegin(), kept.rend());
}

}  // namespace

flat::Arrays compute_only(const flat::Function& record, const std::optional<Key>& key) {
  flat::Arrays inputs;
  std::vector<ShapeDtype> types;
  if (key) {
    inputs.push_back(key->data);
    types.push_back(key->data.type());
  }
  flat::Recorded recorded = flat::record(record, types, "init");
  drop_dead(recorded.program);
  inputs.insert(inputs.end(), recorded.captured.begin(), recorded.captured.end());
  return ir::evaluate(recorded.program, inputs);
}

}  // namespace copse::nn_detail
