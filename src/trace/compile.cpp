#include "copse/trace/compile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "check_nan.hpp"
#include "compiled.hpp"
#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/core/trace.hpp"
#include "passes/pipeline.hpp"

namespace copse::flat {

using passes::PerInstruction;

Compiled::Compiled() : impl_(std::make_unique<Impl>()) {}
Compiled::~Compiled() = default;
const ir::Program& Compiled::program() const { return impl_->program; }
const ir::Cost& Compiled::cost() const { return impl_->cost; }

// Prepares the kernels of a program and gives its values memory. `share` as for `assign_buffers`.
void Compiled::Impl::build(ir::Program made, std::span<const std::uint8_t> donated,
                           const CompileOptions& options, bool share) {
  program = std::move(made);
  const PerInstruction<std::int64_t> aliased = passes::aliases(program, share);
  const PerInstruction<std::size_t> workspaces = prepare(aliased, options);
  memory = passes::assign_buffers(program, aliased, workspaces, donated, share);
  if (strict_compiler()) passes::verify_buffers(program, aliased, workspaces, memory);
  cost.peak_bytes = static_cast<std::int64_t>(memory.arena_bytes);
  lay_out(workspaces);
}

// Bytes of scratch memory for each kernel.
PerInstruction<std::size_t> Compiled::Impl::prepare(const PerInstruction<std::int64_t>& aliased,
                                                    const CompileOptions& options) {
  PerInstruction<std::size_t> workspaces(program);
  std::vector<ShapeDtype> in;
  for (std::size_t k = 0; k < program.instructions.size(); ++k) {
    const ir::Instruction& i = program.instructions[k];
    if (aliased[k] >= 0) {
      kernels.push_back(nullptr);
      continue;
    }
    in.clear();
    for (const ir::Id id : program.operands(i)) in.push_back(program.types[id]);
    const std::span<const ShapeDtype> out(program.types.data() + i.first_result, i.results);
    kernels.push_back(i.primitive->prepare_within(in, out, options));
    if (!kernels.back()) throw InternalError(fmt::format("{}: prepare gives no kernel", i.primitive->name()));
    if (options.check_nan) kernels.back() = check_nan(std::move(kernels.back()), i, in, out);
    workspaces[k] = kernels.back()->workspace();
    const Work work = work_of(i);
    cost.bytes += work.bytes;
    cost.flops += work.flops;
  }
  return workspaces;
}

Compiled::Impl::Work Compiled::Impl::work_of(const ir::Instruction& i) const {
  std::vector<ShapeDtype> in;
  for (const ir::Id id : program.operands(i)) in.push_back(program.types[id]);
  const std::span<const ShapeDtype> out(program.types.data() + i.first_result, i.results);
  Work work{i.primitive->flops(in, out), 0};
  for (const ShapeDtype& type : in) work.bytes += static_cast<double>(type.bytes());
  for (const ShapeDtype& type : out) work.bytes += static_cast<double>(type.bytes());
  return work;
}

// The table of addresses, and which of them each step uses.
void Compiled::Impl::lay_out(const PerInstruction<std::size_t>& workspaces) {
  // One table entry for each value that has memory.
  passes::PerValue<std::uint32_t> entry(program);
  for (ir::Id v = 0; v < entry.size(); ++v) {
    if (memory.locations[v].kind == passes::Location::Kind::none) continue;
    entry[v] = static_cast<std::uint32_t>(table.size());
    table.push_back(memory.locations[v]);
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
    if (const std::uint32_t block = memory.output_of[o]; block != passes::BufferAssignment::borrowed)
      first_output[block] = static_cast<std::uint32_t>(o);
  const auto end = static_cast<std::uint32_t>(entries.size());
  steps.push_back({nullptr, end, end, -1});  // where the last instruction's results end
}

namespace {

// What joins operations or computes some beforehand would hide where a nan comes from.
constexpr const char* left_out_to_check[] = {
    "fold_constants",   "loop_residuals", "loop_fission",  "epilogues",
    "concatenate_pads", "batch_products", "rematerialize", "fuse"};

std::vector<std::string> left_out(const CompileOptions& options) {
  std::vector<std::string> without = options.without;
  if (options.check_nan)
    without.insert(without.end(), std::begin(left_out_to_check), std::end(left_out_to_check));
  return without;
}

}  // namespace

std::shared_ptr<const Compiled> compile(ir::Program recorded, std::span<const std::uint8_t> donated,
                                        const CompileOptions& options, std::string_view name) {
  const passes::Enabled enabled(left_out(options));
  // What is computed here is known and belongs to no trace, wherever the compiler is called.
  const TraceContext none(nullptr);
  const detail::EmptyScope no_path;
  strict_compiler() ? ir::verify(recorded, "recording") : ir::verify_new(recorded, "recording");
  if (donated.size() > recorded.inputs.size())
    throw InternalError(fmt::format("compile: {} inputs may be given away, there are {}", donated.size(),
                                    recorded.inputs.size()));
  passes::Dump dump(options.dump, name);
  auto compiled = std::make_shared<Compiled>();
  ir::Program best = passes::optimize(recorded, enabled, donated, dump);
  try {
    compiled->impl_->build(std::move(best), donated, options, enabled["assign_buffers"]);
  } catch (const InternalError& error) {
    passes::report_fault("last stage", error);
    compiled = std::make_shared<Compiled>();
    compiled->impl_->build(passes::optimize(recorded, passes::Enabled::inlining_alone(), donated, dump),
                           donated, options, false);
  }
  return compiled;
}

}  // namespace copse::flat
