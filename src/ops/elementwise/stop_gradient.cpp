#include <cstring>

#include "copse/core/primitive.hpp"
#include "copse/ops/elementwise.hpp"
#include "core/lifetime.hpp"

namespace copse {
namespace {

// The identity, but for derivatives, which it ends.
class StopGradient final : public Primitive {
 public:
  std::string_view name() const override { return "stop_gradient"; }
  bool aliases() const override { return true; }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override { out[0] = in[0]; }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    return make_kernel([bytes = in[0].bytes()](const void* const* from, void* const* to) {
      if (bytes && from[0] != to[0]) std::memcpy(to[0], from[0], bytes);
    });
  }
  void eval(std::span<const Array> in, std::span<Array> out) const override { out[0] = in[0]; }
  std::vector<Array> vjp(const VjpCall&) const override { return {Array()}; }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array>) const override {
    return {Array()};
  }
  BatchResult batch(const BatchCall& call) const override { return stop_gradient(call.inputs[0]); }
};

}  // namespace

Array stop_gradient(const Array& x) {
  static const auto& primitive = detail::never_destroyed<PrimitivePtr>(new_primitive<StopGradient>());
  return bind(primitive, x);
}

}  // namespace copse
