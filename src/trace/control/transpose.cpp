#include "transpose.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "depend.hpp"

namespace copse::control {
namespace {

using flat::Arrays;

[[noreturn]] void not_linear(const LinearRule& rule, const std::string& why) {
  throw ValueError(
      fmt::format("{}: {} is not linear in its {}s: {}; it may add them and multiply them by what does "
                  "not depend on them, and nothing else",
                  rule.function, rule.part, rule.argument, why));
}

// Infinite factors make nan of zero, which is no fault of the rule.
bool something(const Array& x) {
  return is_floating(x.dtype()) && !x.is_abstract() &&
         any(logical_and(isfinite(x), not_equal(x, 0))).item<bool>();
}

}  // namespace

Arrays transpose(const LinearRule& rule, std::span<const ShapeDtype> arguments, const Flags& wanted,
                 std::span<const Array> cotangents) {
  const std::size_t n = arguments.size();
  Arrays inputs;
  std::vector<ShapeDtype> types;
  for (const ShapeDtype& type : arguments) inputs.push_back(zeros(type.shape, type.dtype));
  for (const Array& ct : cotangents)
    if (ct.has_value()) inputs.push_back(ct);
  for (const Array& input : inputs) types.push_back(input.type());

  // Recorded with arguments that are unknown, because then one sees whether the gradients depend on them.
  Flags present(n), given;
  const flat::Recorded recorded = flat::record(
      [&](const Arrays& in) {
        const Arrays at(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(n));
        const flat::Vjp back = flat::vjp(rule.call, at, wanted);
        Arrays seeds;
        for (std::size_t c = 0, next = n; c < cotangents.size(); ++c)
          seeds.push_back(cotangents[c].has_value() ? in[next++] : Array());
        Arrays found = back.pullback(seeds), out;
        for (std::size_t i = 0; i < n; ++i) {
          present[i] = found[i].has_value();
          if (present[i]) out.push_back(std::move(found[i]));
        }
        for (const Array& result : back.outputs) {
          given.push_back(result.has_value());
          if (result.has_value()) out.push_back(result);
        }
        return out;
      },
      types, rule.function);

  const std::size_t gradients = count(present);
  for (std::size_t i = 0; i < n; ++i) {
    Flags at(recorded.program.inputs.size(), 0);
    at[i] = 1;
    Flags outputs = depends(recorded.program, at);
    outputs.resize(gradients);
    if (count(outputs) > 0)
      not_linear(rule, fmt::format("its derivative depends on {} array {}", rule.argument, i));
  }

  const Arrays values = ir::evaluate(recorded.program, joined(inputs, recorded.captured));
  for (std::size_t o = 0, next = gradients; o < given.size(); ++o)
    if (given[o] && something(values[next++]))
      not_linear(rule,
                 fmt::format("{}s that are zero give result array {} a value that is not", rule.argument, o));
  Arrays result(n);
  for (std::size_t i = 0, next = 0; i < n; ++i)
    if (present[i]) result[i] = values[next++];
  return result;
}

}  // namespace copse::control
