#include "copse/image/resize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "batch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/linalg.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::image {
namespace {

// The element of an axis that each element of the result is nearest to.
Array nearest_places(std::int64_t from, std::int64_t to) {
  std::vector<std::int32_t> places;
  for (std::int64_t i = 0; i < to; ++i) {
    const double at = (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to);
    places.push_back(
        static_cast<std::int32_t>(std::min<std::int64_t>(static_cast<std::int64_t>(at), from - 1)));
  }
  return array(places);
}

// (to, from): the part that each element of an axis has in each element of the result.
Array bilinear_weights(std::int64_t from, std::int64_t to, bool antialias, DType dtype) {
  const double step = static_cast<double>(from) / static_cast<double>(to);
  const double reach = antialias ? std::max(step, 1.0) : 1.0;
  std::vector<float> weights(static_cast<std::size_t>(from * to));
  for (std::int64_t i = 0; i < to; ++i) {
    float* row = weights.data() + i * from;
    const double at = (static_cast<double>(i) + 0.5) * step - 0.5;
    double sum = 0;
    const auto weight = [&](std::int64_t k) {
      return std::max(0.0, 1.0 - std::abs(at - static_cast<double>(k)) / reach);
    };
    for (std::int64_t k = 0; k < from; ++k) sum += weight(k);
    for (std::int64_t k = 0; k < from; ++k) row[k] = static_cast<float>(weight(k) / sum);
  }
  return astype(array(std::span<const float>(weights), Shape{to, from}), dtype);
}

}  // namespace

Array resize(const Array& images, std::int64_t height, std::int64_t width, const ResizeOptions& options) {
  const Images all("image::resize", images);
  if (height < 1 || width < 1 || all.height() < 1 || all.width() < 1) {
    throw ShapeError(fmt::format("image::resize: from {} to {} by {}, wanted sizes of 1 or more",
                                 to_string(images.type()), height, width));
  }
  Array x = all.array();
  if (options.method == Method::nearest) {
    if (height != all.height()) x = take(x, nearest_places(all.height(), height), 1, OutOfBounds::clamp);
    if (width != all.width()) x = take(x, nearest_places(all.width(), width), 2, OutOfBounds::clamp);
    return all.restore(x);
  }
  if (!is_floating(x.dtype())) x = astype(x, DType::float32);
  const std::int64_t n = all.count(), channels = x.shape(3);
  if (height != all.height()) {
    const Array weights = bilinear_weights(all.height(), height, options.antialias, x.dtype());
    x = reshape(matmul(weights, reshape(x, {n, all.height(), all.width() * channels})),
                {n, height, all.width(), channels});
  }
  if (width != all.width()) {
    const Array weights = bilinear_weights(all.width(), width, options.antialias, x.dtype());
    x = reshape(matmul(weights, reshape(x, {n * height, all.width(), channels})),
                {n, height, width, channels});
  }
  return all.restore(x);
}

Array rotate(const Array& images, const Array& degrees, const RotateOptions& options) {
  const Images all("image::rotate", images);
  if (degrees.size() != 1 && degrees.shape() != Shape{all.count()}) {
    throw ShapeError(fmt::format("image::rotate: the angles are {} for {}, wanted one, or one for each image",
                                 to_string(degrees.type()), to_string(images.type())));
  }
  const Array angle =
      reshape(astype(degrees, DType::float32) * (std::numbers::pi / 180), {degrees.size(), 1, 1});
  const double middle_y = static_cast<double>(all.height() - 1) / 2,
               middle_x = static_cast<double>(all.width() - 1) / 2;
  const Array y = reshape(astype(arange(all.height()), DType::float32) - middle_y, {1, all.height(), 1});
  const Array x = reshape(astype(arange(all.width()), DType::float32) - middle_x, {1, 1, all.width()});
  // Where in the image each element of the result comes from.
  const Array rows = y * cos(angle) + x * sin(angle) + middle_y;
  const Array columns = x * cos(angle) - y * sin(angle) + middle_x;
  const auto whole = [](const Array& at) { return astype(at, DType::int32); };
  if (options.method == Method::nearest) {
    return all.restore(all.pick(whole(round(rows)), whole(round(columns)), options.fill));
  }
  const Array top = floor(rows), left = floor(columns);
  const Array down = expand_dims(rows - top, -1), right = expand_dims(columns - left, -1);
  const auto at = [&](int i, int k) { return all.pick(whole(top) + i, whole(left) + k, options.fill); };
  const Array out = (at(0, 0) * (1 - right) + at(0, 1) * right) * (1 - down) +
                    (at(1, 0) * (1 - right) + at(1, 1) * right) * down;
  return all.restore(is_floating(images.dtype()) ? astype(out, images.dtype()) : out);
}

}  // namespace copse::image
