#include "deviations.hpp"

#include "along_axes.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "reduce.hpp"

namespace copse::reduction {
namespace {

struct DeviationParams {
  std::vector<int> axes;
  friend bool operator==(const DeviationParams&, const DeviationParams&) = default;
};

// A primitive of its own for the sake of its gradient. Deviations add up to zero, so the mean has no part in
// the derivative of the sum of their squares; derived from the formula it would have one, made of zeros at
// the price of two passes over memory.
class Deviations final : public AlongAxes<Deviations, DeviationParams> {
 public:
  using AlongAxes::AlongAxes;
  std::string_view name() const override { return "deviations"; }

  // Nobody asks: the compiler puts what it is composed of in its place, and so does `eval`.
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype>, std::span<const ShapeDtype>) const override {
    throw Error("deviations: has no kernel, being composed of other operations");
  }
  void eval(std::span<const Array> in, std::span<Array> out) const override {
    out[0] = std::move(compose(in)[0]);
  }

  bool composed() const override { return true; }
  std::vector<Array> compose(std::span<const Array> in) const override {
    return {reduce(ReduceOp::sum, square(centred(in[0])), params.axes)};
  }

  std::vector<Array> vjp(const VjpCall& call) const override {
    if (!call.wanted[0]) return {Array()};
    return {centred(call.inputs[0]) * repeated(2.0 * call.cotangents[0], call.inputs[0].shape())};
  }

  std::vector<Array> jvp(std::span<const Array> in, std::span<const Array>,
                         std::span<const Array> tangents) const override {
    if (!tangents[0].has_value()) return {Array()};
    return {2.0 * reduce(ReduceOp::sum, centred(in[0]) * tangents[0], params.axes)};
  }

  BatchResult batch(const BatchCall& call) const override {
    return deviations(call.inputs[0], mapped_axes());
  }

 private:
  // A reduced array in a shape that broadcasts to the whole. Leading axes are left to broadcasting: so writes
  // who subtracts a mean by hand, and equal operations are shared.
  Array repeated(const Array& reduced, const Shape& whole) const {
    if (params.axes.back() + 1 == static_cast<int>(params.axes.size())) return reduced;
    Shape kept = whole;
    for (const int axis : params.axes) kept[axis] = 1;
    return reshape(reduced, kept);
  }

  Array centred(const Array& x) const { return x - repeated(mean_along(x, params.axes), x.shape()); }
};

}  // namespace

Array mean_along(const Array& x, const std::vector<int>& axes) {
  std::int64_t n = 1;
  for (const int axis : axes) n *= x.shape(axis);
  return reduce(ReduceOp::sum, x, axes) / static_cast<double>(n);
}

Array deviations(const Array& x, const std::vector<int>& axes) {
  if (axes.empty()) return square(x - x);
  return bind(new_primitive<Deviations>(DeviationParams{axes}), x);
}

}  // namespace copse::reduction
