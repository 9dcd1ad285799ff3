// What the primitives on matrices share: batch dimensions in front of the last two, kernels one matrix at a
// time.
#pragma once

#include <algorithm>
#include <memory>

#include "copse/core/error.hpp"
#include "copse/core/primitive.hpp"
#include "copse/core/threads.hpp"
#include "decompositions.hpp"

namespace copse::linalg {

inline Shape batch_of(const Shape& shape, int dims = 2) {
  return Shape(std::span<const std::int64_t>(shape.begin(), shape.size() - static_cast<std::size_t>(dims)));
}
inline Shape join(Shape batch, std::initializer_list<std::int64_t> rest) {
  for (const std::int64_t d : rest) batch.push_back(d);
  return batch;
}

/// x' of the last two dimensions.
Array turned(const Array& x);

/// All inputs have the same batch dimensions, so that a mapped axis is one more of them.
class OnMatrices : public Primitive {
 public:
  BatchResult batch(const BatchCall& call) const override;
};

/// Runs `f(inputs, outputs)` for each matrix of a batch; the pointers are those of that matrix. `ranks` says
/// how many trailing dimensions of each input and output belong to one matrix.
template <class T, class F>
std::unique_ptr<Kernel> each_matrix(std::span<const ShapeDtype> in, std::span<const ShapeDtype> out,
                                    std::initializer_list<int> ranks, F f) {
  std::vector<std::int64_t> sizes;
  std::int64_t batch = 0;
  std::size_t i = 0;
  const auto add = [&](const ShapeDtype& type) {
    const int rank = *(ranks.begin() + i++), lead = type.shape.rank() - rank;
    std::int64_t size = 1, outer = 1;
    for (int d = 0; d < type.shape.rank(); ++d) (d < lead ? outer : size) *= type.shape[d];
    sizes.push_back(size);
    batch = outer;
  };
  for (const ShapeDtype& type : in) add(type);
  for (const ShapeDtype& type : out) add(type);
  const std::int64_t work = sizes[0] * std::max<std::int64_t>(1, in[0].shape.back());
  return make_kernel([=, inputs = in.size(), outputs = out.size()](const void* const* from, void* const* to) {
    parallel_for(batch, std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(1, work)),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t b = begin; b < end; ++b) {
                     const T* x[4];
                     T* y[4];
                     for (std::size_t k = 0; k < inputs; ++k)
                       x[k] = static_cast<const T*>(from[k]) + b * sizes[k];
                     for (std::size_t k = 0; k < outputs; ++k)
                       y[k] = static_cast<T*>(to[k]) + b * sizes[inputs + k];
                     f(x, y);
                   }
                 });
  });
}

/// Calls `f.template operator()<T>()` with float or double.
template <class F>
decltype(auto) dispatch_floating(DType dtype, F&& f) {
  if (dtype == DType::float64) return f.template operator()<double>();
  return f.template operator()<float>();
}

/// The argument as float32 or float64 matrices; throws ShapeError naming `function` if there are none.
Array matrices(const char* function, const Array& x, bool square = false);

/// Both as the same dtype with the same batch dimensions, b as a matrix. `vector` tells whether it was none.
struct System {
  Array a, b;
  bool vector = false;
};
System system_of(const char* function, const Array& a, const Array& b);

}  // namespace copse::linalg
