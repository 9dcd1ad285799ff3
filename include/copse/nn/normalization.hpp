// Normalisation by statistics that are learned from data before training.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "copse/core/kinds.hpp"
#include "copse/nn/scope.hpp"

namespace copse::nn_detail {

/// Mean and variance of what has been seen, in float64: one for each place of the kept axes.
class Moments {
 public:
  explicit Moments(std::vector<int> axes) : axes_(std::move(axes)) {}
  /// Throws ShapeError if the kept axes have other extents than before.
  void add(const Array& batch);
  /// Throw ValueError if nothing has been seen.
  Array mean() const;
  Array var() const;

 private:
  void check_seen() const;
  std::vector<int> axes_;
  double count_ = 0;
  Array mean_{}, squares_{};  // squares: the sum of squared differences from the mean
};

/// The inputs of a batch, or what is no batch.
template <class B>
const Array& inputs_of(const B& batch) {
  if constexpr (requires { batch.inputs; }) {
    return batch.inputs;
  } else {
    return batch;
  }
}

}  // namespace copse::nn_detail

namespace copse::nn {

/// `(x - mean) / sqrt(var)` for each feature, with the mean and the variance of data that it has been shown,
/// as Keras's layer of this name. They are states that training does not change; before `adapt` they are 0
/// and 1.
///
///     nn::Normalization normalize;
///     normalize.adapt(train);                       // an array, a dataset, or its batches
///     Trainer trainer{Net{normalize, ...}, ...};
struct Normalization {
  std::vector<int> axis = {
      -1};                 ///< the axes whose places have statistics of their own; none: all have the same
  double epsilon = 1e-7;   ///< the least that is divided by
  State<Array> mean = {};  ///< float32, with the extents of these axes, like var
  State<Array> var = {};

  Array operator()(Scope& scope, const Array& x);
  /// The same outside of a module. Throws ValueError before `adapt`.
  Array normalize(const Array& x) const;
  /// The opposite: `x * sqrt(var) + mean`.
  Array denormalize(const Array& x) const;

  /// Computes mean and variance of samples along the first axis. They replace those of an earlier call.
  void adapt(const Array& samples);
  /// From the inputs of a dataset, of batches, or of a loader (their epoch 0), whose samples need not fit in
  /// memory.
  template <class Data>
    requires(!std::is_convertible_v<const Data&, Array>)
  void adapt(Data&& data) {
    nn_detail::Moments moments(axis);
    const auto add = [&](auto&& batches) {
      for (const auto& batch : batches.epoch(0)) moments.add(nn_detail::inputs_of(batch));
    };
    if constexpr (requires { data.epoch(0); }) {
      add(data);
    } else {
      add(data.batch(1024));
    }
    mean = moments.mean();
    var = moments.var();
  }
};

}  // namespace copse::nn

extern template struct copse::tree_detail::TreeCode<copse::nn::Normalization>;
