// What layers share: conversions and checks.
#pragma once

#include <fmt/format.h>

#include <optional>

#include "copse/core/array.hpp"
#include "copse/nn/scope.hpp"
#include "copse/ops/elementwise.hpp"

namespace copse::nn {

/// Converted, if a dtype to compute in is given.
inline Array as_dtype(const Array& x, std::optional<DType> dtype) {
  return dtype && x.dtype() != *dtype ? astype(x, *dtype) : x;
}

/// In float32 or better, in which statistics are computed.
inline Array wide(const Array& x) {
  return x.dtype() == DType::float64 || x.dtype() == DType::float32 ? x : astype(x, DType::float32);
}

/// Runs an operation; a ShapeError of it names the layer.
template <class F>
auto named(const Scope& scope, const nn_detail::Object& layer, F&& operation) {
  try {
    return operation();
  } catch (const ShapeError& error) {
    scope.fail<ShapeError>(layer, error.what());
  }
}

}  // namespace copse::nn
