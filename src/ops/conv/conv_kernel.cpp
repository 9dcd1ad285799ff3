// From the primitive to the loops: which of them, and what to do with dtypes that they do not take.
#include <algorithm>
#include <cstring>
#include <functional>

#include "conv.hpp"
#include "copse/core/threads.hpp"
#include "engine.hpp"

namespace copse {
namespace {

using convolution::Geometry;

// One of the three maps between x, kernel and y, whichever is wanted, with the loops that suit it.
template <class T>
class Map {
 public:
  Map(const Geometry& g, ConvRole role, Epilogue epilogue) {
    using namespace convolution;
    const Geometry seen = role == ConvRole::x ? g.transposed() : g;
    const Weights weights = role == ConvRole::x ? Weights::turned : Weights::straight;
    if (role == ConvRole::kernel) {
      const auto gradient = kernel_gradient<T>(seen);
      workspace_ = gradient->workspace();
      run_ = [gradient](const T* a, const T* b, const T*, T* out, T* space) {
        gradient->run(a, b, out, space);
      };
    } else {
      const auto map = correlation<T>(seen, weights, epilogue);
      workspace_ = map->workspace();
      run_ = [map, kernel_first = role == ConvRole::x](const T* a, const T* b, const T* bias, T* out,
                                                       T* space) {
        map->run(kernel_first ? b : a, kernel_first ? a : b, bias, out, space);
      };
    }
  }
  std::int64_t workspace() const { return workspace_; }
  void run(const T* a, const T* b, const T* bias, T* out, T* workspace) const {
    run_(a, b, bias, out, workspace);
  }

 private:
  std::int64_t workspace_ = 0;
  std::function<void(const T* a, const T* b, const T* bias, T* out, T* workspace)> run_;
};

// Integers: every multiplication one by one, which is all that they are worth.
template <class T>
struct Plain {
  Geometry g;
  ConvRole role;
  Epilogue epilogue;
  std::int64_t outputs;

