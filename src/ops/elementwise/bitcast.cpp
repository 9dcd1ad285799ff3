#include <fmt/format.h>

#include <cstring>

#include "copse/core/error.hpp"
#include "copse/core/primitive.hpp"
#include "copse/ops/elementwise.hpp"

namespace copse {
namespace {

template <std::size_t Item>
void copy(const void* const* in, void* out, std::int64_t n) {
  if (in[0] != out) std::memmove(out, in[0], Item * static_cast<std::size_t>(n));
}

TileFunction loop_for(std::size_t item) {
  switch (item) {
    case 1:
      return copy<1>;
    case 2:
      return copy<2>;
    case 4:
      return copy<4>;
    default:
      return copy<8>;
  }
}

struct BitcastParams {
  DType dtype;
  friend bool operator==(const BitcastParams&, const BitcastParams&) = default;
};

class Bitcast final : public PrimitiveWith<Bitcast, BitcastParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "bitcast"; }
  std::string parameters() const override { return std::string(name_of(params.dtype)); }
  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[0].shape, params.dtype, false};
  }
  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype> out) const override {
    return make_kernel([n = in[0].shape.elements(), loop = loop_for(size_of(out[0].dtype))](
                           const void* const* from, void* const* to) {
      if (n > 0) loop(from, to[0], n);
    });
  }
  // The same memory, read in another way.
  void eval(std::span<const Array> in, std::span<Array> out) const override {
    out[0] = detail::alias(in[0], {in[0].shape(), params.dtype, false});
  }
  std::optional<traits::Elementwise> elementwise(std::span<const ShapeDtype>,
                                                 const ShapeDtype& out) const override {
    return traits::Elementwise{.loop = loop_for(size_of(out.dtype))};
  }
  std::vector<Array> vjp(const VjpCall&) const override { return {Array()}; }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array>) const override {
    return {Array()};
  }
  BatchResult batch(const BatchCall& call) const override { return bind(share(), call.inputs[0]); }
};

}  // namespace

Array bitcast(const Array& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  if (x.dtype() == DType::bool_ || dtype == DType::bool_ || size_of(x.dtype()) != size_of(dtype))
    throw DTypeError(fmt::format("bitcast: got {} as {}, wanted numbers of the same size", name_of(x.dtype()),
                                 name_of(dtype)));
  return bind(new_primitive<Bitcast>(BitcastParams{dtype}), x);
}

}  // namespace copse
