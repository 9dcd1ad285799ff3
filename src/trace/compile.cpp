#include "copse/trace/compile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compiled.hpp"
#include "copse/core/error.hpp"
#include "copse/core/trace.hpp"
#include "passes/pipeline.hpp"

namespace copse {
namespace {
thread_local Passes chosen;
}  // namespace

void set_passes(const Passes& passes) { chosen = passes; }
Passes current_passes() { return chosen; }

namespace flat {

Compiled::Compiled() : impl_(std::make_unique<Impl>()) {}
Compiled::~Compiled() = default;
const ir::Program& Compiled::program() const { return impl_->program; }
const ir::Cost& Compiled::cost() const { return impl_->cost; }

// Prepares the kernels of a program and plans its memory. `share` as for `plan`.
void Compiled::Impl::build(ir::Program made, std::span<const std::uint8_t> donated, bool share) {
  program = std::move(made);
  const std::vector<std::int64_t> aliased = passes::aliases(program, share);
  const std::vector<std::size_t> workspaces = prepare(aliased);
  memory = passes::plan(program, aliased, workspaces, donated, share);
  if (strict_compiler()) passes::verify_plan(program, aliased, workspaces, memory);
  cost.peak_bytes = static_cast<std::int64_t>(memory.arena_bytes);
  lay_out(workspaces);
}

// Bytes of scratch memory for each kernel.
std::vector<std::size_t> Compiled::Impl::prepare(std::span<const std::int64_t> aliased) {
  std::vector<std::size_t> workspaces;
  std::vector<ShapeDtype> in;
  for (std::size_t k = 0; k < program.instructions.size(); ++k) {
    const ir::Instruction& i = program.instructions[k];
    if (aliased[k] >= 0) {
      kernels.push_back(nullptr);
      workspaces.push_back(0);
      continue;
    }
    in.clear();
    for (const ir::Id id : program.operands(i)) in.push_back(program.types[id]);
    kernels.push_back(i.primitive->prepare(in, {program.types.data() + i.first_result, i.results}));
    if (!kernels.back()) throw InternalError(fmt::format("{}: prepare gives no kernel", i.primitive->name()));
    workspaces.push_back(kernels.back()->workspace());
    for (const ShapeDtype& t : in) cost.bytes += static_cast<double>(t.bytes());
    for (std::uint32_t r = 0; r < i.results; ++r)
      cost.bytes += static_cast<double>(program.types[i.first_result + r].bytes());
    cost.flops += i.primitive->flops(in, {program.types.data() + i.first_result, i.results});
  }
  return workspaces;
}

// The table of addresses, and which of them each step uses.
void Compiled::Impl::lay_out(std::span<const std::size_t> workspaces) {
  // One table entry for each value that has memory.
  std::vector<std::uint32_t> entry(program.types.size(), 0);
  for (std::size_t v = 0; v < program.types.size(); ++v) {
    if (memory.places[v].kind == passes::Place::Kind::none) continue;
    entry[v] = static_cast<std::uint32_t>(table_places.size());
    table_places.push_back(memory.places[v]);
  }
  for (const ir::Constant& k : program.constants) constants.push_back(k.value.raw());
  for (std::size_t k = 0; k < program.instructions.size(); ++k) {
    const ir::Instruction& i = program.instructions[k];
    if (!kernels[k]) continue;
    Step step{kernels[k].get(), static_cast<std::uint32_t>(entries.size()), 0, -1};
    for (const ir::Id id : program.operands(i)) entries.push_back(entry[id]);
    step.first_out = static_cast<std::uint32_t>(entries.size());
    for (std::uint32_t r = 0; r < i.results; ++r) entries.push_back(entry[i.first_result + r]);
    if (workspaces[k]) step.workspace = static_cast<std::int64_t>(memory.workspaces[k]);
    widest_in = std::max<std::size_t>(widest_in, i.operands);
    widest_out = std::max<std::size_t>(widest_out, i.results);
    steps.push_back(step);
  }
  first_output.assign(memory.outputs.size(), 0);
  for (std::size_t o = program.outputs.size(); o-- > 0;)
    if (const std::uint32_t block = memory.output_of[o]; block != passes::MemoryPlan::borrowed)
      first_output[block] = static_cast<std::uint32_t>(o);
  const auto end = static_cast<std::uint32_t>(entries.size());
  steps.push_back({nullptr, end, end, -1});  // where the last instruction's results end
}

namespace {

// The passes of this thread but for those that options leave out.
Passes chosen_by(const CompileOptions& options) {
  Passes on = chosen;
  const std::vector<PassInfo> all = compiler_passes();
  for (const std::string& name : options.without) {
    const auto pass = std::find_if(all.begin(), all.end(), [&](const PassInfo& p) { return p.name == name; });
    if (pass == all.end()) {
      std::string names;
      for (const PassInfo& p : all) names += fmt::format("{}{}", names.empty() ? "" : ", ", p.name);
      throw ValueError(
          fmt::format("compile: there is no pass \"{}\" to leave out; there are {}", name, names));
    }
    on.*pass->on = false;
  }
  return on;
}

// While a program is compiled, so are those that its control flow holds, the same way.
class Within {
 public:
  explicit Within(const Passes& passes) : before_(chosen) { chosen = passes; }
  ~Within() { chosen = before_; }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  Passes before_;
};

constexpr Passes nothing_but_needed{.expand = true,
                                    .drop = false,
                                    .fold = false,
                                    .share = false,
                                    .residuals = false,
                                    .split_loops = false,
                                    .attach = false,
                                    .assemble = false,
                                    .stack = false,
                                    .repeat = false,
                                    .fuse = false,
                                    .schedule = false,
                                    .plan = false};

}  // namespace

std::shared_ptr<const Compiled> compile(ir::Program recorded, std::span<const std::uint8_t> donated,
                                        const CompileOptions& options, std::string_view name) {
  const Passes on = chosen_by(options);
  const Within within(on);
  // What is computed here is known and belongs to no trace, wherever the compiler is called.
  const TraceContext none(nullptr);
  strict_compiler() ? ir::verify(recorded, "recording") : ir::verify_new(recorded, "recording");
  if (donated.size() > recorded.inputs.size())
    throw InternalError(fmt::format("compile: {} inputs may be given away, there are {}", donated.size(),
                                    recorded.inputs.size()));
  passes::Dump dump(options.dump, name);
  auto compiled = std::make_shared<Compiled>();
  ir::Program best = passes::optimize(recorded, on, donated, dump);
  try {
    compiled->impl_->build(std::move(best), donated, on.plan);
  } catch (const InternalError& error) {
    passes::report_fault("last stage", error);
    compiled = std::make_shared<Compiled>();
    compiled->impl_->build(passes::optimize(recorded, nothing_but_needed, donated, dump), donated, false);
  }
  return compiled;
}

}  // namespace flat
}  // namespace copse
