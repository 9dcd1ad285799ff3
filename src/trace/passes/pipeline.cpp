#include "pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "copse/core/error.hpp"
#include "loops.hpp"

namespace copse {
namespace passes {
namespace {

// What passes know besides the program, and tell one another.
struct State {
  const Enabled& enabled;
  std::span<const std::uint8_t> donated;
  std::vector<Flag> copies;  // by instruction, from `rematerialize` for `fuse`
  SimplifiedSteps steps;     // of loops, for the passes over them
};

struct Pass {
  PassInfo info;
  Result (*run)(const ir::Program& program, State& state);
  bool always = false;      // left out it still does a part
  bool leaves_dead = true;  // whether dead code is to be eliminated afterwards
};

// The one list: a new pass is a line here, a declaration in passes.hpp and a file of its own.
constexpr Pass pipeline[] = {
    {{"inline", "programs in the place of functions with derivative rules of their own"},
     [](const ir::Program& p, State& s) { return inline_programs(p, s.enabled["inline"]); },
     true},
    {{"dead_code", "instructions left out whose results no output depends on"},
     [](const ir::Program& p, State&) { return dead_code(p); },
     false,
     false},
    {{"fold_constants", "known values computed, x * 1 and the like removed"},
     [](const ir::Program& p, State&) { return fold_constants(p); },
     false,
     false},
    {{"common_subexpressions", "equal instructions done once"},
     [](const ir::Program& p, State&) { return common_subexpressions(p); },
     false,
     false},
    {{"loop_residuals", "values that the backward loop of a gradient needs kept by the forward loop"},
     [](const ir::Program& p, State& s) { return loop_residuals(p, s.steps); }},
    {{"loop_fission", "products that no step of a loop waits for taken out of it"},
     [](const ir::Program& p, State& s) { return loop_fission(p, s.steps); }},
    {{"epilogues", "transposes, bias and activation taken into products and convolutions"},
     [](const ir::Program& p, State&) { return epilogues(p); }},
    {{"concatenate_pads", "sums of padded parts written as one array"},
     [](const ir::Program& p, State&) { return concatenate_pads(p); }},
    {{"batch_products", "sums of products over few rows made one product"},
     [](const ir::Program& p, State&) { return batch_products(p); }},
    {{"rematerialize", "what a few steps of arithmetic give computed again by each loop that reads it"},
     [](const ir::Program& p, State& s) {
       return s.enabled["fuse"] ? rematerialize(p, s.copies) : std::nullopt;
     },
     false,
     false},
    {{"fuse", "chains of elementwise operations run tile by tile"},
     [](const ir::Program& p, State& s) { return fuse(p, s.copies); }},
    {{"schedule", "results computed as soon as what they need is there"},
     [](const ir::Program& p, State& s) { return schedule(p, s.donated); },
     false,
     false},
};

// The last one makes no program: it says where the values of one lie.
constexpr PassInfo buffers = {"assign_buffers", "memory shared between values that do not live at once"};

bool strict_environment() {
  const char* value = std::getenv("COPSE_STRICT");
  return value && std::string_view(value) == "1";
}
std::atomic<bool>& strict() {
  static std::atomic<bool> on{strict_environment()};
  return on;
}

// What a program takes and gives stays what it was.
void check_interface(const ir::Program& before, const ir::Program& now, std::string_view pass) {
  const auto same = [&](const std::vector<ir::Id>& a, const std::vector<ir::Id>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t n = 0; n < a.size(); ++n) {
      const ShapeDtype &x = before.types[a[n]], &y = now.types[b[n]];
      if (x.shape != y.shape || x.dtype != y.dtype) return false;
    }
    return true;
  };
  const bool inputs = same(before.inputs, now.inputs);
  if (inputs && same(before.outputs, now.outputs)) return;
  throw InternalError(fmt::format("the program after {} is broken: it has other {}", pass,
                                  inputs ? "outputs than before" : "inputs than before"));
}

// Types of everything where the compiler is strict, else of what is new.
void check(ir::Program& program, std::string_view after) {
  strict() ? ir::verify(program, after) : ir::verify_new(program, after);
}

// What a pass makes of a program, if it makes anything.
Result apply(const Pass& pass, const ir::Program& program, State& state) {
  try {
    Result next = pass.run(program, state);
    if (!next) return std::nullopt;
    check(*next, pass.info.name);
    check_interface(program, *next, pass.info.name);
    if (!pass.leaves_dead || !state.enabled["dead_code"]) return next;
    Result rest = dead_code(*next);
    if (!rest) return next;
    check(*rest, pass.info.name);
    return rest;
  } catch (const MemoryError&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    state.copies.clear();
    report_fault(fmt::format("pass `{}`", pass.info.name), error);
    return std::nullopt;
  }
}

}  // namespace

void report_fault(std::string_view where, const std::exception& error) {
  const std::string text = fmt::format("the compiler's {} failed: {}", where, error.what());
  if (strict()) throw InternalError(text);
  static std::atomic_flag said;
  if (said.test_and_set()) return;
  fmt::print(stderr,
             "copse: {}\ncopse: this is a fault of Copse, please report it; results are right all the same, "
             "as the compiler goes on without it\n",
             text);
}

Enabled::Enabled(std::span<const std::string> without) {
  const std::vector<PassInfo> all = compiler_passes();
  for (const std::string& name : without) {
    const auto pass = std::find_if(all.begin(), all.end(), [&](const PassInfo& p) { return p.name == name; });
    if (pass == all.end()) {
      std::string names;
      for (const PassInfo& p : all) names += fmt::format("{}{}", names.empty() ? "" : ", ", p.name);
      throw ValueError(
          fmt::format("compile: there is no pass \"{}\" to leave out; there are {}", name, names));
    }
    without_.push_back(pass->name);
  }
}

Enabled Enabled::inlining_alone() {
  Enabled none;
  for (const PassInfo& pass : compiler_passes())
    if (std::string_view(pass.name) != "inline") none.without_.push_back(pass.name);
  return none;
}

bool Enabled::operator[](std::string_view pass) const {
  return std::find(without_.begin(), without_.end(), pass) == without_.end();
}

ir::Program optimize(const ir::Program& recorded, const Enabled& enabled,
                     std::span<const std::uint8_t> donated, Dump& dump) {
  dump.write(recorded, "recorded");
  State state{enabled, donated, {}, {}};
  Result made;
  for (const Pass& pass : pipeline) {
    if (!pass.always && !enabled[pass.info.name]) continue;
    Result next = apply(pass, made ? *made : recorded, state);
    if (!next) continue;
    dump.write(*next, pass.info.name);
    made = std::move(next);
  }
  return made ? std::move(*made) : recorded;
}

}  // namespace passes

std::vector<PassInfo> compiler_passes() {
  std::vector<PassInfo> all;
  for (const passes::Pass& pass : passes::pipeline) all.push_back(pass.info);
  all.push_back(passes::buffers);
  return all;
}

void set_strict_compiler(bool strict) { passes::strict() = strict; }
bool strict_compiler() { return passes::strict(); }

}  // namespace copse
