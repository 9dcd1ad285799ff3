// Mixed precision: what of a step is computed in bfloat16.
#pragma once

#include <concepts>
#include <utility>
#include <vector>

#include "copse/ops/elementwise.hpp"
#include "copse/train/options.hpp"
#include "copse/tree.hpp"

namespace copse::train_detail {

/// A tree with its arrays of one dtype in another one.
template <class T>
T converted(T tree, DType from, DType to) {
  visit_slots(tree, [&](auto slot) {
    if constexpr (std::same_as<std::remove_cvref_t<decltype(slot.value())>, Array>) {
      if (!slot.is_nothing() && slot.value().dtype() == from) slot.set(astype(slot.value(), to));
    }
  });
  return tree;
}

/// Parameters as a step computes with them.
inline std::vector<Array> lowered(std::vector<Array> parameters, Precision precision) {
  return precision == Precision::full ? std::move(parameters)
                                      : converted(std::move(parameters), DType::float32, DType::bfloat16);
}

/// A batch with its inputs as a step computes with them.
template <class B>
B with_lowered_inputs(B batch, Precision precision) {
  if constexpr (requires { batch.inputs; }) {
    if (precision != Precision::full)
      batch.inputs = converted(std::move(batch.inputs), DType::float32, DType::bfloat16);
  }
  return batch;
}

/// What a model gives, as losses and metrics see it.
template <class T>
T raised(T preds, Precision precision) {
  return precision == Precision::full ? std::move(preds)
                                      : converted(std::move(preds), DType::bfloat16, DType::float32);
}

}  // namespace copse::train_detail
