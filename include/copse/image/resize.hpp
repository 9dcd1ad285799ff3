// Images of another size or at another angle.
//
// An image is (height, width, channels), several of them are (batch, height, width, channels).
#pragma once

#include <cstdint>

#include "copse/core/array.hpp"

namespace copse::image {

/// What the elements between those of an image are.
enum class Method {
  nearest,   ///< the nearest one
  bilinear,  ///< in between the four around, by distance
};

struct ResizeOptions {
  Method method = Method::bilinear;
  /// Whether smaller images are made of all elements, as `jax.image.resize` makes them, instead of a few.
  bool antialias = true;
};

/// Images of `height` by `width`, as `jax.image.resize`. Integers become float32, unless the nearest element
/// is taken. Throws ShapeError for what are no images and for sizes below 1.
Array resize(const Array& images, std::int64_t height, std::int64_t width, const ResizeOptions& options = {});

struct RotateOptions {
  Method method = Method::bilinear;
  double fill = 0;  ///< what is beyond the edges
};

/// Images turned about their centres counter-clockwise, in their own frames, as torchvision's `rotate`. One
/// angle for all, or one for each of several: (batch,).
Array rotate(const Array& images, const Array& degrees, const RotateOptions& options = {});

}  // namespace copse::image
