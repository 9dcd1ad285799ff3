// The rest of jax.nn's functions; relu, sigmoid, silu, gelu, elu, leaky_relu, softplus and log_sigmoid are in
// ops/elementwise.hpp, softmax in ops/reduce.hpp. Integers become float32, but
// `hard_tanh` keeps their dtype.
#pragma once

#include "copse/core/array.hpp"
#include "copse/ops/reduce.hpp"

namespace copse {

/// max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1).
Array celu(const Array& x, double alpha = 1.0);
/// scale * elu(x, alpha) with the constants of Klambauer et al. 2017, for which activations keep mean 0 and
/// variance 1.
Array selu(const Array& x);
/// First half of an axis times the sigmoid of its second. Throws ShapeError if its extent is odd.
Array glu(const Array& x, int axis = -1);
/// min(max(x, 0), 6).
Array relu6(const Array& x);
/// relu6(x + 3) / 6.
Array hard_sigmoid(const Array& x);
/// x * hard_sigmoid(x).
Array hard_silu(const Array& x);
/// x held between -1 and 1.
Array hard_tanh(const Array& x);
/// x * tanh(softplus(x)).
Array mish(const Array& x);
/// x / (1 + |x|).
Array soft_sign(const Array& x);
/// (x + sqrt(x * x + b)) / 2.
Array squareplus(const Array& x, double b = 4.0);
/// log(mean(exp(x))), finite wherever the result is.
Array logmeanexp(const Array& x, const Axes& axes = {}, bool keepdims = false);
/// Mean 0 and variance 1 along the axes: (x - mean) / sqrt(var + epsilon).
Array standardize(const Array& x, const Axes& axes = -1, double epsilon = 1e-5);

}  // namespace copse
