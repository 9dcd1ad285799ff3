// Predictions and targets of classes.
#include "classes.hpp"

#include <fmt/format.h>

#include <limits>

#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::metrics {
namespace {

Array without_last(const Array& x) { return squeeze(x, -1); }

bool integral(const Array& x) { return !is_floating(x.dtype()); }

Array labels(const Array& x) { return x.dtype() == DType::int64 ? x : astype(x, DType::int32); }

}  // namespace

Classified classified(const Array& preds, const Array& target, const Array& sample_weight,
                      std::optional<std::int64_t> num_classes, const char* function) {
  Array t = target;
  if (t.ndim() == preds.ndim() && t.ndim() > 0 && t.shape(-1) == 1 && is_floating(preds.dtype()))
    t = without_last(t);
  if (!integral(t))
    throw DTypeError(
        fmt::format("{}: target must be integer labels, got {}; of a distribution, argmax(target, -1)",
                    function, to_string(target.type())));
  Classified out;
  out.classes = num_classes;
  out.samples = t.size();
  if (is_floating(preds.dtype())) {
    Shape rows = preds.shape();
    if (rows.rank() == t.ndim() + 1) rows.erase(rows.rank() - 1);
    if (preds.ndim() != t.ndim() + 1 || rows != t.shape())
      throw ShapeError(
          fmt::format("{}: scores have the shape {}, labels {}; wants scores of the shape (..., classes) and "
                      "labels without the "
                      "last dimension{}",
                      function, to_string(preds.shape()), to_string(target.shape()),
                      preds.shape() == target.shape() ? ", or mode = binary or multilabel" : ""));
    const std::int64_t classes = preds.shape(-1);
    if (num_classes && *num_classes != classes)
      throw ShapeError(
          fmt::format("{}: scores have {} classes, num_classes is {}", function, classes, *num_classes));
    out.classes = classes;
    out.scores = reshape(preds, {out.samples, classes});
    if (classes > 0) out.predicted = argmax(out.scores, -1);
  } else {
    if (preds.shape() != t.shape())
      throw ShapeError(fmt::format("{}: predicted labels have the shape {}, labels {}", function,
                                   to_string(preds.shape()), to_string(target.shape())));
    out.predicted = ravel(labels(preds));
  }
  out.weight = sample_weights(sample_weight, t.shape(), function);
  out.target = ravel(labels(t));
  return out;
}

Decided decided(const Array& preds, const Array& target, double threshold, const char* function) {
  Array p = preds, t = target;
  if (p.ndim() == t.ndim() + 1 && p.shape(-1) == 1) p = without_last(p);
  if (t.ndim() == p.ndim() + 1 && t.shape(-1) == 1) t = without_last(t);
  if (p.shape() != t.shape())
    throw ShapeError(fmt::format("{}: preds has the shape {}, target {}; wants equal shapes", function,
                                 to_string(preds.shape()), to_string(target.shape())));
  return {is_floating(p.dtype()) ? p >= threshold : p != 0, t != 0};
}

Array sample_weights(const Array& sample_weight, const Shape& shape, const char* function) {
  if (!sample_weight.has_value()) return {};
  Shape wide = sample_weight.shape();
  bool fits = wide.rank() <= shape.rank();
  for (int d = 0; fits && d < wide.rank(); ++d) fits = wide[d] == shape[d] || wide[d] == 1;
  if (!fits)
    throw ShapeError(
        fmt::format("{}: sample_weight has the shape {}, which does not fit the leading dimensions of the "
                    "targets, {}",
                    function, to_string(sample_weight.shape()), to_string(shape)));
  while (wide.rank() < shape.rank()) wide.push_back(1);
  const Array w =
      astype(sample_weight, sample_weight.dtype() == DType::float64 ? DType::float64 : DType::float32);
  return ravel(broadcast_to(reshape(w, wide), shape));
}

Array without_ignored(const Array& weight, const Array& target, const std::optional<std::int64_t>& ignored) {
  if (!ignored) return weight;
  // Compared as they are: a number that the targets' dtype has not is none of them.
  const Array kept = is_floating(target.dtype())
                         ? target != static_cast<double>(*ignored)
                         : astype(target, DType::int64) != full({}, *ignored, DType::int64);
  return weight.has_value() ? where(kept, weight, zeros_like(weight)) : astype(kept, DType::float32);
}

std::int64_t require_classes(const std::optional<std::int64_t>& classes, const char* function) {
  if (!classes)
    throw ValueError(
        fmt::format("{}: predictions that are labels need num_classes, unless average is micro", function));
  return *classes;
}

Array count_by_class(const Array& labels, const Array& weight, std::int64_t classes) {
  const Array own = expand_dims(labels, -1) == arange(classes, labels.dtype());
  return astype(sum(weight.has_value() ? where(own, expand_dims(weight, -1), 0.0) : own, 0), DType::float64);
}

Array count(const Array& mask, const Array& weight) {
  return astype(sum(weight.has_value() ? where(mask, weight, 0.0) : mask), DType::float64);
}

Array count_all(std::int64_t samples, const Array& weight) {
  if (weight.has_value()) return astype(sum(weight), DType::float64);
  return full({}, static_cast<double>(samples), DType::float64);
}

Array ratio(const Array& numerator, const Array& denominator) {
  const Array empty = denominator == 0.0;
  return where(empty, 0.0, numerator / where(empty, 1.0, denominator));
}

Array averaged(const Array& values, Average average, const Array& support, const Array& occurs) {
  Array out = values;
  switch (average) {
    case Average::micro:
      break;
    case Average::macro:
      out = ratio(sum(where(occurs, values, 0.0)), astype(sum(occurs), DType::float64));
      break;
    case Average::weighted: {
      const Array weight = where(occurs, support, 0.0);
      out = ratio(sum(values * weight), sum(weight));
      break;
    }
    case Average::none:
      out = where(occurs, values, std::numeric_limits<double>::quiet_NaN());
      break;
  }
  return astype(out, DType::float32);
}

}  // namespace copse::metrics
