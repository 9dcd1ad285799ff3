// The model: layers as members, and what happens to an input.
#pragma once

#include <copse/copse.hpp>

namespace moons {

/// A layer of one's own: `x * gain + shift`, both learned, for each feature.
struct Affine {
  copse::Parameter gain;
  copse::Parameter shift;

  copse::Array operator()(copse::Scope& scope, const copse::Array& x) {
    auto call = scope.enter(*this, x);  // names this layer in messages and tables
    const copse::Shape features{x.shape(-1)};
    const copse::Array& g = scope.parameter(*this, "gain", gain, copse::initializers::ones(), features);
    const copse::Array& s = scope.parameter(*this, "shift", shift, copse::initializers::zeros(), features);
    return call(g * x + s);
  }
};

/// Tells two classes of points apart: (batch, 2) to logits (batch, 2).
struct Classifier {
  copse::nn::Linear hidden{32};
  Affine affine;
  copse::nn::Dropout dropout{0.1};
  copse::nn::Linear logits{2};

  copse::Array operator()(copse::Scope& scope, const copse::Array& x) {
    return logits(scope, dropout(scope, copse::relu(affine(scope, hidden(scope, x)))));
  }
};

}  // namespace moons
