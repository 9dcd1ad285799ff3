#include "copse/train/runner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "copse/comm/threads.hpp"
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

namespace {

bool divides(const Strategy& strategy) {
  return strategy.mode == Strategy::Mode::data_parallel || strategy.mode == Strategy::Mode::distributed;
}

ShardOptions shard_of(const Strategy& strategy) {
  if (!divides(strategy)) return {};
  return {.in_axes = {std::nullopt, 0},
          .communicator = strategy.communicator ? *strategy.communicator : comm::threads(strategy.replicas)};
}

JitOptions options_of(const char* name, const ShardOptions& shard, bool check_nan) {
  return {.name = name, .compile = {.check_nan = check_nan}, .shard = shard};
}

CompiledSteps steps_with(const Strategy& strategy, const ShardOptions& shard, bool check_nan) {
  return {strategy, Jit(TrainStep{}, options_of("train_step", shard, check_nan)),
          Jit(TestStep{}, options_of("test_step", shard, false)),
          Jit(PredStep{}, options_of("pred_step", shard, false))};
}

}  // namespace

const CompiledSteps& steps_of(StepsByStrategy& compiled, const Strategy& strategy, bool check_nan) {
  const Strategy key = divides(strategy) ? strategy : strategy::jit();
  const auto found = std::ranges::find(compiled, key, [](const auto& steps) { return steps->strategy; });
  if (found != compiled.end()) return **found;
  return *compiled.emplace_back(
      std::make_shared<const CompiledSteps>(steps_with(key, shard_of(key), check_nan)));
}

JitStats sum_of_train_stats(const StepsByStrategy& compiled) {
  JitStats total;
  for (const auto& steps : compiled) {
    const JitStats stats = steps->train.stats();
    total.calls += stats.calls;
    total.compiles += stats.compiles;
    total.traces += stats.traces;
    total.kept += stats.kept;
  }
  return total;
}

}  // namespace copse::train_detail

template struct copse::lift::TreeOpsOf<copse::Array>;
template struct copse::lift::TreeOpsOf<std::vector<copse::Array>>;
template struct copse::lift::TreeOpsOf<copse::BatchOf<copse::Array, copse::Array, copse::Array>>;
