#include <fmt/format.h>

#include "checks.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/flat.hpp"
#include "transforms.hpp"

namespace tables {
namespace {

using Axes = std::vector<std::optional<int>>;
constexpr int size = 3;

// Several calls' inputs as one call's: `inputs[k]` is what call k gets.
struct Mapped {
  std::vector<Arrays> inputs;
  Arrays stacked;
  Axes axes;
};

// The inputs in `mask` are mapped, along their first axis or, if `last`, along their last.
Mapped mapped(const std::vector<Input>& from, DType dtype, unsigned mask, bool last) {
  Mapped out;
  for (int k = 0; k < size; ++k) out.inputs.push_back(make(from, dtype, k));
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (mask >> i & 1u) {
      Arrays parts;
      for (const Arrays& in : out.inputs) parts.push_back(in[i]);
      out.stacked.push_back(stack(parts, last ? -1 : 0));
      out.axes.emplace_back(last ? -1 : 0);
    } else {
      for (Arrays& in : out.inputs) in[i] = out.inputs[0][i];
      out.stacked.push_back(out.inputs[0][i]);
      out.axes.emplace_back(std::nullopt);
    }
  }
  return out;
}

Arrays looped(const Call& f, const std::vector<Arrays>& inputs, int axis) {
  std::vector<Arrays> results;
  for (const Arrays& in : inputs) results.push_back(f(in));
  Arrays out;
  for (std::size_t r = 0; r < results[0].size(); ++r) {
    Arrays parts;
    for (const Arrays& one : results) parts.push_back(one[r]);
    out.push_back(stack(parts, axis));
  }
  return out;
}

Call vmapped(const Call& f, const Axes& axes, int out_axis) {
  return [=](const Arrays& in) {
    return flat::vmap(f, in, axes, [=](std::size_t n) { return Axes(n, out_axis); });
  };
}

void compare(const Call& f, const std::vector<Input>& inputs, DType dtype, const std::string& where,
             double factor, Report& report) {
  if (inputs.empty()) return;
  const auto check = [&](const std::string& what, const Call& g, const Mapped& in, int out_axis, bool jit) {
    report.run(what, [&] {
      const Call map = vmapped(g, in.axes, out_axis);
      const Arrays got = jit ? compiled(map, in.stacked) : map(in.stacked);
      report.add(what, difference(got, looped(g, in.inputs, out_axis), factor));
    });
  };
  const unsigned all = (1u << inputs.size()) - 1;
  for (unsigned mask = 1; mask <= all; ++mask)
    check(fmt::format("vmap, {}, inputs {:b}", where, mask), f, mapped(inputs, dtype, mask, false), 0, false);
  check("vmap along the last axes, " + where, f, mapped(inputs, dtype, all, true), -1, false);
  check("jit of vmap, " + where, f, mapped(inputs, dtype, all, false), 0, true);
  // Twice: the outer one maps over the calls, the inner one over copies of the same call.
  const Call inner = [&](const Arrays& in) {
    Arrays twice;
    for (const Array& x : in) twice.push_back(stack({x, x}));
    return vmapped(f, Axes(in.size(), 0), 0)(twice);
  };
  check("vmap of vmap, " + where, inner, mapped(inputs, dtype, all, false), 0, false);
}

bool works(const Call& f, const std::vector<Input>& inputs, DType dtype) {
  try {
    (void)f(make(inputs, dtype));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

void check_vmap(const Row& row, Report& report) {
  if (row.needs_values) return;
  for (const Sample& sample : row.samples())
    for (const DType dtype : {DType::float32, DType::float64, DType::int32, DType::uint8, DType::bool_}) {
      if (!contains(row.types & sample.types, dtype) || (!row.is_typed() && dtype != DType::float32))
        continue;
      if (!works(row.call, sample.inputs, dtype)) continue;
      compare(row.call, sample.inputs, dtype, sample.label + " " + std::string(name_of(dtype)), row.tolerance,
              report);
    }
}

void check_composition(const Row& row, Report& report) {
  if (!has_floats(row) || row.gradient == Gradient::none) return;
  const Call gradients = [&](const Arrays& in) {
    Arrays given;
    for (const Array& g : gradients_of(row.call, in))
      if (g.has_value()) given.push_back(g);
    return given;
  };
  for (const Sample& sample : row.samples()) {
    if (!works(row.call, sample.inputs, DType::float64)) continue;
    if (sample.label != "main" && sample.label != "empty" && sample.label != "scalar" &&
        sample.label != "broadcast")
      continue;
    const std::string where = sample.label + " float64";
    const Arrays inputs = make(sample.inputs, DType::float64);
    const double factor = row.tolerance * 100;  // sums are taken in another order
    report.run("jit of grad, " + where, [&] {
      report.add("jit of grad, " + where, difference(compiled(gradients, inputs), gradients(inputs), factor));
    });
    compare(gradients, sample.inputs, DType::float64, "of grad, " + where, factor, report);
  }
}

}  // namespace tables
