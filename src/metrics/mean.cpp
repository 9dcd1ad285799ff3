// Means and sums.
#include "copse/metrics/mean.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"
#include "copse/metrics/any_metric.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "weighted.hpp"

namespace copse::metrics {

Array zero() { return zeros({}, DType::float64); }

Weighted weighted_sum(const Array& values, const Array& sample_weight, bool add, const char* function) {
  // Single elements of less than 32 bits are widened before they are added.
  Array x = is_floating(values.dtype()) && values.dtype() != DType::bfloat16
                ? values
                : astype(values, values.dtype() == DType::int64 ? DType::float64 : DType::float32);
  if (!sample_weight.has_value())
    return {astype(sum(x), DType::float64),
            Array(astype(Array(static_cast<double>(x.size())), DType::float64))};
  const Array w = astype(sample_weight, x.dtype());
  const Shape &got = w.shape(), &shape = x.shape();
  bool fits = got.rank() <= shape.rank();
  for (int d = 0; fits && d < got.rank(); ++d) fits = got[d] == shape[d] || got[d] == 1;
  if (!fits)
    throw ShapeError(
        fmt::format("{}: sample_weight has the shape {}, which does not fit the leading dimensions of the "
                    "values, {}",
                    function, to_string(got), to_string(shape)));
  std::vector<int> rest;
  for (int d = got.rank(); d < shape.rank(); ++d) rest.push_back(d);
  if (!rest.empty()) x = add ? sum(x, Axes(rest)) : mean(x, Axes(rest));
  const Array wide = broadcast_to(w, x.shape());
  // What has weight 0 does not count, nan or not.
  return {astype(sum(where(wide == 0, zeros_like(x), x) * wide), DType::float64),
          astype(sum(wide), DType::float64)};
}

Array difference(const Array& preds, const Array& target, const char* function) {
  if (preds.shape() != target.shape())
    throw ShapeError(fmt::format("{}: preds has the shape {}, target {}; wants equal shapes", function,
                                 to_string(preds.shape()), to_string(target.shape())));
  const Array p = is_floating(preds.dtype()) ? preds : astype(preds, DType::float32);
  return p - astype(target, p.dtype());
}

Array quotient(const Array& total, const Array& count) { return astype(total / count, DType::float32); }

void Mean::reset() { total = zero(), count = zero(); }
void Mean::update(const Array& values, const Array& sample_weight) {
  const auto [sums, number] = weighted_sum(values, sample_weight, false, "Mean");
  total = total + sums;
  count = count + number;
}
Array Mean::compute() const { return quotient(total, count); }

void Sum::reset() { total = zero(); }
void Sum::update(const Array& values, const Array& sample_weight) {
  total = total + weighted_sum(values, sample_weight, true, "Sum").total;
}
Array Sum::compute() const { return astype(total, DType::float32); }

void MeanSquaredError::reset() { total = zero(), count = zero(); }
void MeanSquaredError::update(const Array& preds, const Array& target, const Array& sample_weight) {
  const char* name = "MeanSquaredError";
  const auto [sums, number] =
      weighted_sum(square(difference(preds, target, name)), sample_weight, false, name);
  total = total + sums;
  count = count + number;
}
Array MeanSquaredError::compute() const { return quotient(total, count); }

void MeanAbsoluteError::reset() { total = zero(), count = zero(); }
void MeanAbsoluteError::update(const Array& preds, const Array& target, const Array& sample_weight) {
  const char* name = "MeanAbsoluteError";
  const auto [sums, number] = weighted_sum(abs(difference(preds, target, name)), sample_weight, false, name);
  total = total + sums;
  count = count + number;
}
Array MeanAbsoluteError::compute() const { return quotient(total, count); }

AnyMetric Mean::on(std::string argument, ArgumentPath source) const {
  return AnyMetric(*this).on(std::move(argument), std::move(source));
}
AnyMetric Sum::on(std::string argument, ArgumentPath source) const {
  return AnyMetric(*this).on(std::move(argument), std::move(source));
}
AnyMetric MeanSquaredError::on(std::string argument, ArgumentPath source) const {
  return AnyMetric(*this).on(std::move(argument), std::move(source));
}
AnyMetric MeanAbsoluteError::on(std::string argument, ArgumentPath source) const {
  return AnyMetric(*this).on(std::move(argument), std::move(source));
}

}  // namespace copse::metrics
