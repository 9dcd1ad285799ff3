// Products with learned matrices, and lookups in learned tables.
#pragma once

#include <cstdint>
#include <optional>

#include "copse/nn/initializers.hpp"
#include "copse/nn/scope.hpp"

namespace copse::nn {

/// `x @ kernel + bias` on the last axis of an input of any rank. The input's width is learned by `init`.
struct Linear {
  std::int64_t features = 1;
  bool use_bias = true;
  initializers::Initializer kernel_init = initializers::lecun_normal();
  initializers::Initializer bias_init = initializers::zeros();
  std::optional<DType> dtype =
      std::nullopt;       ///< what to compute in; by default what input and parameters promote to
  Parameter kernel = {};  ///< (in, features)
  Parameter bias = {};    ///< (features,)

  Array operator()(Scope& scope, const Array& x);
};

}  // namespace copse::nn
