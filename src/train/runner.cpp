#include "copse/train/runner.hpp"

#include <fmt/format.h>

#include "copse/ops/elementwise.hpp"
#include "copse/tree/code.hpp"

namespace copse::train_detail {

void cannot_compile(const std::string& module, const std::string& batch) {
  throw ValueError(
      fmt::format("steps of {} on {} cannot be compiled, since not all of their leaves are arrays: give the "
                  "trainer {{.strategy = strategy::eager()}}",
                  module, batch));
}

void cannot_init(const std::string& module, const std::string& inputs) {
  throw ValueError(fmt::format(
      "predict: {} is not initialised, and its init_step takes no {}: train or evaluate it first, or call "
      "init with a batch",
      module, inputs));
}

void cannot_profile() {
  throw ValueError(
      "profile: the trainer's strategy compiles no train step as a whole: give it {.strategy = "
      "strategy::jit()} or strategy::jit_donate()");
}

void cannot_replicate(const std::string& module) {
  throw ValueError(fmt::format(
      "data_parallel: {} has its own train_step, which cannot be divided: write managed_train_step, or "
      "use another strategy",
      module));
}

namespace {

// Those of no floating dtype are the first replica's.
Array mean_of(const std::vector<Array>& values, const std::vector<Array>& weights) {
  if (!is_floating(values[0].dtype()) || values.size() == 1) return values[0];
  Array total = values[0] * weights[0];
  for (std::size_t i = 1; i < values.size(); ++i) total = total + values[i] * weights[i];
  return astype(total, values[0].dtype());
}

// The same for each place of lists.
template <class Member>
std::vector<Array> means_of(const std::vector<Replica>& replicas, const std::vector<Array>& weights,
                            Member member) {
  std::vector<Array> out;
  for (std::size_t i = 0; i < (replicas[0].*member).size(); ++i) {
    std::vector<Array> values;
    for (const Replica& replica : replicas) values.push_back((replica.*member)[i]);
    out.push_back(mean_of(values, weights));
  }
  return out;
}

}  // namespace

Replica combine(const std::vector<Replica>& replicas, const std::vector<Array>& weights,
                const ManagedExtra& extra) {
  Replica out;
  for (const auto& [name, first] : replicas[0].logs) {
    std::vector<Array> values;
    for (const Replica& replica : replicas) values.push_back(replica.logs.at(name));
    const Array value = mean_of(values, weights);
    if (replicas[0].logs.is_loss(name))
      out.logs.add_loss(name, value);
    else
      out.logs.add(name, value);
  }
  out.metrics = extra.metrics;
  out.added = extra.added;
  for (const Replica& replica : replicas) {
    out.metrics.merge(replica.metrics);
    out.added.merge(replica.added);
  }
  out.states = means_of(replicas, weights, &Replica::states);
  out.gradients = means_of(replicas, weights, &Replica::gradients);
  return out;
}

}  // namespace copse::train_detail

template struct copse::tree_detail::TreeCode<copse::train_detail::Replica>;
template class std::vector<copse::train_detail::Replica>;
template struct copse::lift::TreeOpsOf<copse::Array>;
template struct copse::lift::TreeOpsOf<std::vector<copse::Array>>;
template struct copse::lift::TreeOpsOf<copse::BatchOf<copse::Array, copse::Array, copse::Array>>;
template struct copse::lift::TreeOpsOf<copse::train_detail::Replica>;
template struct copse::lift::TreeOpsOf<std::vector<copse::train_detail::Replica>>;
