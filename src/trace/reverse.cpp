// Reverse mode: operations run at once and are remembered; the pullback walks the memory backwards.
#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/core/name_scope.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/trace/flat.hpp"
#include "owned_trace.hpp"

namespace copse::flat {
namespace {

constexpr std::uint32_t untracked = ~std::uint32_t{0};

class ReverseTrace final : public Trace {
 public:
  const char* name() const override { return "grad"; }
  bool knows_values() const override { return true; }

  void bind(const PrimitivePtr& primitive, std::span<const Array> in, std::span<Array> out) override {
    Arrays below;
    below.reserve(in.size());
    for (const Array& a : in) below.push_back(lower(a));
    std::vector<ShapeDtype> types;
    if (primitive->has_gradient_form())
      for (const Array& a : below) types.push_back(a.type());
    const PrimitivePtr more = primitive->has_gradient_form() ? primitive->for_gradient(types) : nullptr;
    Arrays hidden;
    if (more) {
      Arrays all(static_cast<std::size_t>(more->outputs()));
      // A function with a rule of its own is differentiated by it once; another gradient sees what is inside.
      if (more->definition())
        all = ir::evaluate(*more->definition(), below);
      else
        copse::bind(more, below, all);
      std::move(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(out.size()), out.begin());
      hidden.assign(all.begin() + static_cast<std::ptrdiff_t>(out.size()), all.end());
    } else {
      copse::bind(primitive, below, out);
    }
    bool differentiable = false;
    for (const Array& a : out) differentiable = differentiable || is_floating(a.dtype());
    if (!differentiable) return;  // no gradient passes: the values need no place here
    Entry entry{more ? more : primitive,
                static_cast<std::uint32_t>(operands_.size()),
                static_cast<std::uint32_t>(in.size()),
                static_cast<std::uint32_t>(values_.size()),
                static_cast<std::uint32_t>(out.size() + hidden.size()),
                is_recorded() ? detail::current_path() : 0};
    for (std::size_t i = 0; i < in.size(); ++i) operands_.push_back({node_of(in[i]), std::move(below[i])});
    for (Array& a : out) a = tracer(std::move(a));
    for (Array& a : hidden) values_.push_back(std::move(a));
    entries_.push_back(std::move(entry));
  }

  Array tracer(Array value) {
    values_.push_back(value);
    const ShapeDtype type = value.type();
    return detail::make_tracer(
        type, {shared_from_this(), static_cast<std::uint32_t>(values_.size() - 1), std::move(value), {}});
  }

  std::uint32_t node_of(const Array& a) const {
    const detail::Tracer* t = a.tracer();
    return t && t->trace.get() == this ? t->node : untracked;
  }
  Array lower(const Array& a) const { return node_of(a) == untracked ? a : a.tracer()->value; }

  /// Drops what has been remembered. A rule of a user's own may hold arrays of this very trace, which hold
  /// the trace: without this it would keep itself.
  void forget() noexcept {
    entries_.clear();
    operands_.clear();
    values_.clear();
  }

  /// Cotangents of the nodes [0, inputs), given some of others.
  Arrays pull(const std::vector<std::uint32_t>& outputs, std::span<const Array> cotangents,
              std::size_t inputs) const {
    Arrays cts(values_.size());
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (outputs[i] != untracked && cotangents[i].has_value()) accumulate(cts[outputs[i]], cotangents[i]);
    Arrays in;
    std::vector<std::uint8_t> wanted;
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
      const std::span<Array> out_cts(cts.data() + entry->first_result, entry->results);
      bool any = false;
      for (const Array& ct : out_cts) any = any || ct.has_value();
      if (!any) continue;
      in.clear();
      wanted.clear();
      for (std::uint32_t i = 0; i < entry->operands; ++i) {
        const Operand& operand = operands_[entry->first_operand + i];
        in.push_back(operand.value);
        wanted.push_back(operand.node != untracked && is_floating(operand.value.dtype()));
      }
      const std::span<const Array> outs(values_.data() + entry->first_result, entry->results);
      const detail::RestoredScope scope(entry->path);
      const Arrays gradients = entry->primitive->vjp({in, outs, out_cts, wanted});
      for (std::uint32_t i = 0; i < entry->operands; ++i)
        if (wanted[i] && gradients[i].has_value())
          accumulate(cts[operands_[entry->first_operand + i].node], gradients[i]);
      for (Array& ct : out_cts) ct = Array();
    }
    cts.resize(inputs);
    return cts;
  }

 private:
  struct Entry {
    PrimitivePtr primitive;
    std::uint32_t first_operand, operands, first_result, results;
    std::uint32_t path;  // of the layer that it is in, where its gradient is recorded
  };
  struct Operand {
    std::uint32_t node;
    Array value;
  };

  // Whether a trace around this one records.
  bool is_recorded() const {
    for (const Trace* trace = outer(); trace; trace = trace->outer())
      if (trace->takes_nullary()) return true;
    return false;
  }

  static void accumulate(Array& total, const Array& part) { total = total.has_value() ? total + part : part; }

  std::vector<Entry> entries_;
  std::vector<Operand> operands_;
  Arrays values_;
};

// It is there as long as its pullback, or the function that makes that.
using Tape = OwnedTrace<ReverseTrace>;

}  // namespace

Vjp vjp(const Function& f, const Arrays& inputs, std::span<const std::uint8_t> wanted) try {
  const auto tape = std::make_shared<const Tape>();
  const Tape& trace = *tape;
  std::vector<std::uint32_t> input_nodes, output_nodes;
  Vjp result;
  std::size_t tracked = 0;
  {
    const TraceScope scope(*trace);
    Arrays arguments = inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool follow = wanted[i] && is_floating(inputs[i].dtype());
      if (follow) arguments[i] = trace->tracer(inputs[i]);
      input_nodes.push_back(follow ? static_cast<std::uint32_t>(tracked++) : untracked);
    }
    const Arrays outputs = f(arguments);
    for (const Array& out : outputs) {
      output_nodes.push_back(trace->node_of(out));
      result.outputs.push_back(trace->lower(out));
    }
  }
  result.pullback = [tape, input_nodes, output_nodes, tracked](std::span<const Array> cotangents) {
    return detail::guard_memory("vjp", [&] {
      const Arrays found = (*tape)->pull(output_nodes, cotangents, tracked);
      Arrays gradients(input_nodes.size());
      for (std::size_t i = 0; i < input_nodes.size(); ++i)
        if (input_nodes[i] != untracked) gradients[i] = found[input_nodes[i]];
      return gradients;
    });
  };
  return result;
} catch (const std::bad_alloc&) {
  detail::out_of_memory("vjp");
}

}  // namespace copse::flat
