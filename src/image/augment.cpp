#include "copse/image/augment.hpp"

#include <fmt/format.h>

#include "batch.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/activations.hpp"
#include "copse/ops/compare.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/random/samplers.hpp"

namespace copse::image {
namespace {

// A number for each image, as it broadcasts to (batch, height, width).
Array each(const Array& numbers) { return reshape(numbers, {numbers.size(), 1, 1}); }

Array rows_of(std::int64_t height) { return reshape(arange(height), {1, height, 1}); }
Array columns_of(std::int64_t width) { return reshape(arange(width), {1, 1, width}); }

// An integer for each image, from 0 to `most`.
Array up_to(const Key& key, const Images& images, std::int64_t most) {
  return each(random::randint(key, {images.count()}, 0, most + 1));
}

}  // namespace

Array random_flip(const Key& key, const Array& images, const FlipOptions& options) {
  const Images all("image::random_flip", images);
  if (!(options.rate >= 0 && options.rate <= 1))
    throw ValueError(fmt::format("image::random_flip: the rate is {}, wanted 0 to 1", options.rate));
  const auto [sideways, upright] = random::split<2>(key);
  const auto flipped = [&](const Key& one, const Array& x, int axis) {
    return where(random::bernoulli(one, options.rate, Shape{all.count(), 1, 1, 1}), flip(x, axis), x);
  };
  Array x = all.array();
  if (options.horizontal) x = flipped(sideways, x, 2);
  if (options.vertical) x = flipped(upright, x, 1);
  return all.restore(x);
}

Array random_crop(const Key& key, const Array& images, std::int64_t height, std::int64_t width,
                  const CropOptions& options) {
  const Images all("image::random_crop", images);
  const std::int64_t spare_y = all.height() + 2 * options.padding - height,
                     spare_x = all.width() + 2 * options.padding - width;
  if (height < 1 || width < 1 || options.padding < 0 || spare_y < 0 || spare_x < 0) {
    throw ShapeError(fmt::format("image::random_crop: {} by {} of {} with a padding of {}", height, width,
                                 to_string(images.type()), options.padding));
  }
  const auto [vertical, horizontal] = random::split<2>(key);
  return all.restore(all.pick(rows_of(height) + (up_to(vertical, all, spare_y) - options.padding),
                              columns_of(width) + (up_to(horizontal, all, spare_x) - options.padding),
                              options.fill));
}

Array random_shift(const Key& key, const Array& images, std::int64_t pixels, double fill) {
  const Images all("image::random_shift", images);
  if (pixels < 0) throw ValueError(fmt::format("image::random_shift: {} pixels, wanted 0 or more", pixels));
  return random_crop(key, images, all.height(), all.width(), {.padding = pixels, .fill = fill});
}

Array random_rotate(const Key& key, const Array& images, double degrees, const RotateOptions& options) {
  const Images all("image::random_rotate", images);
  if (!(degrees >= 0))
    throw ValueError(fmt::format("image::random_rotate: {} degrees, wanted 0 or more", degrees));
  return rotate(images, random::uniform(key, {all.count()}, -degrees, degrees), options);
}

Array random_noise(const Key& key, const Array& images, double stddev) {
  if (!is_floating(images.dtype())) {
    throw DTypeError(
        fmt::format("image::random_noise: got {}, wanted floating-point numbers", to_string(images.type())));
  }
  if (!(stddev >= 0))
    throw ValueError(fmt::format("image::random_noise: stddev is {}, wanted 0 or more", stddev));
  return images + stddev * random::normal(key, images.shape(), images.dtype());
}

Array cutout(const Key& key, const Array& images, std::int64_t size, double fill) {
  const Images all("image::cutout", images);
  if (size < 1) throw ValueError(fmt::format("image::cutout: a square of {}, wanted 1 or more", size));
  const auto [vertical, horizontal] = random::split<2>(key);
  const auto inside = [&](const Array& places, const Key& one, std::int64_t extent) {
    const Array begin = up_to(one, all, extent - 1) - size / 2;
    return logical_and(places >= begin, places < begin + size);
  };
  const Array square = logical_and(inside(rows_of(all.height()), vertical, all.height()),
                                   inside(columns_of(all.width()), horizontal, all.width()));
  return all.restore(where(expand_dims(square, -1), astype(Array(fill), images.dtype()), all.array()));
}

namespace {

// Beta(alpha, alpha) by Jöhnk's rejection; at most half of the trials are refused, and the first that is not
// counts.
Array symmetric_beta(const Key& key, std::int64_t count, double alpha) {
  constexpr std::int64_t trials = 40;
  const auto [first, second] = random::split<2>(key);
  const auto log_power = [&](const Key& one) { return -random::exponential(one, {count, trials}) / alpha; };
  const Array x = log_power(first), y = log_power(second);
  const Array taken = argmax(exp(x) + exp(y) <= 1.0, 1);
  return take_along_axis(sigmoid(x - y), expand_dims(taken, 1), 1);
}

}  // namespace

std::pair<Array, Array> mixup(const Key& key, const Array& inputs, const Array& labels, double alpha) {
  if (inputs.ndim() < 1 || labels.ndim() < 1 || inputs.shape(0) != labels.shape(0)) {
    throw ShapeError(fmt::format("image::mixup: got {} and {}, wanted samples along the first axis of both",
                                 to_string(inputs.type()), to_string(labels.type())));
  }
  if (!is_floating(inputs.dtype()) || !is_floating(labels.dtype())) {
    throw DTypeError(
        fmt::format("image::mixup: got {} and {}, wanted floating-point numbers: give classes to one_hot",
                    to_string(inputs.type()), to_string(labels.type())));
  }
  if (!(alpha > 0 && alpha <= 1))
    throw ValueError(fmt::format("image::mixup: alpha is {}, wanted 0 to 1", alpha));
  const auto [drawn, order] = random::split<2>(key);
  const Array share = symmetric_beta(drawn, inputs.shape(0), alpha);
  const Array others = random::permutation(order, inputs.shape(0));
  const auto mixed = [&](const Array& x) {
    Shape shape = Shape::filled(x.ndim(), 1);
    shape[0] = x.shape(0);
    const Array part = astype(reshape(share, shape), x.dtype());
    return part * x + (1 - part) * take(x, others, 0, OutOfBounds::clamp);
  };
  return {mixed(inputs), mixed(labels)};
}

}  // namespace copse::image
