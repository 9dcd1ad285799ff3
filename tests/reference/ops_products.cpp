// Products, convolutions, pooling.
#include "copse/ops/linalg.hpp"
#include "registry.hpp"
#include "windows.hpp"

namespace reference {
namespace {

Array tensordot(const Arguments& a) {
  const auto& options = a.options;
  if (!options.has("axes")) return copse::tensordot(a["a"], a["b"]);
  if (!options.is_list("axes"))
    return copse::tensordot(a["a"], a["b"], static_cast<int>(options.integer("axes")));
  const auto [left, right] = options.axes_pair("axes");
  return copse::tensordot(a["a"], a["b"], std::span<const int>(left), std::span<const int>(right));
}

// The operands are the inputs in alphabetical order.
Array einsum(const Arguments& a) {
  std::vector<Array> operands;
  for (const auto& [name, array] : a.all()) operands.push_back(array);
  return copse::einsum(a.options.text("subscripts"), std::span<const Array>(operands));
}

int spatial(const Array& x) { return x.ndim() - 2; }

Array conv(const Arguments& a) {
  const Array& x = a["x"];
  copse::ConvOptions options;
  options.strides = extents_option(a.options, "strides", spatial(x));
  options.padding = padding_option(a.options, options.padding);
  options.lhs_dilation = extents_option(a.options, "lhs_dilation", spatial(x));
  options.rhs_dilation = extents_option(a.options, "rhs_dilation", spatial(x));
  options.feature_group_count = a.options.integer("feature_group_count", 1);
  return copse::conv(x, a["kernel"], options);
}

Array conv_transpose(const Arguments& a) {
  const Array& x = a["x"];
  copse::ConvTransposeOptions options;
  options.strides = extents_option(a.options, "strides", spatial(x));
  options.padding = padding_option(a.options, options.padding);
  options.rhs_dilation = extents_option(a.options, "rhs_dilation", spatial(x));
  return copse::conv_transpose(x, a["kernel"], options);
}

}  // namespace

copse::Padding padding_option(const Options& options, const copse::Padding& fallback) {
  if (!options.has("padding")) return fallback;
  if (!options.is_text("padding")) return copse::Padding(options.pairs("padding"));
  const std::string name = options.text("padding");
  if (name == "SAME") return copse::Padding::same;
  if (name == "VALID") return copse::Padding::valid;
  options.unknown("padding");
}

std::vector<std::int64_t> extents_option(const Options& options, const std::string& name, int spatial) {
  if (!options.has(name)) return {};
  auto all = options.integers(name);
  if (!options.is_list(name) && spatial > 0) all.resize(static_cast<std::size_t>(spatial), all[0]);
  return all;
}

copse::PoolOptions pool_options(const Options& options, const Array& x, bool average) {
  copse::PoolOptions out;
  out.window = extents_option(options, "window", spatial(x));
  out.strides = extents_option(options, "strides", spatial(x));
  out.padding = padding_option(options, out.padding);
  if (average) out.count_include_pad = options.flag("count_include_pad", true);
  return out;
}

void add_products(Group& ops) {
  ops.add_value("matmul", [](const Arguments& a) { return copse::matmul(a["a"], a["b"]); });
  ops.add_value("dot", [](const Arguments& a) { return copse::dot(a["a"], a["b"]); });
  ops.add_value("tensordot", tensordot);
  ops.add_value("einsum", einsum);
  ops.add_value("conv", conv);
  ops.add_value("conv_transpose", conv_transpose);
  ops.add_value("max_pool", [](const Arguments& a) {
    return copse::max_pool(a["x"], pool_options(a.options, a["x"], false));
  });
  ops.add_value("avg_pool", [](const Arguments& a) {
    return copse::avg_pool(a["x"], pool_options(a.options, a["x"], true));
  });
}

}  // namespace reference