  void run(const T* a, const T* b, const T* bias, T* out) const {
    using U = std::make_unsigned_t<T>;
    std::fill_n(out, outputs, T{});
    const auto add = [](T& to, T x, T y) {
      to = static_cast<T>(static_cast<U>(to) + static_cast<U>(x) * static_cast<U>(y));
    };
    const std::int64_t cg = g.group_channels(), fg = g.group_features();
    convolution::Triple o, t, i;
    for (std::int64_t n = 0; n < g.batch; ++n)
      for (std::int64_t at = 0; at < g.positions(); ++at)
        for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
          o = {at / (g.out[1] * g.out[2]), at / g.out[2] % g.out[1], at % g.out[2]};
          t = {tap / (g.window[1] * g.window[2]), tap / g.window[2] % g.window[1], tap % g.window[2]};
          bool inside = true;
          for (std::size_t d = 0; d < 3; ++d) {
            const std::int64_t q = o[d] * g.stride[d] + t[d] * g.rhs[d] - g.low[d];
            inside = inside && q >= 0 && q % g.lhs[d] == 0 && q / g.lhs[d] < g.in[d];
            i[d] = q / g.lhs[d];
          }
          if (!inside) continue;
          const std::int64_t x = (((n * g.in[0] + i[0]) * g.in[1] + i[1]) * g.in[2] + i[2]) * g.channels;
          const std::int64_t y = (n * g.positions() + at) * g.features, k = tap * cg * g.features;
          for (std::int64_t c = 0; c < g.channels; ++c)
            for (std::int64_t f = c / cg * fg; f < (c / cg + 1) * fg; ++f) {
              const std::int64_t xi = x + c, ki = k + c % cg * g.features + f, yi = y + f;
              if (role == ConvRole::y)
                add(out[yi], a[xi], b[ki]);
              else if (role == ConvRole::x)
                add(out[xi], a[ki], b[yi]);
              else
                add(out[ki], a[xi], b[yi]);
            }
        }
    if (!bias && epilogue.activation == Activation::none) return;
    for (std::int64_t at = 0; at < outputs; ++at) {
      if (bias) out[at] = static_cast<T>(static_cast<U>(out[at]) + static_cast<U>(bias[at % g.features]));
      if (epilogue.activation == Activation::relu) out[at] = std::max(out[at], T{});
    }
  }
};

void widen(const bfloat16* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
}

std::unique_ptr<Kernel> make(const Geometry& g, ConvRole role, Epilogue epilogue, DType dtype,
                             std::int64_t na, std::int64_t nb, std::int64_t nout) {
  return dispatch(dtype, [&]<class T>() -> std::unique_ptr<Kernel> {
    if constexpr (std::is_floating_point_v<T>) {
      const auto map = std::make_shared<const Map<T>>(g, role, epilogue);
      return make_kernel(static_cast<std::size_t>(map->workspace()) * sizeof(T),
                         [map, bias = epilogue.bias](const void* const* in, void* const* out, void* space) {
                           map->run(static_cast<const T*>(in[0]), static_cast<const T*>(in[1]),
                                    bias ? static_cast<const T*>(in[2]) : nullptr, static_cast<T*>(out[0]),
                                    static_cast<T*>(space));
                         });
    } else if constexpr (std::is_same_v<T, bfloat16>) {
      const auto map = std::make_shared<const Map<float>>(g, role, epilogue);
      const std::int64_t nbias = epilogue.bias ? g.features : 0;
      const std::int64_t inner = (map->workspace() + 15) / 16 * 16;
      return make_kernel(static_cast<std::size_t>(inner + na + nb + nbias + nout) * sizeof(float),
                         [=](const void* const* in, void* const* out, void* space) {
                           float* own = static_cast<float*>(space);
                           float *a = own + inner, *b = a + na, *bias = b + nb, *wide = bias + nbias;
                           widen(static_cast<const bfloat16*>(in[0]), a, na);
                           widen(static_cast<const bfloat16*>(in[1]), b, nb);
                           if (nbias) widen(static_cast<const bfloat16*>(in[2]), bias, nbias);
                           map->run(a, b, nbias ? bias : nullptr, wide, own);
                           auto* to = static_cast<bfloat16*>(out[0]);
                           for (std::int64_t i = 0; i < nout; ++i) to[i] = bfloat16(wide[i]);
                         });
    } else if constexpr (std::is_same_v<T, bool>) {
      return nullptr;  // conv refuses it
    } else {
      return make_kernel([plain = Plain<T>{g, role, epilogue, nout}, bias = epilogue.bias](
                             const void* const* in, void* const* out) {
        plain.run(static_cast<const T*>(in[0]), static_cast<const T*>(in[1]),
                  bias ? static_cast<const T*>(in[2]) : nullptr, static_cast<T*>(out[0]));
      });
    }
  });
}

}  // namespace

std::unique_ptr<Kernel> Conv::prepare(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out) const {
  const ShapeDtype& x = params.role == ConvRole::x ? out[0] : in[0];
  const ShapeDtype& kernel = params.role == ConvRole::y ? in[1] : params.role == ConvRole::x ? in[0] : out[0];
  return make(geometry(x, kernel), params.role, {}, in[0].dtype, in[0].shape.elements(),
              in[1].shape.elements(), out[0].shape.elements());
}

std::unique_ptr<Kernel> prepare_conv(const ShapeDtype& x, const ShapeDtype& kernel, const ConvParams& params,
                                     Epilogue epilogue) {
  const Conv conv(params);
  ShapeDtype out;
  const ShapeDtype in[] = {x, kernel};
  conv.infer(in, std::span(&out, 1));
  return make(conv.geometry(x, kernel), ConvRole::y, epilogue, x.dtype, x.shape.elements(),
              kernel.shape.elements(), out.shape.elements());
}

}  // namespace copse
