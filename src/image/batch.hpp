// What functions on images share: one image as a batch of one, and elements by their rows and columns.
#pragma once

#include "copse/core/array.hpp"

namespace copse::image {

/// Images as (batch, height, width, channels), whether there is one or several.
class Images {
 public:
  /// Throws ShapeError for what are no images.
  Images(const char* function, const Array& images);

  const Array& array() const { return array_; }
  std::int64_t count() const { return array_.shape(0); }
  std::int64_t height() const { return array_.shape(1); }
  std::int64_t width() const { return array_.shape(2); }
  /// In the form in which they came.
  Array restore(const Array& images) const;

  /// The elements at rows and columns, which broadcast to (batch, height, width) of the result; `fill` where
  /// there is none.
  Array pick(const Array& rows, const Array& columns, double fill) const;

 private:
  Array array_;
  bool single_;
};

}  // namespace copse::image
