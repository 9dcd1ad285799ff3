// Elementwise functions.
#include "copse/ops/elementwise.hpp"

#include "copse/core/error.hpp"
#include "registry.hpp"

namespace reference {
namespace {

using Unary = Array (*)(const Array&);
using Binary = Array (*)(const Array&, const Array&);

// Input `b`, or a bare number.
Array second_operand(const Arguments& a) {
  if (!a.options.has("scalar")) return a["b"];
  const std::string type = a.options.text("scalar_type");
  if (type == "int") return Array(a.options.integer("scalar"));
  if (type == "float") return Array(a.options.number("scalar"));
  if (type == "bool") return Array(a.options.flag("scalar"));
  a.options.unknown("scalar_type");
}

Array bound(const Arguments& a, const char* name) {
  return a.options.has(name) ? a.options.scalar(name) : Array();
}

copse::DType dtype_option(const Options& options) {
  try {
    return copse::dtype_from_name(options.text("dtype"));
  } catch (const copse::DTypeError&) {
    options.unknown("dtype");
  }
}

}  // namespace

void add_elementwise(Group& ops) {
  static constexpr std::pair<const char*, Unary> unary[] = {{"exp", copse::exp},
                                                            {"log", copse::log},
                                                            {"log1p", copse::log1p},
                                                            {"expm1", copse::expm1},
                                                            {"tanh", copse::tanh},
                                                            {"sigmoid", copse::sigmoid},
                                                            {"sqrt", copse::sqrt},
                                                            {"rsqrt", copse::rsqrt},
                                                            {"abs", copse::abs},
                                                            {"sign", copse::sign},
                                                            {"floor", copse::floor},
                                                            {"ceil", copse::ceil},
                                                            {"round", copse::round},
                                                            {"square", copse::square},
                                                            {"sin", copse::sin},
                                                            {"cos", copse::cos},
                                                            {"erf", copse::erf},
                                                            {"negative", copse::negative},
                                                            {"reciprocal", copse::reciprocal},
                                                            {"relu", copse::relu},
                                                            {"silu", copse::silu},
                                                            {"softplus", copse::softplus},
                                                            {"log_sigmoid", copse::log_sigmoid},
                                                            {"isnan", copse::isnan},
                                                            {"isfinite", copse::isfinite},
                                                            {"logical_not", copse::logical_not}};
  static constexpr std::pair<const char*, Binary> binary[] = {{"add", copse::add},
                                                              {"subtract", copse::subtract},
                                                              {"multiply", copse::multiply},
                                                              {"divide", copse::divide},
                                                              {"power", copse::power},
                                                              {"maximum", copse::maximum},
                                                              {"minimum", copse::minimum},
                                                              {"mod", copse::mod},
                                                              {"floor_divide", copse::floor_divide},
                                                              {"equal", copse::equal},
                                                              {"not_equal", copse::not_equal},
                                                              {"less", copse::less},
                                                              {"less_equal", copse::less_equal},
                                                              {"greater", copse::greater},
                                                              {"greater_equal", copse::greater_equal},
                                                              {"logical_and", copse::logical_and},
                                                              {"logical_or", copse::logical_or},
                                                              {"logical_xor", copse::logical_xor}};
  for (const auto& [name, f] : unary) ops.add_value(name, [f = f](const Arguments& a) { return f(a["x"]); });
  for (const auto& [name, f] : binary)
    ops.add_value(name, [f = f](const Arguments& a) { return f(a["a"], second_operand(a)); });
  ops.add_value("gelu",
                [](const Arguments& a) { return copse::gelu(a["x"], a.options.flag("approximate", true)); });
  ops.add_value("elu", [](const Arguments& a) { return copse::elu(a["x"], a.options.number("alpha", 1.0)); });
  ops.add_value("leaky_relu", [](const Arguments& a) {
    return copse::leaky_relu(a["x"], a.options.number("negative_slope", 0.01));
  });
  ops.add_value("where", [](const Arguments& a) { return copse::where(a["cond"], a["x"], a["y"]); });
  ops.add_value("clip",
                [](const Arguments& a) { return copse::clip(a["x"], bound(a, "min"), bound(a, "max")); });
  ops.add_value("astype", [](const Arguments& a) { return copse::astype(a["x"], dtype_option(a.options)); });
}

}  // namespace reference
