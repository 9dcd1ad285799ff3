// Images changed at random, so that a model does not learn what does not matter.
//
// All take a key and an image (height, width, channels) or several (batch, height, width, channels), which
// are each changed in their own way. The same key gives the same. Inside `jit` and under `vmap` as outside.
#pragma once

#include <cstdint>
#include <utility>

#include "copse/core/array.hpp"
#include "copse/image/resize.hpp"
#include "copse/random/key.hpp"

namespace copse::image {

struct FlipOptions {
  bool horizontal = true;  ///< left and right
  bool vertical = false;   ///< top and bottom
  double rate = 0.5;       ///< how probable each is
};
/// Images that are mirrored, or not. Throws ValueError for a rate that is no probability.
Array random_flip(const Key& key, const Array& images, const FlipOptions& options = {});

struct CropOptions {
  std::int64_t padding = 0;  ///< added at all edges before
  double fill = 0;           ///< of what is beyond the edges
};
/// Parts of `height` by `width` at random places. Throws ShapeError if images, with their padding, are
/// smaller.
Array random_crop(const Key& key, const Array& images, std::int64_t height, std::int64_t width,
                  const CropOptions& options = {});

/// Images that are shifted by up to `pixels` up or down and left or right; what comes in from beyond the
/// edges is `fill`. Throws ValueError for a negative number.
Array random_shift(const Key& key, const Array& images, std::int64_t pixels, double fill = 0);

/// Images that are turned by up to so many degrees to either side. Throws ValueError for a negative number.
Array random_rotate(const Key& key, const Array& images, double degrees, const RotateOptions& options = {});

/// Images plus normal noise. Throws DTypeError for integers.
Array random_noise(const Key& key, const Array& images, double stddev);

/// Images with a square of `size` at a random place filled; it may go over the edges (DeVries and Taylor,
/// 2017). Throws ValueError for a size below 1.
Array cutout(const Key& key, const Array& images, std::int64_t size, double fill = 0);

/// Each sample mixed with another one, in a proportion drawn from Beta(alpha, alpha), labels alike (Zhang et
/// al., 2017): (batch, ...) of both. Throws DTypeError for integer labels (see `one_hot`), ValueError unless
/// 0 < alpha <= 1.
std::pair<Array, Array> mixup(const Key& key, const Array& inputs, const Array& labels, double alpha = 0.2);

}  // namespace copse::image
