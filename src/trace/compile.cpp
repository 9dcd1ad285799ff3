#include "copse/trace/compile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "copse/core/error.hpp"
#include "copse/core/trace.hpp"
#include "passes/pipeline.hpp"
#include "passes/plan.hpp"

namespace copse {
namespace {
thread_local Passes chosen;
}  // namespace

void set_passes(const Passes& passes) { chosen = passes; }
Passes current_passes() { return chosen; }

namespace flat {

// A program ready to run is a list of kernels and, for each, where its operands and results are in a table of
// addresses. The table is filled at the beginning of a run; then nothing is left to decide.
struct Compiled::Impl {
  struct Step {
    const Kernel* kernel;
    std::uint32_t first_in, first_out;  // in `slots`
    std::int64_t workspace;             // arena offset, or -1
  };
  ir::Program program;
  ir::Cost cost;
  passes::MemoryPlan memory;
  std::vector<std::unique_ptr<Kernel>> kernels;
  std::vector<Step> steps;
  std::vector<std::uint32_t> entries;       // table entries of operands and results
  std::vector<passes::Place> table_places;  // where each entry of the table points
  std::vector<const void*> constants;
  std::vector<std::uint32_t> first_output;  // by block of `memory.outputs`
  std::size_t widest_in = 0, widest_out = 0;

  void build(ir::Program made, std::span<const std::uint8_t> donated, bool share);
  std::vector<std::size_t> prepare(std::span<const std::int64_t> aliased);
  void lay_out(std::span<const std::size_t> workspaces);

  // Addresses that a run needs: the table, where each output block lies, and a step's operands and results.
  std::size_t pointers() const {
    return table_places.size() + memory.outputs.size() + widest_in + widest_out;
  }

