// Random numbers from keys: JAX's, bit for bit where the arithmetic is exact.
//
// Samplers throw KeyError for a key without a value, ShapeError for an array of keys (use vmap), DTypeError
// for a key that isn't uint32. Samples are float32 unless said otherwise; a dtype asked for is what they are
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
Array bernoulli(const Key& key, const Array& p = 0.5, const std::optional<Shape>& shape = std::nullopt);
/// int32 in [minval, maxval), which broadcast to the shape; minval if there is nothing between them.
Array randint(const Key& key, const Shape& shape, const Array& minval, const Array& maxval);
/// The numbers 0 to n - 1 in random order, int32. Throws ValueError if n is negative.
Array permutation(const Key& key, std::int64_t n);
/// The array with its slices along an axis in random order.
Array permutation(const Key& key, const Array& x, int axis = 0);
/// Indices along an axis with probabilities softmax(logits), int32; one for each of the other elements of
/// logits, or as many as the shape says, to which the other dimensions broadcast.
Array categorical(const Key& key, const Array& logits, int axis = -1,
                  const std::optional<Shape>& shape = std::nullopt);
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

}  // namespace copse::random
