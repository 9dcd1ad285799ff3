// Quantiles: of all elements, and of all but nan.
#include <algorithm>
#include <limits>

#include "../elementwise/apply.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/ops/statistics.hpp"

namespace copse {
namespace {

// The elements of some axes in ascending order along a new first axis; the other axes follow.
struct Sorted {
  Sorted(const Array& x, const Axes& axes, const char* function) {
    const std::vector<int> reduced = axes.normalize(x.ndim(), function);
    std::vector<int> order;
    for (int d = 0; d < x.ndim(); ++d) {
      const bool goes = std::binary_search(reduced.begin(), reduced.end(), d);
      kept_dims.push_back(goes ? 1 : x.shape(d));
      if (goes) continue;
      order.push_back(d);
      kept.push_back(x.shape(d));
    }
    for (const int d : reduced) {
      order.push_back(d);
      count *= x.shape(d);
    }
    Shape merged = kept;
    merged.push_back(count);
    elements = moveaxis(sort(reshape(transpose(x, order), merged)), -1, 0);
  }
  Array elements;
  Shape kept, kept_dims;  // without the reduced axes, and with 1 in their place
  std::int64_t count = 1;
};

// Of the elements on both sides of a position, whose distance from the lower one is `weight`.
Array between(const Array& lower, const Array& upper, const Array& weight, QuantileMethod method) {
  switch (method) {
    case QuantileMethod::lower:
      return lower;
    case QuantileMethod::higher:
      return upper;
    case QuantileMethod::nearest:
      return where(less_equal(weight, 0.5), lower, upper);
    case QuantileMethod::midpoint:
      return (lower + upper) * 0.5;
    case QuantileMethod::linear:
      break;
  }
  // Between an element and itself nothing is to interpolate, nor could it be if that is infinite.
  return where(equal(weight, 0), lower, lower * (1 - weight) + upper * weight);
}

Shape joined(const Shape& front, const Shape& back) {
  Shape out = front;
  for (const std::int64_t extent : back) out.push_back(extent);
  return out;
}

Array wide_floats(const Array& x) {
  return is_floating(x.dtype()) && x.dtype() != DType::bfloat16 ? x : astype(x, DType::float32);
}
DType result_dtype(const Array& x) { return is_floating(x.dtype()) ? x.dtype() : DType::float32; }

// As a fraction, in x's precision: a bare 40 over 100 would be a float32.
Array of_hundred(const Array& x, const Array& q) {
  return elementwise::convert(q, x.dtype() == DType::float64 ? DType::float64 : DType::float32) / 100.0;
}

}  // namespace

Array quantile(const Array& x, const Array& q, const Axes& axes, bool keepdims, QuantileMethod method) {
  const Sorted s(wide_floats(x), axes, "quantile");
  const DType dtype = s.elements.dtype();
  const Shape shape = joined(q.shape(), keepdims ? s.kept_dims : s.kept);
  if (s.count == 0) return full(shape, std::numeric_limits<double>::quiet_NaN(), result_dtype(x));
  const Array position = elementwise::convert(q, dtype) * static_cast<double>(s.count - 1);
  const Array low = floor(position);
  const Array weight = reshape(position - low, joined(q.shape(), Shape::filled(s.kept.rank(), 1)));
  const auto row = [&](const Array& i) {
    return take(s.elements, astype(clip(i, 0, s.count - 1), DType::int32), 0);
  };
  Array out = between(row(low), row(ceil(position)), weight, method);
  // Sorting puts nan last: one is enough to spoil the whole.
  const Array last = take(s.elements, static_cast<int>(s.count - 1), 0);
  out = where(isnan(last), last, out);
  return astype(reshape(out, shape), result_dtype(x));
}

Array percentile(const Array& x, const Array& q, const Axes& axes, bool keepdims, QuantileMethod method) {
  return quantile(x, of_hundred(x, q), axes, keepdims, method);
}

Array median(const Array& x, const Axes& axes, bool keepdims) { return quantile(x, 0.5, axes, keepdims); }

Array nanquantile(const Array& x, const Array& q, const Axes& axes, bool keepdims, QuantileMethod method) {
  if (!is_floating(x.dtype())) return quantile(x, q, axes, keepdims, method);
  const Sorted s(wide_floats(x), axes, "nanquantile");
  if (s.count == 0) return quantile(x, q, axes, keepdims, method);
  const DType dtype = s.elements.dtype();
  // Sorting puts nan last: of each row the first `present` elements count.
  const Array present = sum(astype(logical_not(isnan(s.elements)), dtype), 0);
  const Array position =
      reshape(elementwise::convert(q, dtype), joined(q.shape(), Shape::filled(s.kept.rank(), 1))) *
      (present - 1);
  const Array low = floor(position), weight = position - low;
  const Shape rows = joined({q.size()}, s.kept);
  const auto pick = [&](const Array& i) {
    const Array index = reshape(astype(clip(i, 0, s.count - 1), DType::int32), rows);
    return reshape(take_along_axis(s.elements, index, 0), i.shape());
  };
  const Array out = between(pick(low), pick(ceil(position)), weight, method);
  return astype(reshape(out, joined(q.shape(), keepdims ? s.kept_dims : s.kept)), x.dtype());
}

Array nanpercentile(const Array& x, const Array& q, const Axes& axes, bool keepdims, QuantileMethod method) {
  return nanquantile(x, of_hundred(x, q), axes, keepdims, method);
}

Array nanmedian(const Array& x, const Axes& axes, bool keepdims) {
  return nanquantile(x, 0.5, axes, keepdims);
}

}  // namespace copse
