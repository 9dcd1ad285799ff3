#include "copse/trace/collectives.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "copse/core/error.hpp"
#include "copse/core/primitive.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/trace/axes.hpp"
#include "copse/trace/flat.hpp"
#include "over_axis.hpp"

namespace copse {
namespace {

using comm::Pairs;
using flat::AxisPtr;

// Gathering adds an axis in front of all others, scattering takes one away: the functions put it where it is
// wanted.
enum class Kind : std::uint8_t { sum, max, min, gather, scatter, permute };

struct Params {
  Kind kind;
  AxisPtr axis;
  Pairs pairs;

  friend bool operator==(const Params& a, const Params& b) {
    return a.kind == b.kind && a.axis->id == b.axis->id && a.pairs == b.pairs;
  }
};

// Has one operand, and behind it, on an axis of elements, the index, by which it comes to that axis's vmap
// also where the operand is the same for all.
class NamedCollective final : public PrimitiveWith<NamedCollective, Params>, public flat::OverAxis {
 public:
  using PrimitiveWith::PrimitiveWith;
  const flat::Axis& axis() const override { return *params.axis; }

  std::string_view name() const override {
    constexpr std::string_view names[] = {"psum", "pmax", "pmin", "all_gather", "psum_scatter", "ppermute"};
    return names[static_cast<int>(params.kind)];
  }
  std::string parameters() const override { return params.axis->name; }
  bool has_effect() const override { return params.axis->communicator != nullptr; }
  // All ranks compute again what one does.
  PrimitivePtr without_effect() const override { return share(); }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = in[0];
    if (params.kind == Kind::gather) out[0].shape.insert(0, params.axis->size);
    if (params.kind == Kind::scatter) out[0].shape.erase(0);
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override;
  bool may_overwrite(std::span<const ShapeDtype>, std::span<const ShapeDtype>, std::size_t,
                     std::size_t) const override {
    return params.kind <= Kind::min;
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    std::vector<Array> gradients(call.inputs.size());
    if (!call.wanted[0]) return gradients;
    const Array& ct = call.cotangents[0];
    if (chooses()) {
      const Array most = astype(equal(call.inputs[0], call.outputs[0]), ct.dtype());
      const Params total{Kind::sum, params.axis, {}};
      gradients[0] = most * (along(total, ct, call.inputs) / along(total, most, call.inputs));
    } else {
      gradients[0] = along(transposed(), ct, call.inputs);
    }
    return gradients;
  }
  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array> out,
                         std::span<const Array> tangents) const override {
    if (chooses()) return Primitive::jvp(in, out, tangents);
    return {tangents[0].has_value() ? along(params, tangents[0], in) : Array()};
  }
  BatchResult batch(const BatchCall& call) const override {
    const AxisPtr mapped = flat::current_mapping();
    return mapped && mapped->id == params.axis->id ? over_elements(call) : beside(call);
  }

