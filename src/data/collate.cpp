#include "copse/data/collate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "copse/core/error.hpp"
#include "io/csv_columns.hpp"

namespace copse::data_detail {
namespace {

// The shape that all parts fit into. The first axis becomes a multiple.
Shape common_shape(const std::string& path, std::span<const Array> parts, std::int64_t multiple) {
  const ShapeDtype first = parts.front().type();
  Shape shape = first.shape;
  for (const Array& part : parts) {
    if (part.ndim() != shape.rank() || part.dtype() != first.dtype) {
      throw ShapeError(fmt::format(
          "Dataset::batch: {} is {} in the first sample and {} in another one: samples are padded to one "
          "shape if they have one dtype and as many axes",
          path.empty() ? "the array" : path, to_string(first), to_string(part.type())));
    }
    for (int axis = 0; axis < shape.rank(); ++axis) shape[axis] = std::max(shape[axis], part.shape(axis));
  }
  if (shape.rank() > 0) {
    const std::int64_t over = shape[0] % multiple;
    if (over != 0) shape[0] += multiple - over;
  }
  return shape;
}

// Fills an array with a number. Throws ValueError if the dtype cannot hold it.
void fill(const std::string& path, DType dtype, double value, char* to, std::size_t bytes) {
  std::byte number[sizeof(double)];
  if (!io::put_number(dtype, {value, std::nullopt}, number)) {
    throw ValueError(fmt::format("Dataset::batch: {} is {}, which cannot be padded with {}",
                                 path.empty() ? "the array" : path, name_of(dtype), value));
  }
  for (std::size_t at = 0; at < bytes; at += size_of(dtype)) std::memcpy(to + at, number, size_of(dtype));
}

// Copies an array into the corner of a larger one, both row-major.
void copy_into(char* to, const Shape& outer, const char*& from, const Shape& inner, int axis,
               std::size_t item) {
  std::size_t stride = item;
  for (int i = axis + 1; i < outer.rank(); ++i) stride *= static_cast<std::size_t>(outer[i]);
  const auto count = static_cast<std::size_t>(inner.rank() == 0 ? 1 : inner[axis]);
  if (axis + 1 >= inner.rank()) {
    if (count > 0) std::memcpy(to, from, count * item);
    from += count * item;
    return;
  }
  for (std::size_t i = 0; i < count; ++i) copy_into(to + i * stride, outer, from, inner, axis + 1, item);
}

}  // namespace

void no_stack() { throw ValueError("Dataset::batch: samples that are no trees of arrays cannot be stacked"); }

std::optional<double> Padding::of(const std::string& path) const {
  const auto found = parts.find(path);
  return found != parts.end() ? std::optional(found->second) : value;
}

void check_padding(const Padding& padding) {
  if (padding.multiple < 1) {
    throw ValueError(fmt::format("Dataset::batch: pad_multiple is {}, wanted 1 or more", padding.multiple));
  }
  if (padding.multiple > 1 && !padding.any()) {
    throw ValueError("Dataset::batch: pad_multiple without a number to pad with: give `pad` or `pad_parts`");
  }
}

void check_no_padding(const Padding& padding) {
  if (padding.any()) {
    throw ValueError(
        "Dataset::batch: padding is for batches that are stacked, and here a function makes them");
  }
}

void check_parts(const Padding& padding, std::span<const std::string> paths) {
  for (const auto& [name, value] : padding.parts) {
    if (std::find(paths.begin(), paths.end(), name) == paths.end()) {
      throw ValueError(fmt::format("Dataset::batch: pad_parts has '{}', but samples have ({})", name,
                                   fmt::join(paths, ", ")));
    }
  }
}

void check_complete(std::size_t arrays, std::size_t samples) {
  if (arrays != samples) {
    throw ShapeError(fmt::format(
        "Dataset::batch: {} of {} samples have an array that the first sample has: all or none must have it",
        arrays, samples));
  }
}

Array stacked(std::span<const Array> parts) {
  const ShapeDtype type = parts.front().type();
  for (const Array& part : parts) {
    if (part.shape() != type.shape || part.dtype() != type.dtype) {
      throw ShapeError(fmt::format(
          "Dataset::batch: the first sample is {}, another one {}: they cannot be stacked{}", to_string(type),
          to_string(part.type()), part.dtype() == type.dtype ? "; `pad` pads them to one shape" : ""));
    }
  }
  Shape shape = type.shape;
  shape.insert(0, static_cast<std::int64_t>(parts.size()));
  Array out = detail::allocate({shape, type.dtype});
  auto* to = static_cast<char*>(detail::mutable_data(out));
  for (const Array& part : parts) {
    if (part.nbytes() > 0) std::memcpy(to, part.raw(), part.nbytes());
    to += part.nbytes();
  }
  return out;
}

Array padded(const std::string& path, std::span<const Array> parts, double value, std::int64_t multiple) {
  const Shape inner = common_shape(path, parts, multiple);
  const DType dtype = parts.front().dtype();
  Shape shape = inner;
  shape.insert(0, static_cast<std::int64_t>(parts.size()));
  Array out = detail::allocate({shape, dtype});
  auto* to = static_cast<char*>(detail::mutable_data(out));
  fill(path, dtype, value, to, out.nbytes());
  const std::size_t bytes = out.nbytes() / parts.size();
  for (const Array& part : parts) {
    const auto* from = static_cast<const char*>(part.raw());
    if (part.size() > 0) copy_into(to, inner, from, part.shape(), 0, size_of(dtype));
    to += bytes;
  }
  return out;
}

std::size_t bucket_of(std::int64_t length, std::span<const std::int64_t> bounds) {
  return static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), length) - bounds.begin());
}

void check_buckets(std::span<const std::int64_t> bounds) {
  const auto wrong = std::adjacent_find(bounds.begin(), bounds.end(), std::greater_equal<>());
  if (wrong != bounds.end()) {
    throw ValueError(fmt::format("Dataset::batch: the bounds of buckets are ({}), wanted increasing ones",
                                 fmt::join(bounds, ", ")));
  }
}

}  // namespace copse::data_detail
