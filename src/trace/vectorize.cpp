// vmap: operations are replaced by their batched forms as they come; the mapped axis is always in front.
#include <fmt/format.h>

#include <functional>
#include <map>

#include "../core/concrete.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/axes.hpp"
#include "copse/trace/flat.hpp"

namespace copse::flat {
namespace {

class BatchTrace final : public Trace, public detail::Origins {
 public:
  BatchTrace(std::int64_t size, std::size_t arguments, AxisPtr axis)
      : size_(size), arguments_(static_cast<std::uint32_t>(arguments)), axis_(std::move(axis)) {}
  const char* name() const override { return "vmap"; }

  void bind(const PrimitivePtr& primitive, std::span<const Array> in, std::span<Array> out) override {
    Arrays below;
    std::vector<std::uint8_t> batched;
    for (const Array& a : in) {
      const bool is_mine = mine(a);
      below.push_back(is_mine ? a.tracer()->value : a);
      batched.push_back(is_mine);
    }
    BatchResult result = [&] {
      const MappingScope mapping(axis_);
      return primitive->batch({below, batched, size_});
    }();
    const std::uint32_t made_by = number_of(primitive->name());
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] =
          result.batched[i] ? tracer(std::move(result.outputs[i]), made_by) : std::move(result.outputs[i]);
  }

  std::string origin(std::uint32_t node) const override {
    if (node < arguments_) return fmt::format("argument array {}", node);
    for (const auto& [name, number] : names_)
      if (number == node) return fmt::format("the result of `{}`", name);
    return {};
  }

  /// `node` is the number of an argument, or of what made the array.
  Array tracer(Array value, std::uint32_t node) {
    ShapeDtype type = value.type();
    type.shape.erase(0);
    return detail::make_tracer(type, {shared_from_this(), node, std::move(value), {}});
  }
  /// The number of the element along the mapped axis.
  Array index() {
    const TraceContext around(outer());
    return tracer(arange(size_, DType::int32), number_of("axis_index"));
  }
  bool mine(const Array& a) const {
    const detail::Tracer* t = a.tracer();
    return t && t->trace.get() == this;
  }

 private:
  // Numbers behind the arguments', one a name: a loop of a million operations makes no list of a million.
  std::uint32_t number_of(std::string_view name) {
    const auto at = names_.find(name);
    if (at != names_.end()) return at->second;
    const auto number = arguments_ + static_cast<std::uint32_t>(names_.size());
    names_.emplace(name, number);
    return number;
  }

  std::int64_t size_;
  std::uint32_t arguments_;
  AxisPtr axis_;
  std::map<std::string, std::uint32_t, std::less<>> names_;
};

Mapped map(const Function& f, const Arrays& inputs, std::span<const std::optional<int>> in_axes,
           std::int64_t size, const AxisPtr& axis) {
  const auto trace = std::make_shared<BatchTrace>(size, inputs.size(), axis);
  const TraceScope scope(*trace);
  std::optional<AxisScope> named;
  if (axis) named.emplace(axis, [&] { return trace->index(); });
  Arrays arguments = inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (in_axes[i])
      arguments[i] = trace->tracer(moveaxis(inputs[i], *in_axes[i], 0), static_cast<std::uint32_t>(i));
  Mapped result{f(arguments), {}};
  for (Array& out : result.outputs) {
    result.mapped.push_back(trace->mine(out));
    if (trace->mine(out)) out = Array(out.tracer()->value);
  }
  return result;
}

}  // namespace

Arrays vmap(const Function& f, const Arrays& inputs, std::span<const std::optional<int>> in_axes,
            const std::function<std::vector<std::optional<int>>(std::size_t)>& out_axes,
            std::optional<std::int64_t> axis_size, const std::string& axis_name) try {
  std::optional<std::int64_t> size = axis_size;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!in_axes[i]) continue;
    const int axis = normalize_axis(*in_axes[i], inputs[i].ndim(), "vmap");
    const std::int64_t extent = inputs[i].shape(axis);
    if (size && *size != extent)
      throw ShapeError(
          fmt::format("vmap: mapped axes differ in extent: {} and {} (input {}, shape {}, axis {})", *size,
                      extent, i, to_string(inputs[i].shape()), *in_axes[i]));
    size = extent;
  }
  if (!size) throw ValueError("vmap: no input is mapped; give at least one of in_axes an axis");
  const AxisPtr axis = axis_name.empty() ? nullptr : mapped_axis(axis_name, *size);
  auto [results, mapped] = map(f, inputs, in_axes, *size, axis);
  const std::vector<std::optional<int>> axes = out_axes(results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!axes[i]) {
      if (mapped[i])
        throw ValueError(
            fmt::format("vmap: output {} depends on the mapped axis, but its out_axes is nullopt", i));
      continue;
    }
    results[i] = moveaxis(mapped[i] ? results[i] : broadcast_in_front(results[i], *size), 0, *axes[i]);
  }
  return results;
} catch (const std::bad_alloc&) {
  detail::out_of_memory("vmap");
}

Mapped vmap_where_needed(const Function& f, const Arrays& inputs, std::span<const std::optional<int>> in_axes,
                         std::int64_t size) try {
  return map(f, inputs, in_axes, size, current_mapping());
} catch (const std::bad_alloc&) {
  detail::out_of_memory("vmap");
}

Array broadcast_in_front(const Array& x, std::int64_t size) {
  Shape shape = x.shape();
  shape.insert(0, size);
  return broadcast_to(x, shape);
}

}  // namespace copse::flat