 private:
  bool chooses() const { return params.kind == Kind::max || params.kind == Kind::min; }
  Params transposed() const {
    Params back{params.kind, params.axis, {}};
    if (params.kind == Kind::gather) back.kind = Kind::scatter;
    if (params.kind == Kind::scatter) back.kind = Kind::gather;
    for (const auto& [from, to] : params.pairs) back.pairs.emplace_back(to, from);
    return back;
  }
  // A collective of x along the same axis; the operands are those of a call of this one, for the index.
  static Array along(const Params& p, const Array& x, std::span<const Array> operands) {
    std::vector<Array> in(operands.begin(), operands.end());
    in[0] = x;
    Array out;
    copse::bind(new_primitive<NamedCollective>(p), in, std::span<Array>(&out, 1));
    return out;
  }
  // Another axis is mapped: it lies in front of x, and of the result.
  BatchResult beside(const BatchCall& call) const {
    const bool scatters = params.kind == Kind::scatter;
    const Array out = along(params, scatters ? moveaxis(call.inputs[0], 1, 0) : call.inputs[0], call.inputs);
    return params.kind == Kind::gather ? moveaxis(out, 0, 1) : out;
  }
  BatchResult over_elements(const BatchCall& call) const;
  static Array summed(const Array& x, bool batched, std::int64_t size) {
    return batched ? astype(sum(x, 0), x.dtype()) : x * astype(Array(size), x.dtype());
  }
  Array permuted(const Array& x) const;
};

// This very axis is mapped: what all elements do together is done along the axis in front.
BatchResult NamedCollective::over_elements(const BatchCall& call) const {
  const Array& x = call.inputs[0];
  const bool batched = call.batched[0] != 0;
  const auto same_for_all = [](Array out) { return BatchResult({std::move(out)}, {0}); };
  const auto elements = [&] { return batched ? x : flat::broadcast_in_front(x, call.size); };
  switch (params.kind) {
    case Kind::sum:
      return same_for_all(summed(x, batched, call.size));
    case Kind::max:
      return same_for_all(batched ? max(x, 0) : x);
    case Kind::min:
      return same_for_all(batched ? min(x, 0) : x);
    case Kind::gather:
      return same_for_all(elements());
    case Kind::scatter:
      return summed(x, batched, call.size);
    default:
      return permuted(elements());
  }
}

Array NamedCollective::permuted(const Array& x) const {
  const auto n = static_cast<std::size_t>(params.axis->size);
  std::vector<std::int32_t> sources(n, 0);
  std::vector<std::uint8_t> filled(n, 0);
  for (const auto& [from, to] : params.pairs) {
    sources[static_cast<std::size_t>(to)] = from;
    filled[static_cast<std::size_t>(to)] = 1;
  }
  const Array moved = take(x, array(sources), 0);
  if (params.pairs.size() == n) return moved;
  Shape shape = Shape::filled(x.ndim(), 1);
  shape[0] = params.axis->size;
  return where(reshape(astype(array(filled), DType::bool_), shape), moved, zeros_like(moved));
}

// Calls the axis's communicator.
std::unique_ptr<Kernel> NamedCollective::prepare(std::span<const ShapeDtype> in,
                                                 std::span<const ShapeDtype> out) const {
  const comm::CommunicatorPtr& communicator = params.axis->communicator;
  if (!communicator)
    throw InternalError(
        fmt::format("{}: runs outside of the vmap that has the axis `{}`", name(), params.axis->name));
  comm::Request request{.dtype = in[0].dtype, .count = in[0].shape.elements()};
  switch (params.kind) {
    case Kind::gather:
      request.collective = comm::Collective::all_gather;
      request.counts.assign(static_cast<std::size_t>(params.axis->size), request.count);
      break;
    case Kind::scatter:
      request.collective = comm::Collective::reduce_scatter;
      request.counts.assign(static_cast<std::size_t>(params.axis->size), out[0].shape.elements());
      break;
    case Kind::permute:
      request.collective = comm::Collective::ppermute;
      request.pairs = params.pairs;
      break;
    default:
      request.collective = comm::Collective::all_reduce;
      if (params.kind == Kind::max) request.reduce = comm::Reduce::max;
      if (params.kind == Kind::min) request.reduce = comm::Reduce::min;
  }
  return make_kernel([communicator, request](const void* const* from, void* const* to) {
    comm::Request call = request;
    call.in = from[0];
    call.out = to[0];
    communicator->call(call);
  });
}

Array collect(const flat::AxisScope& scope, Kind kind, const Array& x, Pairs pairs = {}) {
  const auto primitive = new_primitive<NamedCollective>(Params{kind, scope.axis(), std::move(pairs)});
  return scope.axis()->communicator ? bind(primitive, x) : bind(primitive, x, scope.index());
}

using Combine = detail::Combine;

Kind kind_of(Combine how) {
  if (how == Combine::max) return Kind::max;
  return how == Combine::min ? Kind::min : Kind::sum;
}

// What is combined in place of an array: bools are counted.
Array operand_of(const Array& x, Combine how) {
  const bool adds = how == Combine::sum || how == Combine::mean;
  return adds && x.dtype() == DType::bool_ ? astype(x, DType::int32) : x;
}

const flat::AxisScope& scope_of(std::string_view axis, Combine how) {
  constexpr std::string_view names[] = {"psum", "pmean", "pmax", "pmin"};
  return flat::find_axis(axis, names[static_cast<int>(how)]);
}

Array combine(const Array& x, std::string_view axis, Combine how) {
  const flat::AxisScope& scope = scope_of(axis, how);
  const Array all = collect(scope, kind_of(how), operand_of(x, how));
  return how == Combine::mean ? all / Array(scope.axis()->size) : all;
}

// Replaces the arrays at these places by what is combined of them, all of one dtype, in one collective.
void combine_together(const flat::AxisScope& scope, Kind kind, std::span<const std::size_t> places,
                      std::vector<Array>& arrays) {
  std::vector<Array> rows;
  for (const std::size_t i : places) rows.push_back(reshape(arrays[i], {-1}));
  const Array combined = collect(scope, kind, concatenate(rows));
  std::int64_t from = 0;
  for (const std::size_t i : places) {
    const Shape shape = arrays[i].shape();
    arrays[i] = reshape(slice_in_dim(combined, from, from + shape.elements()), shape);
    from += shape.elements();
  }
}

}  // namespace

