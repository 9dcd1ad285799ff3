#include "copse/train/runner.hpp"

#include <fmt/format.h>

#include "copse/ops/elementwise.hpp"

namespace copse::train_detail {

void cannot_compile(const std::string& module, const std::string& batch) {
  throw ValueError(fmt::format("steps of {} on {} cannot be compiled, since not all of their leaves are arrays: give the "
                               "trainer {{.strategy = strategy::eager()}}",
                               module, batch));
}

void cannot_replicate(const std::string& module) {
  throw ValueError(fmt::format("data_parallel: {} has its own train_step, which cannot be divided: write managed_train_step, or "
                               "use another strategy",
                               module));
}

Array mean_of(const std::vector<Array>& values, const std::vector<Array>& weights) {
  if (!is_floating(values[0].dtype()) || values.size() == 1) return values[0];
  Array total = values[0] * weights[0];
  for (std::size_t i = 1; i < values.size(); ++i) total = total + values[i] * weights[i];
  return astype(total, values[0].dtype());
}

Logs mean_of(const std::vector<const Logs*>& logs, const std::vector<Array>& weights) {
  Logs out;
  for (const auto& [name, first] : *logs[0]) {
    std::vector<Array> values;
    for (const Logs* part : logs) values.push_back(part->at(name));
    out.set(name, mean_of(values, weights), logs[0]->is_latest(name));
  }
  return out;
}

}  // namespace copse::train_detail
