#include "decomposition.hpp"

#include <fmt/format.h>

#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::linalg {

Array turned(const Array& x) { return swapaxes(x, -1, -2); }

BatchResult OnMatrices::batch(const BatchCall& call) const {
  std::vector<Array> in;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    Array x = call.inputs[i];
    if (!call.batched[i]) {
      Shape shape = x.shape();
      shape.insert(0, call.size);
      x = broadcast_to(x, shape);
    }
    in.push_back(std::move(x));
  }
  std::vector<Array> out(static_cast<std::size_t>(outputs()));
  copse::bind(share(), in, out);
  return {out, std::vector<std::uint8_t>(out.size(), 1)};
}

Array matrices(const char* function, const Array& x, bool square) {
  const Shape& shape = x.shape();
  if (x.ndim() < 2 || (square && shape[-1] != shape[-2]))
    throw ShapeError(fmt::format("{}: got an array of shape {}, wanted {}matrices in the last two dimensions",
                                 function, to_string(shape), square ? "square " : ""));
  return x.dtype() == DType::float64 || x.dtype() == DType::float32 ? x : astype(x, DType::float32);
}

System system_of(const char* function, const Array& a, const Array& b) {
  System s{matrices(function, a, true), b, b.ndim() == 1};
  if (b.ndim() == 0)
    throw ShapeError(fmt::format("{}: b is a scalar, wanted a vector or matrices", function));
  const std::int64_t rows = b.shape(s.vector ? 0 : -2);
  if (rows != a.shape(-1))
    throw ShapeError(fmt::format("{}: a {} and b {} do not fit: {} unknowns against {} rows", function,
                                 to_string(a.shape()), to_string(b.shape()), a.shape(-1), rows));
  if (s.vector) s.b = reshape(s.b, {rows, 1});
  const DType type = promote_types(s.a.dtype(), s.b.dtype());
  s.a = astype(s.a, is_floating(type) && type == DType::float64 ? type : DType::float32);
  s.b = astype(s.b, s.a.dtype());
  const Shape batch = broadcast_shapes(batch_of(s.a.shape()), batch_of(s.b.shape()), function);
  s.a = broadcast_to(s.a, join(batch, {s.a.shape(-2), s.a.shape(-1)}));
  s.b = broadcast_to(s.b, join(batch, {s.b.shape(-2), s.b.shape(-1)}));
  return s;
}

}  // namespace copse::linalg
