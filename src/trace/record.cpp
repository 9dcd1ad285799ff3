// Recording: operations become instructions, values stay unknown.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "../core/concrete.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/trace/flat.hpp"
#include "owned_trace.hpp"

namespace copse::flat {
namespace {

// What made values of a program, for messages.
struct Origin {
  ir::Id first_result;
  std::uint32_t results;
  std::uint32_t path;
  std::string operation;
};

class RecordTrace final : public Trace, public detail::Origins {
 public:
  explicit RecordTrace(const char* name) : name_(name) {}
  const char* name() const override { return name_; }
  bool takes_nullary() const override { return true; }

  void bind(const PrimitivePtr& primitive, std::span<const Array> in, std::span<Array> out) override {
    operands_.clear();
    in_types_.clear();
    for (const Array& a : in) {
      operands_.push_back(id_of(a));
      in_types_.push_back(a.type());
    }
    out_types_.assign(out.size(), ShapeDtype());
    primitive->infer(in_types_, out_types_);
    const ir::Id first = program.add(primitive, operands_, out_types_);
    program.instructions.back().path = detail::current_path();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = tracer(first + static_cast<ir::Id>(i));
  }

  std::string origin(std::uint32_t node) const override {
    const std::vector<ir::Id>& inputs = alive() ? program.inputs : inputs_;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i] == node) return fmt::format("argument array {}", i);
    if (!alive()) return text_of(std::ranges::upper_bound(origins_, node, {}, &Origin::first_result), node);
    const ir::Instruction* made = ir::maker(program.instructions, node);
    return made ? text(made->primitive->name(), made->path) : std::string();
  }

  /// The program, recorded. What made the arrays that are still there is kept for messages, without the
  /// operations: they may hold such arrays, which hold the trace.
  ir::Program take() {
    if (weak_from_this().use_count() > 1) {
      inputs_ = program.inputs;
      for (const ir::Instruction& i : program.instructions)
        origins_.push_back({i.first_result, i.results, i.path, std::string(i.primitive->name())});
    }
    return std::move(program);
  }

  /// Drops what has been recorded: an operation in it may hold arrays of this trace, which hold the trace.
  void forget() noexcept { program = {}; }

  Array tracer(ir::Id id) { return detail::make_tracer(program.types[id], {shared_from_this(), id, {}, {}}); }

  /// The number of an array in the program; arrays from outside become constants or captured inputs, once
  /// each.
  ir::Id id_of(const Array& a) {
    const detail::Tracer* t = a.tracer();
    if (t && t->trace.get() == this) return t->node;
    const auto [it, fresh] = outside_.try_emplace(a.impl(), 0);
    if (fresh) {
      kept_.push_back(a);  // so that the address stays taken
      if (t) {
        it->second = program.add_value(a.type());
        captured_ids.push_back(it->second);
        captured.push_back(a);
      } else {
        it->second = program.add_constant(a);
      }
    }
    return it->second;
  }

  ir::Program program;
  Arrays captured;
  std::vector<ir::Id> captured_ids;

 private:
  static std::string text(std::string_view operation, std::uint32_t path) {
    const std::string& layer = detail::path_text(path);
    return fmt::format("the result of `{}`{}{}", operation, layer.empty() ? "" : " in ", layer);
  }
  // Of a value, from the place behind what may have made it.
  std::string text_of(std::vector<Origin>::const_iterator behind, std::uint32_t node) const {
    if (behind == origins_.begin()) return {};
    const Origin& made = *--behind;
    return node - made.first_result < made.results ? text(made.operation, made.path) : std::string();
  }

  const char* name_;
  std::unordered_map<const detail::ArrayImpl*, ir::Id> outside_;
  Arrays kept_;
  std::vector<ir::Id> operands_;
  std::vector<ShapeDtype> in_types_, out_types_;
  std::vector<ir::Id> inputs_;   // of the program, once it is taken
  std::vector<Origin> origins_;  // by their first results, the same
};

}  // namespace

Recorded record(const Function& f, std::span<const ShapeDtype> inputs, const char* name) try {
  const OwnedTrace<RecordTrace> trace(name);
  {
    const TraceScope scope(*trace);
    Arrays arguments;
    arguments.reserve(inputs.size());
    for (const ShapeDtype& type : inputs) arguments.push_back(trace->tracer(trace->program.add_input(type)));
    const Arrays outputs = f(arguments);
    for (const Array& out : outputs) trace->program.outputs.push_back(trace->id_of((void(out.type()), out)));
  }
  for (const ir::Id id : trace->captured_ids) trace->program.inputs.push_back(id);
  ir::verify_new(trace->program, "recording");
  return {trace->take(), std::move(trace->captured)};
} catch (const std::bad_alloc&) {
  detail::out_of_memory("recording");
}

}  // namespace copse::flat
