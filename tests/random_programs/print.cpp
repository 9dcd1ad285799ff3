#include "print.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace random_programs {
namespace {

std::string name(Value v) { return "v" + std::to_string(v); }

std::string names(const std::vector<Value>& values, std::size_t first = 0,
                  std::size_t last = ~std::size_t{0}) {
  std::vector<std::string> all;
  for (std::size_t i = first; i < std::min(last, values.size()); ++i) all.push_back(name(values[i]));
  return fmt::format("Arrays{{{}}}", fmt::join(all, ", "));
}

std::string shape_of(const Shape& shape) { return fmt::format("Shape{{{}}}", fmt::join(shape, ", ")); }

std::string dtype_of(DType dtype) {
  return fmt::format("DType::{}{}", copse::name_of(dtype), dtype == DType::bool_ ? "_" : "");
}

std::string call(const Row& row, const std::vector<Value>& operands) {
  std::string function = row.name;
  if (const auto dot = function.find('.'); dot != std::string::npos) function.replace(dot, 1, "::");
  if (row.call.target<tables::UnaryCall>())
    return fmt::format("Arrays{{copse::{}({})}}", function, name(operands[0]));
  if (row.call.target<tables::BinaryCall>())
    return fmt::format("Arrays{{copse::{}({}, {})}}", function, name(operands[0]), name(operands[1]));
  return fmt::format("tables::find_row(\"{}\").call({})", row.id(), names(operands));
}

// The call of a step whose blocks are called body_0, body_1, ...
std::string call(const Step& step) {
  const std::vector<Value>& in = step.operands;
  const std::string first = in.empty() ? "" : name(in[0]), rest = names(in, 1);
  const std::string carried = "[=](const Array& i, const Arrays& c) { return body_0(joined({i}, c)); }";
  std::vector<std::string> bodies;
  for (std::size_t b = 0; b < step.blocks.size(); ++b) bodies.push_back(fmt::format("body_{}", b));
  switch (step.kind) {
    case Kind::call:
      return call(*step.row, in);
    case Kind::fit:
      return fmt::format("Arrays{{fit({}, {}, {}, {}, {})}}", first, shape_of(step.shape),
                         dtype_of(step.dtype), step.low, step.high);
    case Kind::scan:
      return fmt::format("scanned(body_0, {}, {}, {{.length = {}, .reverse = {}}})",
                         names(in, 0, step.carries), names(in, step.carries), step.length, step.reverse);
    case Kind::fori:
      return fmt::format("fori_loop(1, {}, {}, {})", step.length + 1, carried, names(in));
    case Kind::fori_arrays:
      return fmt::format("fori_loop(Array(0), {}, {}, {})", first, carried, rest);
    case Kind::while_:
      return fmt::format("repeated(body_0, body_1, {}, {})", names(in), step.length);
    case Kind::cond:
      return fmt::format("cond({}, body_0, body_1, {})", first, rest);
    case Kind::switch_:
      return fmt::format("switch_({}, std::vector<Call>{{{}}}, {})", first, fmt::join(bodies, ", "), rest);
    case Kind::checkpoint:
      return fmt::format("checkpoint(body_0)({})", names(in));
    case Kind::custom_vjp:
      return fmt::format("with_gradient_rule(body_0)({})", names(in));
    case Kind::custom_jvp:
      return fmt::format("with_tangent_rule(body_0)({})", names(in));
    case Kind::vmap:
      return fmt::format("mapped(body_0, {}, {})", names(in, 0, step.carries), names(in, step.carries));
    case Kind::jit:
      return fmt::format("jit(body_0)({})", names(in));
  }
  return {};
}

void add(std::string& text, const Step& step, int indent) {
  const std::string space(static_cast<std::size_t>(indent), ' ');
  std::string results = step.results.empty() ? "r" : "r" + std::to_string(step.results[0]);
  if (step.blocks.empty()) {
    text += fmt::format("{}const Arrays {} = {};\n", space, results, call(step));
  } else {
    text += fmt::format("{}const Arrays {} = [=] {{  // {}\n", space, results, name_of(step.kind));
    for (std::size_t b = 0; b < step.blocks.size(); ++b)
      text += fmt::format("{}  const Call body_{} = [=](const Arrays& in) -> Arrays {{\n{}{}  }};\n", space,
                          b, as_code(step.blocks[b], indent + 4), space);
    text += fmt::format("{}  return {};\n{}}}();\n", space, call(step), space);
  }
  for (std::size_t i = 0; i < step.results.size(); ++i)
    text += fmt::format("{}const Array {} = {}[{}];\n", space, name(step.results[i]), results, i);
}

std::string source(const Source& s) {
  if (s.row)
    return fmt::format("tables::find_row(\"{}\").inputs[{}].make({}, {}, {} + 1000 * more)", s.row->id(),
                       s.number, shape_of(s.shape), dtype_of(s.dtype), s.seed);
  return fmt::format("tables::data({}, {}, {})({}, {} + 1000 * more)", shape_of(s.shape), s.low, s.high,
                     dtype_of(s.dtype), s.seed);
}

}  // namespace

std::string as_code(const Block& block, int indent) {
  const std::string space(static_cast<std::size_t>(indent), ' ');
  std::string text;
  for (std::size_t i = 0; i < block.parameters.size(); ++i)
    text += fmt::format("{}const Array {} = in[{}];\n", space, name(block.parameters[i]), i);
  for (const Step& step : block.steps) add(text, step, indent);
  return text + fmt::format("{}return {};\n", space, names(block.results));
}

std::string as_code(const Program& program, const Mode& mode) {
  std::string inputs;
  for (const Source& s : program.sources) inputs += fmt::format("      {},\n", source(s));
  return fmt::format(R"(// Random program {}, {}: exits 0 if both ways give the same.
#include "random_programs/printed.hpp"

using namespace random_programs;

static Arrays inputs(int more) {{
  (void)more;
  return {{
{}  }};
}}

static Arrays program(const Arrays& in) {{
{}}}

int main() {{
  const Arrays in = inputs(0), other = inputs({}), both = stacked(in, other);
  const Call f = program;
  return same([&] {{ return {}; }},
              [&] {{ return {}; }});
}}
)",
                     program.seed, mode.name, inputs, as_code(program.body, 2), other_number(program),
                     mode.got_text, mode.wanted_text);
}

}  // namespace random_programs
