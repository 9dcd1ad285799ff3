// Searching in what is sorted, counting, and quantiles.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "../elementwise/apply.hpp"
#include "../shaping/primitives.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "keys.hpp"
#include "primitives.hpp"

namespace copse {
namespace sorting {
namespace {

struct SearchParams {
  bool right;
  int batch_dims;
  friend bool operator==(const SearchParams&, const SearchParams&) = default;
};

// Halves the range without a branch, whose direction could not be guessed.
template <bool Right, class T>
std::int64_t position(const T* sorted, std::int64_t n, T value) {
  const auto key = key_of(value, true);
  const T* at = sorted;
  const auto in_front = [&](const T& x) { return Right ? key_of(x, true) <= key : key_of(x, true) < key; };
  while (n > 0) {
    const std::int64_t half = n / 2;
    at = in_front(at[half]) ? at + (n - half) : at;
    n = half;
  }
  return at - sorted;
}

class SearchSorted final : public PrimitiveWith<SearchSorted, SearchParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "searchsorted"; }
  std::string parameters() const override { return params.right ? "right" : "left"; }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[1].shape, DType::int32, false};
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    std::int64_t batch = 1;
    for (int d = 0; d < params.batch_dims; ++d) batch *= in[0].shape[d];
    return make_kernel([right = params.right, n = in[0].shape.back(), total = in[1].shape.elements(), batch,
                        dtype = in[0].dtype](const void* const* from, void* const* to) {
      if (total == 0) return;
      dispatch(dtype, [&]<class T>() {
        const auto *sorted = static_cast<const T*>(from[0]), *values = static_cast<const T*>(from[1]);
        auto* out = static_cast<std::int32_t*>(to[0]);
        const std::int64_t each = total / batch;
        parallel_for(total, 2048, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            const T* first = sorted + i / each * n;
            out[i] = static_cast<std::int32_t>(right ? position<true>(first, n, values[i])
                                                     : position<false>(first, n, values[i]));
          }
        });
      });
    });
  }

  std::vector<Array> vjp(const VjpCall&) const override { return {Array(), Array()}; }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array>) const override {
    return {Array()};
  }
  BatchResult batch(const BatchCall& call) const override {
    // Values for one and the same vector are just more values.
    if (!call.batched[0] && params.batch_dims == 0) return bind(share(), call.inputs[0], call.inputs[1]);
    const auto mapped = [&](std::size_t i) {
      return shaping::with_batch(call.inputs[i], call.batched[i] != 0, call.size);
    };
    return bind(sorting::searchsorted(params.right, params.batch_dims + 1), mapped(0), mapped(1));
  }
};

}  // namespace

PrimitivePtr searchsorted(bool right, int batch_dims) {
  return std::make_shared<SearchSorted>(SearchParams{right, batch_dims});
}

}  // namespace sorting

Array searchsorted(const Array& sorted, const Array& values, bool right) {
  if (sorted.ndim() != 1)
    throw ShapeError(fmt::format("searchsorted: got sorted elements of shape {}, wanted one dimension",
                                 to_string(sorted.shape())));
  if (sorted.size() > std::numeric_limits<std::int32_t>::max())
    throw ShapeError(fmt::format("searchsorted: {} elements have positions beyond int32", sorted.size()));
  const DType dtype = promote(sorted.type().type(), values.type().type()).dtype;
  return bind(sorting::searchsorted(right, 0), elementwise::convert(sorted, dtype),
              elementwise::convert(values, dtype));
}

Array digitize(const Array& x, const Array& bins, bool right) { return searchsorted(bins, x, !right); }

Array bincount(const Array& x, const std::optional<Array>& weights, std::int64_t min_length,
               std::optional<std::int64_t> length) {
  if (!is_integer(x.dtype()) && x.dtype() != DType::bool_)
    throw DTypeError(fmt::format("bincount: got {}, wanted integers", name_of(x.dtype())));
  if (weights && weights->shape() != x.shape())
    throw ShapeError(fmt::format("bincount: weights of shape {} for elements of shape {}",
                                 to_string(weights->shape()), to_string(x.shape())));
  const Array index = x.dtype() == DType::bool_ ? astype(x, DType::int32) : x;
  std::int64_t n = length.value_or(min_length);
  if (!length && x.size() > 0) n = std::max(n, max(index).item<std::int64_t>() + 1);
  if (n < 0) throw ValueError(fmt::format("bincount: length is {}, wanted 0 or more", n));
  const Array ones_or_weights = weights ? ravel(*weights) : full({x.size()}, 1, DType::int32);
  // A negative element must not count from the end.
  return scatter_add(zeros({n}, ones_or_weights.dtype()), ravel(maximum(index, 0)), ones_or_weights);
}

Array quantile(const Array& x, const Array& q, std::optional<int> axis, bool keepdims) {
  if (!axis) {
    const Array flat = quantile(ravel(x), q, 0);
    if (!keepdims) return flat;
    Shape shape = q.shape();
    for (int d = 0; d < x.ndim(); ++d) shape.push_back(1);
    return reshape(flat, shape);
  }
  const int at = normalize_axis(*axis, x.ndim(), "quantile");
  const Array values = is_floating(x.dtype()) ? x : astype(x, DType::float32);
  const DType dtype = values.dtype() == DType::bfloat16 ? DType::float32 : values.dtype();
  const Array sorted = astype(moveaxis(sort(values, at), at, 0), dtype);
  const std::int64_t n = sorted.shape(0);
  Shape rest = sorted.shape(), out_shape = q.shape();
  rest.erase(0);
  for (const std::int64_t extent : rest) out_shape.push_back(extent);
  Array out;
  if (n == 0) {
    out = full(out_shape, std::numeric_limits<double>::quiet_NaN(), dtype);
  } else {
    Shape aligned = q.shape();
    while (aligned.rank() < out_shape.rank()) aligned.push_back(1);
    const Array position = elementwise::convert(q, dtype) * static_cast<double>(n - 1);
    const Array low = floor(position), weight = reshape(position - low, aligned);
    const auto row = [&](const Array& i) { return take(sorted, astype(clip(i, 0, n - 1), DType::int32), 0); };
    const Array lower = row(low);
    // Between an element and itself nothing is to interpolate, nor could it be if that is infinite.
    out = where(weight == 0, lower, lower * (1 - weight) + row(ceil(position)) * weight);
    // Sorting puts nan last: one is enough to spoil the whole.
    const Array last = take(sorted, static_cast<int>(n - 1), 0);
    out = where(isnan(last), last, out);
  }
  if (keepdims) out = expand_dims(out, q.ndim() + at);
  return astype(out, values.dtype());
}

Array percentile(const Array& x, const Array& q, std::optional<int> axis, bool keepdims) {
  // In x's precision: a bare 40 over 100 would be a float32.
  const DType dtype = x.dtype() == DType::float64 ? DType::float64 : DType::float32;
  return quantile(x, elementwise::convert(q, dtype) / 100.0, axis, keepdims);
}

Array median(const Array& x, std::optional<int> axis, bool keepdims) {
  return quantile(x, 0.5, axis, keepdims);
}

}  // namespace copse
