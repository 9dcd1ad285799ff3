// Measuring compiled programs.
#include "copse/trace/profile.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

#include "compiled.hpp"
#include "control/derive.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/core/threads.hpp"
#include "copse/core/trace.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/linalg.hpp"
#include "debug.hpp"
#include "passes/fused.hpp"

namespace copse {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double seconds_of_profile = 0.3;
constexpr std::size_t fewest_runs = 3, most_runs = 200;

// The least time that a call takes of several.
template <class F>
double shortest(const F& f) {
  double best = 1e9;
  for (int run = 0; run < 6; ++run) {
    const auto start = Clock::now();
    f();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

MachineLimits measured() {
  // What is computed here is known and belongs to no trace.
  const TraceContext none(nullptr);
  constexpr std::int64_t side = 768, elements = std::int64_t{1} << 24;
  const Array a = ones({side, side}), b = ones({side, side});
  const double product = shortest([&] { (void)matmul(a, b); });
  const Array x = ones({elements});
  const double pass = shortest([&] { (void)negative(x); });
  return {2e-9 * side * side * side / product, 2e-9 * static_cast<double>(elements * 4) / pass};
}

double median(std::vector<double> samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

}  // namespace

MachineLimits machine_limits() {
  static std::mutex& mutex = *new std::mutex;
  static auto& known = *new std::map<int, MachineLimits>;  // never destroyed
  const std::lock_guard lock(mutex);
  const auto [at, fresh] = known.try_emplace(num_threads());
  if (fresh) at->second = measured();
  return at->second;
}

namespace flat {
namespace {

std::string types_text(std::span<const ShapeDtype> types) {
  std::string text;
  for (const ShapeDtype& type : types) text += (text.empty() ? "" : " ") + to_string(type);
  return text;
}

Profile::Row row_of(const ir::Program& program, const ir::Instruction& i) {
  Profile::Row row;
  row.path = detail::path_text(i.path);
  row.operation = i.primitive->name();
  row.parameters = i.primitive->parameters();
  row.result = types_text({program.types.data() + i.first_result, i.results});
  if (const auto* fused = dynamic_cast<const passes::Fused*>(i.primitive.get()))
    for (const passes::FusedFrom& part : fused->from())
      row.parts.push_back({detail::path_text(part.path), part.operation});
  return row;
}

}  // namespace

// Seconds that each step takes: medians of as many runs as fit into a moment. A program with side effects, as
// collectives have, runs equally often on all ranks.
std::vector<double> Compiled::Impl::time(std::span<const Array> inputs) const {
  const std::size_t count = steps.size() - 1;  // without the end mark
  std::vector<double> seconds(count);
  time(inputs, seconds);  // warms up, and prints
  const debug::Silence silence;
  std::vector<std::vector<double>> samples(count);
  const std::size_t most = control::has_effects(program) ? fewest_runs : most_runs;
  const auto start = Clock::now();
  for (std::size_t run = 0; run < most; ++run) {
    const double spent = std::chrono::duration<double>(Clock::now() - start).count();
    if (run >= fewest_runs && spent > seconds_of_profile) break;
    time(inputs, seconds);
    for (std::size_t s = 0; s < count; ++s) samples[s].push_back(seconds[s]);
  }
  for (std::size_t s = 0; s < count; ++s) seconds[s] = median(std::move(samples[s]));
  return seconds;
}

Profile Compiled::profile(std::span<const Array> inputs, std::string_view name) const try {
  const Impl& c = *impl_;
  const std::vector<double> seconds = c.time(inputs);
  std::vector<Profile::Row> rows;
  for (std::size_t k = 0; k < c.program.instructions.size(); ++k) {
    if (!c.kernels[k]) continue;
    const ir::Instruction& i = c.program.instructions[k];
    const Impl::Work work = c.work_of(i);
    Profile::Row row = row_of(c.program, i);
    // A clock tells nothing about what takes less than it can measure.
    const double time = std::max(seconds[rows.size()], 1e-9);
    row.microseconds = time * 1e6;
    row.flops = work.flops;
    row.bytes = work.bytes;
    row.gflops = work.flops / time * 1e-9;
    row.gbytes = work.bytes / time * 1e-9;
    rows.push_back(std::move(row));
  }
  return Profile(std::string(name), std::move(rows), machine_limits());
} catch (const std::bad_alloc&) {
  detail::out_of_memory("profile");
}

}  // namespace flat
}  // namespace copse