Array psum(const Array& x, std::string_view axis) { return combine(x, axis, Combine::sum); }
Array pmean(const Array& x, std::string_view axis) { return combine(x, axis, Combine::mean); }
Array pmax(const Array& x, std::string_view axis) { return combine(x, axis, Combine::max); }
Array pmin(const Array& x, std::string_view axis) { return combine(x, axis, Combine::min); }

std::vector<Array> detail::combine_all(const std::vector<Array>& arrays, std::string_view axis, Combine how) {
  constexpr std::size_t most_together = 64 * 1024;
  const flat::AxisScope& scope = scope_of(axis, how);
  std::vector<Array> result;
  for (const Array& x : arrays) result.push_back(operand_of(x, how));
  std::map<DType, std::vector<std::size_t>> together;
  for (std::size_t i = 0; i < result.size(); ++i)
    if (scope.axis()->communicator && result[i].nbytes() <= most_together)
      together[result[i].dtype()].push_back(i);
    else
      result[i] = collect(scope, kind_of(how), result[i]);
  for (const auto& [dtype, places] : together)
    if (places.size() > 1)
      combine_together(scope, kind_of(how), places, result);
    else
      result[places[0]] = collect(scope, kind_of(how), result[places[0]]);
  if (how == Combine::mean)
    for (Array& x : result) x = x / Array(scope.axis()->size);
  return result;
}

Array all_gather(const Array& x, std::string_view axis, const PartsOptions& options) {
  const flat::AxisScope& scope = flat::find_axis(axis, "all_gather");
  const int at = normalize_axis(options.axis, x.ndim() + (options.tiled ? 0 : 1), "all_gather");
  const Array parts = moveaxis(collect(scope, Kind::gather, x), 0, at);
  if (!options.tiled) return parts;
  Shape shape = x.shape();
  shape[at] *= scope.axis()->size;
  return reshape(parts, shape);
}

Array psum_scatter(const Array& x, std::string_view axis, const PartsOptions& options) {
  const flat::AxisScope& scope = flat::find_axis(axis, "psum_scatter");
  const std::int64_t size = scope.axis()->size;
  const int at = normalize_axis(options.axis, x.ndim(), "psum_scatter");
  const std::int64_t extent = x.shape(at);
  if (options.tiled ? extent % size != 0 : extent != size)
    throw ShapeError(fmt::format(
        "psum_scatter: got shape {} and axis {}, wanted {}{} along it, as `{}` has {} places",
        to_string(x.shape()), options.axis, options.tiled ? "a multiple of " : "", size, axis, size));
  Array summed = x.dtype() == DType::bool_ ? astype(x, DType::int32) : x;
  if (options.tiled) {
    Shape shape = x.shape();
    shape[at] = extent / size;
    shape.insert(at, size);
    summed = reshape(summed, shape);
  }
  return collect(scope, Kind::scatter, moveaxis(summed, at, 0));
}

Array ppermute(const Array& x, std::string_view axis, const std::vector<std::pair<int, int>>& pairs) {
  const flat::AxisScope& scope = flat::find_axis(axis, "ppermute");
  comm::check_pairs(pairs, scope.axis()->size, "ppermute");
  return collect(scope, Kind::permute, x, pairs);
}

Array axis_index(std::string_view axis) { return flat::find_axis(axis, "axis_index").index(); }

std::int64_t axis_size(std::string_view axis) { return flat::find_axis(axis, "axis_size").axis()->size; }

}  // namespace copse
