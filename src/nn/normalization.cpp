#include "copse/nn/normalization.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "check.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/tree/code.hpp"

namespace copse {
namespace {

// Axes that are kept, from 0 on and sorted, and the others.
struct Kept {
  std::vector<int> axes, others;
  Shape extents;  // of those that are kept

  Kept(const std::vector<int>& wanted, const Array& x) {
    for (const int axis : wanted) axes.push_back(normalize_axis(axis, x.ndim(), "Normalization: axis"));
    std::sort(axes.begin(), axes.end());
    if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
      throw ValueError("Normalization: an axis is given twice");
    for (int axis = 0; axis < x.ndim(); ++axis) {
      const bool kept = std::find(axes.begin(), axes.end(), axis) != axes.end();
      if (kept) {
        extents.insert(extents.rank(), x.shape(axis));
      } else {
        others.push_back(axis);
      }
    }
  }
  // Statistics as they broadcast to the array.
  Array aligned(const Array& statistics, const Array& x) const {
    if (statistics.shape() != extents) {
      throw ShapeError(
          fmt::format("Normalization: the statistics are {}, the input is {} with extents {} of its axes",
                      to_string(statistics.type()), to_string(x.type()), to_string(extents)));
    }
    Shape shape = x.shape();
    for (const int axis : others) shape[axis] = 1;
    return reshape(statistics, shape);
  }
};

}  // namespace

namespace nn_detail {

void Moments::add(const Array& batch) {
  const Kept kept(axes_, batch);
  if (!batch.has_value() || batch.size() == 0) return;
  const Array x = astype(batch, DType::float64);
  const Array here = copse::mean(x, Axes(kept.others));
  const Array deviations = sum(square(x - kept.aligned(here, x)), Axes(kept.others));
  const double count = static_cast<double>(batch.size()) / static_cast<double>(here.size());
  if (count_ == 0) {
    mean_ = here;
    squares_ = deviations;
  } else {
    if (here.shape() != mean_.shape()) {
      throw ShapeError(fmt::format("Normalization::adapt: a batch has {} features, those before had {}",
                                   to_string(here.shape()), to_string(mean_.shape())));
    }
    const double all = count_ + count;
    const Array step = here - mean_;
    mean_ = mean_ + step * (count / all);
    squares_ = squares_ + deviations + square(step) * (count_ * count / all);
  }
  count_ += count;
}

void Moments::check_seen() const {
  if (count_ == 0) throw ValueError("Normalization::adapt: there are no samples");
}

Array Moments::mean() const {
  check_seen();
  return astype(mean_, DType::float32);
}

Array Moments::var() const {
  check_seen();
  return astype(squares_ / count_, DType::float32);
}

}  // namespace nn_detail

namespace nn {
namespace {

Array normal(const Normalization& layer, const Array& x, const Array& mean, const Array& var) {
  const Kept kept(layer.axis, x);
  const Array in = wide(x);
  return (in - kept.aligned(mean, x)) / maximum(sqrt(kept.aligned(var, x)), layer.epsilon);
}

void check_adapted(const Normalization& layer) {
  if (!layer.mean->has_value())
    throw ValueError("Normalization: it has no statistics: show it samples with adapt() first");
}

}  // namespace

Array Normalization::operator()(Scope& scope, const Array& x) {
  auto call = scope.enter(*this, x);
  return call(named(scope, *this, [&] {
    const Shape extents = Kept(axis, x).extents;
    const Array& centre = scope.parameter(
        *this, "mean", mean, [](const Shape& shape) { return zeros(shape); }, extents);
    const Array& variance = scope.parameter(
        *this, "var", var, [](const Shape& shape) { return ones(shape); }, extents);
    return normal(*this, x, centre, variance);
  }));
}

Array Normalization::normalize(const Array& x) const {
  check_adapted(*this);
  return normal(*this, x, mean, var);
}

Array Normalization::denormalize(const Array& x) const {
  check_adapted(*this);
  const Kept kept(axis, x);
  return wide(x) * maximum(sqrt(kept.aligned(var, x)), epsilon) + kept.aligned(mean, x);
}

void Normalization::adapt(const Array& samples) {
  nn_detail::Moments moments(axis);
  moments.add(samples);
  mean = moments.mean();
  var = moments.var();
}

}  // namespace nn
}  // namespace copse

template struct copse::tree_detail::TreeCode<copse::nn::Normalization>;
