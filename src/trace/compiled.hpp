// What a compiled program consists of: made in compile.cpp, run in run.cpp.
#pragma once

#include "copse/trace/compile.hpp"
#include "passes/assign_buffers.hpp"

namespace copse::flat {

// A program ready to run is a list of kernels and, for each, where its operands and results are in a table of
// addresses. The table is filled at the beginning of a run; then nothing is left to decide.
struct Compiled::Impl {
  struct Step {
    const Kernel* kernel;
    std::uint32_t first_in, first_out;  // in `entries`
    std::int64_t workspace;             // arena offset, or -1
  };
  ir::Program program;
  ir::Cost cost;
  passes::BufferAssignment memory;
  std::vector<std::unique_ptr<Kernel>> kernels;
  std::vector<Step> steps;
  std::vector<std::uint32_t> entries;   // table entries of operands and results
  std::vector<passes::Location> table;  // where each entry of the table points
  std::vector<const void*> constants;
  std::vector<std::uint32_t> first_output;  // by block of `memory.outputs`
  std::size_t widest_in = 0, widest_out = 0;

  void build(ir::Program made, std::span<const std::uint8_t> donated, const CompileOptions& options,
             bool share);
  passes::PerInstruction<std::size_t> prepare(const passes::PerInstruction<std::int64_t>& aliased,
                                              const CompileOptions& options);
  // What one run of an instruction takes: operations, and bytes read and written.
  struct Work {
    double flops, bytes;
  };
  Work work_of(const ir::Instruction& instruction) const;
  void lay_out(const passes::PerInstruction<std::size_t>& workspaces);

  void make_outputs(std::span<const Array> inputs, std::span<const std::uint8_t> donated,
                    std::vector<Array>& outputs) const;
  void borrow_outputs(std::span<const Array> inputs, std::vector<Array>& outputs) const;

  // Addresses that a run needs: the table, where each output block lies, and a step's operands and results.
  std::size_t pointers() const { return table.size() + memory.outputs.size() + widest_in + widest_out; }

  struct RunStep {
    void operator()(const Step& step, const void* const* in, void* const* out, void* workspace) const {
      step.kernel->run(in, out, workspace);
    }
  };

  // Calls `run(step, inputs, outputs, workspace)` for each step. `addresses` has room for `pointers()`; the
  // table is filled.
  template <class Run>
  void execute(void** addresses, std::byte* arena, const Run& run) const {
    void** out_at = addresses + table.size() + memory.outputs.size();
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
      run(step, in_at, out_at, step.workspace >= 0 ? arena + step.workspace : nullptr);
    }
  }

  // Runs the program, each step by `run_step(step, inputs, outputs, workspace)`.
  template <class Run>
  void run(std::span<const Array> inputs, std::span<const std::uint8_t> donated, std::vector<Array>& outputs,
           const Run& run_step) const;
  // Runs it once and takes the time of each step.
  void time(std::span<const Array> inputs, std::span<double> seconds) const;
  std::vector<double> time(std::span<const Array> inputs) const;
};

}  // namespace copse::flat
