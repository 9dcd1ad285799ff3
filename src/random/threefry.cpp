#include "threefry.hpp"

#include <algorithm>

#include "copse/core/primitive.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/shaping.hpp"
#include "core/lifetime.hpp"

namespace copse::random {
namespace {

struct BitsParams {
  Shape shape;
  friend bool operator==(const BitsParams&, const BitsParams&) = default;
};

class Bits final : public PrimitiveWith<Bits, BitsParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "random_bits"; }
  std::string parameters() const override { return "shape=" + to_string(params.shape); }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[0].shape, DType::uint32, false};
    out[0].shape.erase(out[0].shape.rank() - 1);
    for (const std::int64_t extent : params.shape) out[0].shape.push_back(extent);
  }
  // Keys.
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype>) const override {
    std::vector<traits::DivisibleAxis> axes;
    for (int d = 0; d + 1 < in[0].shape.rank(); ++d) axes.push_back({{d}, {d}});
    return axes;
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    const std::int64_t keys = in[0].shape.elements() / 2, n = params.shape.elements();
    return make_kernel([keys, n](const void* const* from, void* const* to) {
      const auto* key = static_cast<const std::uint32_t*>(from[0]);
      auto* out = static_cast<std::uint32_t*>(to[0]);
      constexpr std::int64_t grain = 16384;
      if (keys == 1 || n >= 2 * grain) {
        for (std::int64_t k = 0; k < keys; ++k)
          parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
            COPSE_ISA_SELECT(threefry_bits)
            (key + 2 * k, static_cast<std::uint64_t>(begin), end - begin, out + k * n + begin);
          });
        return;
      }
      parallel_for(keys, std::max<std::int64_t>(1, grain / std::max<std::int64_t>(1, n)),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t k = begin; k < end; ++k)
                       COPSE_ISA_SELECT(threefry_bits)(key + 2 * k, 0, n, out + k * n);
                   });
    });
  }

  std::vector<Array> vjp(const VjpCall&) const override { return {Array()}; }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array>) const override {
    return {Array()};
  }
  BatchResult batch(const BatchCall& call) const override {
    return threefry_bits(call.inputs[0], params.shape);
  }
};

// With a key of its own for each of the counters' leading elements.
class Blocks final : public Primitive {
 public:
  std::string_view name() const override { return "threefry"; }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[1].shape, DType::uint32, false};
    out[0].shape.push_back(2);
  }
  // Counters, and the keys of the leading ones.
  std::vector<traits::DivisibleAxis> divisible_axes(std::span<const ShapeDtype> in,
                                                    std::span<const ShapeDtype>) const override {
    std::vector<traits::DivisibleAxis> axes;
    for (int d = 0; d < in[1].shape.rank(); ++d)
      axes.push_back({{d + 1 < in[0].shape.rank() ? d : traits::DivisibleAxis::whole, d}, {d}});
    return axes;
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    const std::int64_t keys = in[0].shape.elements() / 2;
    const std::int64_t n = keys ? in[1].shape.elements() / keys : 0;
    return make_kernel([keys, n](const void* const* from, void* const* to) {
      const auto *key = static_cast<const std::uint32_t*>(from[0]),
                 *counters = static_cast<const std::uint32_t*>(from[1]);
      auto* out = static_cast<std::uint32_t*>(to[0]);
      for (std::int64_t k = 0; k < keys; ++k)
        COPSE_ISA_SELECT(threefry_blocks)(key + 2 * k, counters + k * n, n, out + 2 * k * n);
    });
  }

  std::vector<Array> vjp(const VjpCall&) const override { return {Array(), Array()}; }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array>) const override {
    return {Array()};
  }
  BatchResult batch(const BatchCall& call) const override {
    const Array &key = call.inputs[0], &counters = call.inputs[1];
    if (!call.batched[0] && key.ndim() == 1)
      return threefry_blocks(key, counters);  // more counters, that is all
    Shape keys = key.shape(), shape = counters.shape();
    if (!call.batched[0]) keys.insert(0, call.size);
    if (!call.batched[1]) shape.insert(0, call.size);
    return threefry_blocks(broadcast_to(key, keys), broadcast_to(counters, shape));
  }
};

}  // namespace

Array threefry_bits(const Array& key, const Shape& shape) {
  return bind(new_primitive<Bits>(BitsParams{shape}), key);
}

Array threefry_blocks(const Array& key, const Array& counters) {
  static const auto& primitive = detail::never_destroyed<PrimitivePtr>(new_primitive<Blocks>());
  return bind(primitive, key, counters);
}

}  // namespace copse::random
