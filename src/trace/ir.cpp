#include "copse/trace/ir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"

namespace copse::ir {

Id Program::add_constant(const Array& value) {
  const Id id = add_value(value.type());
  constants.push_back({id, value});
  return id;
}

Id Program::add(const PrimitivePtr& primitive, std::span<const Id> operands,
                std::span<const ShapeDtype> results) {
  Instruction instruction{primitive, static_cast<std::uint32_t>(pool.size()),
                          static_cast<std::uint32_t>(operands.size()), static_cast<Id>(types.size()),
                          static_cast<std::uint32_t>(results.size())};
  pool.insert(pool.end(), operands.begin(), operands.end());
  types.insert(types.end(), results.begin(), results.end());
  instructions.push_back(std::move(instruction));
  return instructions.back().first_result;
}

const Instruction* maker(std::span<const Instruction> instructions, Id id) {
  const auto after = std::ranges::upper_bound(instructions, id, {}, &Instruction::first_result);
  if (after == instructions.begin()) return nullptr;
  const Instruction& made = *std::prev(after);
  return id - made.first_result < made.results ? &made : nullptr;
}

std::ostream& operator<<(std::ostream& out, const Program& program) { return out << to_text(program); }

std::string to_text(const Program& program) {
  std::string text = "program(";
  const auto value = [&](Id id) { return fmt::format("%{}", id); };
  for (std::size_t i = 0; i < program.inputs.size(); ++i)
    text += fmt::format("{}{}:{}", i ? ", " : "", value(program.inputs[i]),
                        to_string(program.types[program.inputs[i]]));
  text += ")\n";
  for (const Constant& c : program.constants)
    text += c.value.size() == 1 && !c.value.is_abstract()
                ? fmt::format("  {}:{} = constant {}\n", value(c.id), to_string(c.value.type()),
                              c.value.item<double>())
                : fmt::format("  {}:{} = constant\n", value(c.id), to_string(c.value.type()));
  for (const Instruction& i : program.instructions) {
    text += "  ";
    for (std::uint32_t r = 0; r < i.results; ++r)
      text += fmt::format("{}{}:{}", r ? ", " : "", value(i.first_result + r),
                          to_string(program.types[i.first_result + r]));
    const std::string parameters = i.primitive->parameters();
    text += fmt::format("{}{}{}", i.results ? " = " : "", i.primitive->name(),
                        parameters.empty() ? "" : "[" + parameters + "]");
    for (const Id id : program.operands(i)) text += " " + value(id);
    if (i.path) text += "  # " + detail::path_text(i.path);
    text += "\n";
  }
  text += "  return";
  for (const Id id : program.outputs) text += " " + value(id);
  return text + "\n";
}

namespace {

std::string in_quotes(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string to_graphviz(const Program& program) {
  std::string text = "digraph program {\n  node [shape=box, fontname=\"monospace\"];\n";
  std::vector<std::string> node(program.types.size());
  for (const Id id : program.inputs) {
    node[id] = fmt::format("v{}", id);
    text += fmt::format("  {} [shape=ellipse, label=\"{}\"];\n", node[id], to_string(program.types[id]));
  }
  for (const Constant& c : program.constants) {
    node[c.id] = fmt::format("v{}", c.id);
    text += fmt::format("  {} [shape=plaintext, label=\"{}\"];\n", node[c.id], to_string(c.value.type()));
  }
  for (std::size_t k = 0; k < program.instructions.size(); ++k) {
    const Instruction& i = program.instructions[k];
    const std::string name = fmt::format("i{}", k);
    text += fmt::format("  {} [label=\"{}{}{}\"];\n", name, i.primitive->name(), i.path ? "\\n" : "",
                        in_quotes(detail::path_text(i.path)));
    for (const Id id : program.operands(i))
      text += fmt::format("  {} -> {} [label=\"{}\"];\n", node[id], name, to_string(program.types[id]));
    for (std::uint32_t r = 0; r < i.results; ++r) node[i.first_result + r] = name;
  }
  for (std::size_t o = 0; o < program.outputs.size(); ++o) {
    const Id id = program.outputs[o];
    text += fmt::format("  out{} [shape=ellipse, label=\"output {}\"];\n  {} -> out{} [label=\"{}\"];\n", o,
                        o, node[id], o, to_string(program.types[id]));
  }
  return text + "}\n";
}

std::vector<Array> evaluate(const Program& program, std::span<const Array> inputs) {
  if (inputs.size() != program.inputs.size())
    throw ValueError(
        fmt::format("evaluate: got {} inputs, the program has {}", inputs.size(), program.inputs.size()));
  std::vector<Array> values(program.types.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) values[program.inputs[i]] = inputs[i];
  for (const Constant& c : program.constants) values[c.id] = c.value;
  // Values are released after their last use, as they would be in the function itself.
  std::vector<std::size_t> last(program.types.size(), 0);
  for (std::size_t k = 0; k < program.instructions.size(); ++k)
    for (const Id id : program.operands(program.instructions[k])) last[id] = k;
  for (const Id id : program.outputs) last[id] = program.instructions.size();
  std::vector<Array> in, out;
  for (std::size_t k = 0; k < program.instructions.size(); ++k) {
    const Instruction& i = program.instructions[k];
    in.clear();
    for (const Id id : program.operands(i)) in.push_back(values[id]);
    out.assign(i.results, Array());
    const detail::RestoredScope scope(i.path);
    copse::bind(i.primitive, in, out);
    for (std::uint32_t r = 0; r < i.results; ++r) values[i.first_result + r] = std::move(out[r]);
    for (const Id id : program.operands(i))
      if (last[id] == k) values[id] = Array();
  }
  std::vector<Array> outputs;
  for (const Id id : program.outputs) outputs.push_back(values[id]);
  return outputs;
}

}  // namespace copse::ir
