#include "batch.hpp"

#include <fmt/format.h>

#include <limits>

#include "copse/core/error.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::image {

Images::Images(const char* function, const Array& images) : array_(images), single_(images.ndim() == 3) {
  if (images.ndim() != 3 && images.ndim() != 4) {
    throw ShapeError(fmt::format(
        "{}: got {}, wanted an image (height, width, channels) or several (batch, height, width, channels)",
        function, to_string(images.type())));
  }
  if (single_) array_ = expand_dims(images, 0);
}

Array Images::restore(const Array& images) const { return single_ ? squeeze(images, {0}) : images; }

Array Images::pick(const Array& rows, const Array& columns, double fill) const {
  const std::int64_t all = count() * height() * width();
  const DType dtype = all > std::numeric_limits<std::int32_t>::max() ? DType::int64 : DType::int32;
  const auto within = [&](const Array& at, std::int64_t size) {
    return astype(clip(at, Array(0), Array(size - 1)), dtype);
  };
  const Array image = reshape(arange(count(), dtype), {count(), 1, 1});
  const Array flat = (image * height() + within(rows, height())) * width() + within(columns, width());
  const Array picked =
      take(reshape(array_, {all, array_.shape(3)}), flat, 0, OutOfBounds::clamp);  // none is out of bounds
  const Array there =
      logical_and(logical_and(rows >= 0, rows < height()), logical_and(columns >= 0, columns < width()));
  return where(expand_dims(there, -1), picked, astype(Array(fill), array_.dtype()));
}

}  // namespace copse::image
