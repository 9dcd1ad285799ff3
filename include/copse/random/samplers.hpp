// Random numbers from keys: JAX's, bit for bit where the arithmetic is exact.
//
// Samplers throw KeyError for a key without a value, ShapeError for an array of keys (use vmap), DTypeError
// for a key that isn't uint32. Samples are float32 unless said otherwise. In bfloat16 they are drawn and
// computed in it, and are JAX's numbers of that dtype, too; any other dtype asked for is what they are
// converted to.
#pragma once

#include <optional>

#include "copse/core/array.hpp"
#include "copse/random/key.hpp"

namespace copse::random {

/// Random bits, as uint32 or uint8.
Array bits(const Key& key, const Shape& shape = {}, DType dtype = DType::uint32);
/// Uniform in [minval, maxval), which broadcast to the shape.
Array uniform(const Key& key, const Shape& shape = {}, const Array& minval = 0.0, const Array& maxval = 1.0,
              DType dtype = DType::float32);
/// Standard normal.
Array normal(const Key& key, const Shape& shape = {}, DType dtype = DType::float32);
/// Standard normal, given that it is between the bounds.
Array truncated_normal(const Key& key, double lower, double upper, const Shape& shape = {},
                       DType dtype = DType::float32);
/// True with probability p, of p's shape unless a shape is given, to which p broadcasts.
Array bernoulli(const Key& key, const Array& p = 0.5, const OptionalShape& shape = {});
/// int32 in [minval, maxval), which broadcast to the shape; minval if there is nothing between them.
Array randint(const Key& key, const Shape& shape, const Array& minval, const Array& maxval);
/// The numbers 0 to n - 1 in random order, int32. Throws ValueError if n is negative.
Array permutation(const Key& key, std::int64_t n);
/// The array with its slices along an axis in random order.
Array permutation(const Key& key, const Array& x, int axis = 0);
/// Indices along an axis with probabilities softmax(logits), int32; one for each of the other elements of
/// logits, or as many as the shape says, to which the other dimensions broadcast.
Array categorical(const Key& key, const Array& logits, int axis = -1, const OptionalShape& shape = {});
/// Numbers from 0 to n - 1, int32, with probabilities p (uniform unless given). Throws ValueError if there
/// are fewer than are to be chosen without replacement.
Array choice(const Key& key, std::int64_t n, const Shape& shape = {}, bool replace = true,
             const std::optional<Array>& p = std::nullopt);
/// Slices of an array along an axis, chosen like the above: the shape takes the place of that axis.
Array choice(const Key& key, const Array& x, const Shape& shape = {}, bool replace = true,
             const std::optional<Array>& p = std::nullopt, int axis = 0);
/// Standard Gumbel.
Array gumbel(const Key& key, const Shape& shape = {}, DType dtype = DType::float32);
/// Exponential with mean 1.
Array exponential(const Key& key, const Shape& shape = {}, DType dtype = DType::float32);
/// Standard Laplace.
Array laplace(const Key& key, const Shape& shape = {}, DType dtype = DType::float32);

/// Standard Cauchy.
Array cauchy(const Key& key, const Shape& shape = {}, DType dtype = DType::float32);
/// Standard logistic.
Array logistic(const Key& key, const Shape& shape = {}, DType dtype = DType::float32);
/// Maxwell: the length of a vector of three standard normal numbers.
Array maxwell(const Key& key, const Shape& shape = {}, DType dtype = DType::float32);
/// 1 or -1, int32 by default.
Array rademacher(const Key& key, const Shape& shape = {}, DType dtype = DType::int32);

// Those with parameters are float32. Parameters broadcast to the shape, which is theirs unless it is given.

/// exp(sigma * normal).
Array lognormal(const Key& key, const Array& sigma = 1.0, const OptionalShape& shape = {});
/// Pareto with minimum 1: above x with probability x^-b.
Array pareto(const Key& key, const Array& b, const OptionalShape& shape = {});
/// Rayleigh: scale times the length of a vector of two standard normal numbers.
Array rayleigh(const Key& key, const Array& scale, const OptionalShape& shape = {});
/// Weibull: above x with probability exp(-(x / scale)^concentration).
Array weibull_min(const Key& key, const Array& scale, const Array& concentration,
                  const OptionalShape& shape = {});
/// Triangular between left and right, with the peak at mode.
Array triangular(const Key& key, const Array& left, const Array& mode, const Array& right,
                 const OptionalShape& shape = {});
/// Wald's, the inverse Gaussian with this mean and scale 1.
Array wald(const Key& key, const Array& mean, const OptionalShape& shape = {});
/// How many trials it takes to succeed, each with probability p; int32.
Array geometric(const Key& key, const Array& p, const OptionalShape& shape = {});
/// Normal vectors with a mean (..., n) and covariances (..., n, n), by Cholesky's factor. The shape is that
/// of the dimensions in front. Throws ShapeError where they do not fit.
Array multivariate_normal(const Key& key, const Array& mean, const Array& cov,
                          const OptionalShape& shape = {});
/// Orthogonal (shape..., n, m) matrices, uniformly (by Haar's measure); n x n unless m is given.
Array orthogonal(const Key& key, std::int64_t n, const Shape& shape = {},
                 std::optional<std::int64_t> m = std::nullopt, DType dtype = DType::float32);

}  // namespace copse::random
