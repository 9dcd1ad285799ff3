#include "pipeline.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "copse/core/error.hpp"

namespace copse {
namespace passes {
namespace {

// What passes know besides the program, and tell one another.
struct State {
  const Passes& on;
  std::span<const std::uint8_t> donated;
  std::vector<std::uint8_t> copies;  // by instruction, from `repeat` for `fuse`
};

struct Pass {
  PassInfo info;
  Result (*run)(const ir::Program& program, State& state);
  bool always = false;      // with its switch off it still does a part
  bool leaves_dead = true;  // whether dead code is to be eliminated afterwards
};

// The one list: a new pass is a line here, its switch in Passes and a file of its own.
constexpr Pass pipeline[] = {
    {{"expand", "functions with derivative rules of their own replaced by their programs", &Passes::expand},
     [](const ir::Program& p, State& s) { return expand(p, s.on.expand); },
     true},
    {{"drop", "dead code eliminated", &Passes::drop},
     [](const ir::Program& p, State&) { return drop(p); },
     false,
     false},
    {{"fold", "known values computed, x * 1 and the like removed", &Passes::fold},
     [](const ir::Program& p, State&) { return fold(p); },
     false,
     false},
    {{"share", "equal instructions done once", &Passes::share},
     [](const ir::Program& p, State&) { return share(p); },
     false,
     false},
    {{"residuals", "values that a backward loop needs kept by the forward loop", &Passes::residuals},
     [](const ir::Program& p, State&) { return residuals(p); }},
    {{"split_loops", "products that no step of a loop waits for taken out of it", &Passes::split_loops},
     [](const ir::Program& p, State&) { return split_loops(p); }},
    {{"attach", "transposes, bias and activation taken into products and convolutions", &Passes::attach},
     [](const ir::Program& p, State&) { return attach(p); }},
    {{"assemble", "sums of padded parts written as one array", &Passes::assemble},
     [](const ir::Program& p, State&) { return assemble(p); }},
    {{"stack", "sums of products over few rows made one product", &Passes::stack},
     [](const ir::Program& p, State&) { return stack(p); }},
    {{"repeat", "what a few steps of arithmetic give made again by each loop that reads it", &Passes::repeat},
     [](const ir::Program& p, State& s) { return s.on.fuse ? repeat(p, s.copies) : std::nullopt; },
     false,
     false},
    {{"fuse", "chains of elementwise operations run tile by tile", &Passes::fuse},
     [](const ir::Program& p, State& s) { return fuse(p, s.copies); }},
    {{"schedule", "results made as soon as what they need is there", &Passes::schedule},
     [](const ir::Program& p, State& s) { return schedule(p, s.donated); },
     false,
     false},
};

constexpr PassInfo memory_plan = {"plan", "memory shared between values that do not live at once",
                                  &Passes::plan};

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
    if (!pass.leaves_dead || !state.on.drop) return next;
    Result rest = drop(*next);
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

ir::Program optimize(const ir::Program& recorded, const Passes& on, std::span<const std::uint8_t> donated,
                     Dump& dump) {
  dump.write(recorded, "recorded");
  State state{on, donated, {}};
  Result made;
  for (const Pass& pass : pipeline) {
    if (!pass.always && !(on.*pass.info.on)) continue;
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
  all.push_back(passes::memory_plan);
  return all;
}

void set_strict_compiler(bool strict) { passes::strict() = strict; }
bool strict_compiler() { return passes::strict(); }

}  // namespace copse