  // `addresses` has room for `pointers()`; the table is filled.
  void execute(void** addresses, std::byte* arena) const {
    void** out_at = addresses + table_places.size() + memory.outputs.size();
    const auto in_at = const_cast<const void**>(out_at + widest_out);
    for (const Step& step : steps) {
      if (!step.kernel) return;  // the end mark
      const std::uint32_t n_in = step.first_out - step.first_in;
      const std::uint32_t* e = entries.data() + step.first_in;
      for (std::uint32_t i = 0; i < n_in; ++i) in_at[i] = addresses[e[i]];
      e += n_in;
      const std::uint32_t* end = (&step)[1].first_in + entries.data();
      std::uint32_t o = 0;
      for (; e != end; ++e) out_at[o++] = addresses[*e];
      step.kernel->run(in_at, out_at, step.workspace >= 0 ? arena + step.workspace : nullptr);
    }
  }
};

Compiled::Compiled() : impl_(std::make_unique<Impl>()) {}
Compiled::~Compiled() = default;
const ir::Program& Compiled::program() const { return impl_->program; }
const ir::Cost& Compiled::cost() const { return impl_->cost; }

namespace {

void* at(const void* base, const passes::Place& place) {
  return const_cast<std::byte*>(static_cast<const std::byte*>(base)) + place.offset;
}

}  // namespace

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

namespace {
std::size_t table_bytes(std::size_t entries) { return (entries * sizeof(void*) + 63) / 64 * 64; }
}  // namespace

std::vector<Array> Compiled::run(std::span<Array> inputs, std::span<const std::uint8_t> donated) const {
  std::vector<Array> outputs;
  run(inputs, donated, outputs);
  return outputs;
}

void Compiled::run(std::span<Array> inputs, std::span<const std::uint8_t> donated,
                   std::vector<Array>& outputs) const try {
  const Impl& c = *impl_;
  const ir::Program& program = c.program;
  // Addresses have their place on the stack, or behind the arena.
  void* few_addresses[384];
  void** addresses = few_addresses;
  const bool many = c.pointers() > std::size(few_addresses);
  const std::size_t scratch = c.memory.arena_bytes + (many ? table_bytes(c.pointers()) : 0);
  Array arena;
  std::byte* arena_data = nullptr;
  if (scratch) {
    arena = detail::allocate({Shape{static_cast<std::int64_t>(scratch)}, DType::uint8});
    arena_data = static_cast<std::byte*>(detail::mutable_data(arena));
    if (many) addresses = reinterpret_cast<void**>(arena_data + c.memory.arena_bytes);
  }

  // Memory of the outputs first: a donor that is shared is found out here. A block is kept where it first
  // leaves.
  outputs.clear();
  outputs.resize(program.outputs.size());
  for (std::size_t b = 0; b < c.memory.outputs.size(); ++b) {
    const passes::OutputPlan& plan = c.memory.outputs[b];
    const ShapeDtype& type = program.types[plan.base];
    Array& block = outputs[c.first_output[b]];
    if (plan.donor >= 0) {
      const auto donor = static_cast<std::size_t>(plan.donor);
      if (donor < donated.size() && donated[donor] && detail::is_sole_owner(inputs[donor])) {
        block = detail::alias(inputs[donor], type);
        continue;
      }
    }
    block = detail::allocate(type);
  }

  for (std::size_t t = 0; t < c.table_places.size(); ++t) {
    const passes::Place& place = c.table_places[t];
    switch (place.kind) {
      case passes::Place::Kind::input:
        addresses[t] = at(inputs[place.index].raw(), place);
        break;
      case passes::Place::Kind::constant:
        addresses[t] = at(c.constants[place.index], place);
        break;
      case passes::Place::Kind::output:
        addresses[t] = at(detail::mutable_data(outputs[c.first_output[place.index]]), place);
        break;
      default:
        addresses[t] = arena_data + place.offset;
    }
  }
  c.execute(addresses, arena_data);

  // From the last, so that what a block is read through stays until its first place.
  for (std::size_t o = program.outputs.size(); o-- > 0;) {
    const ir::Id id = program.outputs[o];
    const ShapeDtype& type = program.types[id];
    const std::uint32_t block = c.memory.output_of[o];
    const passes::Place& place = c.memory.places[id];
    const Array& from = block != passes::MemoryPlan::borrowed      ? outputs[c.first_output[block]]
                        : place.kind == passes::Place::Kind::input ? inputs[place.index]
                                                                   : program.constants[place.index].value;
    if (&from == &outputs[o] && from.type() == type) continue;
    outputs[o] = from.type() == type ? from : detail::alias(from, type);
  }
} catch (const std::bad_alloc&) {
  detail::out_of_memory("a compiled program");
}

// Scratch memory of a raw run: addresses, then the arena.
std::size_t Compiled::workspace() const { return table_bytes(impl_->pointers()) + impl_->memory.arena_bytes; }

void Compiled::run_raw(const void* const* inputs, void* const* outputs, void* workspace) const {
  const Impl& c = *impl_;
  void** addresses = static_cast<void**>(workspace);
  void** block = addresses + c.table_places.size();
  std::byte* arena = static_cast<std::byte*>(workspace) + table_bytes(c.pointers());
  // A block that leaves more than once is written once and copied.
  std::fill_n(block, c.memory.outputs.size(), nullptr);
  for (std::size_t o = 0; o < c.program.outputs.size(); ++o) {
    const std::uint32_t b = c.memory.output_of[o];
    if (b != passes::MemoryPlan::borrowed && !block[b]) block[b] = outputs[o];
  }
  for (std::size_t t = 0; t < c.table_places.size(); ++t) {
    const passes::Place& place = c.table_places[t];
    switch (place.kind) {
      case passes::Place::Kind::input:
        addresses[t] = at(inputs[place.index], place);
        break;
      case passes::Place::Kind::constant:
        addresses[t] = at(c.constants[place.index], place);
        break;
      case passes::Place::Kind::output:
        addresses[t] = at(block[place.index], place);
        break;
      default:
        addresses[t] = arena + place.offset;
    }
  }
  c.execute(addresses, arena);
  for (std::size_t o = 0; o < c.program.outputs.size(); ++o) {
    const ir::Id id = c.program.outputs[o];
    const std::uint32_t b = c.memory.output_of[o];
    const void* from = nullptr;
    if (b != passes::MemoryPlan::borrowed)
      from = block[b];
    else if (const passes::Place& place = c.memory.places[id]; place.kind == passes::Place::Kind::input)
      from = inputs[place.index];
    else
      from = c.constants[place.index];
    if (from != outputs[o]) std::memmove(outputs[o], from, c.program.types[id].bytes());
  }
}

}  // namespace flat
}  // namespace copse
