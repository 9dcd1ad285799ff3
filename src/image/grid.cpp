#include "copse/image/grid.hpp"

#include <fmt/format.h>

#include "batch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::image {

Array grid(const Array& images, std::int64_t columns, const GridOptions& options) {
  const Images all("image::grid", images);
  if (columns < 1 || options.gap < 0) {
    throw ValueError(fmt::format(
        "image::grid: {} columns and a gap of {}, wanted 1 or more columns and a gap that is not negative",
        columns, options.gap));
  }
  if (all.count() < 1) throw ShapeError("image::grid: there is no image, in " + to_string(images.type()));
  const std::int64_t rows = (all.count() + columns - 1) / columns, gap = options.gap;
  // Each image with the gap above and to the left of it, then the gap at the far ends.
  Array x = pad(all.array(), {{0, rows * columns - all.count()}, {gap, 0}, {gap, 0}, {0, 0}}, options.fill);
  const std::int64_t height = all.height() + gap, width = all.width() + gap, channels = x.shape(3);
  x = transpose(reshape(x, {rows, columns, height, width, channels}), {0, 2, 1, 3, 4});
  return pad(reshape(x, {rows * height, columns * width, channels}), {{0, gap}, {0, gap}, {0, 0}},
             options.fill);
}

}  // namespace copse::image
