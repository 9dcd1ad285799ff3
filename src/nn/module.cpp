// What modules do without knowing their types.
#include <fmt/format.h>

#include "copse/core/trace.hpp"
#include "copse/nn/init.hpp"
#include "copse/ops/create.hpp"
#include "copse/trace/compile.hpp"

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

bool records_already() { return current_trace() != nullptr; }

flat::Arrays compute_only(const flat::Function& record, const std::optional<Key>& key) {
  flat::Arrays inputs;
  std::vector<ShapeDtype> types;
  if (key) {
    inputs.push_back(key->data);
    types.push_back(key->data.type());
  }
  flat::Recorded recorded = flat::record(record, types, "init");
  return flat::compile(std::move(recorded.program))->run(inputs);
}

}  // namespace copse::nn_detail
