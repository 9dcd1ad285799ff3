// Reductions, running totals, order.
#include "copse/ops/cumulative.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/sorting.hpp"
#include "registry.hpp"

namespace reference {
namespace {

using copse::Axes;

Axes axes_option(const Options& options) { return options.has("axis") ? Axes(options.axes("axis")) : Axes(); }
Axes last_unless_given(const Options& options) {
  return options.has("axis") ? Axes(options.axes("axis")) : Axes(-1);
}
bool keepdims(const Options& options) { return options.flag("keepdims", false); }

using Reduction = Array (*)(const Array&, const Axes&, bool);
using Moment = Array (*)(const Array&, const Axes&, int, bool);
using Position = Array (*)(const Array&, std::optional<int>, bool);
using Running = Array (*)(const Array&, std::optional<int>, bool);

}  // namespace

void add_reductions(Group& ops) {
  static constexpr std::pair<const char*, Reduction> reductions[] = {
      {"sum", copse::sum},   {"mean", copse::mean}, {"max", copse::max}, {"min", copse::min},
      {"prod", copse::prod}, {"any", copse::any},   {"all", copse::all}, {"logsumexp", copse::logsumexp}};
  for (const auto& [name, f] : reductions)
    ops.add_value(
        name, [f = f](const Arguments& a) { return f(a["x"], axes_option(a.options), keepdims(a.options)); });
  static constexpr std::pair<const char*, Moment> moments[] = {{"var", copse::var}, {"std", copse::std}};
  for (const auto& [name, f] : moments)
    ops.add_value(name, [f = f](const Arguments& a) {
      return f(a["x"], axes_option(a.options), static_cast<int>(a.options.integer("ddof", 0)),
               keepdims(a.options));
    });
  static constexpr std::pair<const char*, Position> positions[] = {{"argmax", copse::argmax},
                                                                   {"argmin", copse::argmin}};
  for (const auto& [name, f] : positions)
    ops.add_value(
        name, [f = f](const Arguments& a) { return f(a["x"], a.options.axis("axis"), keepdims(a.options)); });
  static constexpr std::pair<const char*, Running> running[] = {{"cumsum", copse::cumsum},
                                                                {"cumprod", copse::cumprod}};
  for (const auto& [name, f] : running)
    ops.add_value(name, [f = f](const Arguments& a) { return f(a["x"], a.options.axis("axis"), false); });
  ops.add_value("softmax",
                [](const Arguments& a) { return copse::softmax(a["x"], last_unless_given(a.options)); });
  ops.add_value("log_softmax",
                [](const Arguments& a) { return copse::log_softmax(a["x"], last_unless_given(a.options)); });
  ops.add_value("sort", [](const Arguments& a) {
    return copse::sort(a["x"], a.options.axis("axis", -1), a.options.flag("descending", false));
  });
  ops.add_value("argsort", [](const Arguments& a) {
    return copse::argsort(a["x"], a.options.axis("axis", -1), a.options.flag("descending", false));
  });
  ops.add("top_k", [](const Arguments& a) {
    auto [values, indices] = copse::top_k(a["x"], a.options.integer("k"));
    return Results{{"values", values}, {"indices", indices}};
  });
}

}  // namespace reference
