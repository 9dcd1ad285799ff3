// Elements by position along one axis.
#include <fmt/format.h>

#include <algorithm>

#include "../../core/concrete.hpp"
#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "primitives.hpp"

namespace copse {
namespace {

Array scattered(const char* function, const Array& x, const Array& indices, const Array& updates, int axis,
                indexing::Combine combine) {
  const int at = normalize_axis(axis, x.ndim(), function);
  const Array index = indexing::checked_indices(indices, function);
  Shape wanted = x.shape();
  wanted.erase(at);
  for (int d = 0; d < index.ndim(); ++d) wanted.insert(at + d, index.shape(d));
  const Shape common = broadcast_shapes(wanted, updates.shape(), function);
  if (common != wanted)
    throw ShapeError(fmt::format(
        "{}: updates of shape {} for indices of shape {} on axis {} of shape {}, wanted {}", function,
        to_string(updates.shape()), to_string(index.shape()), at, to_string(x.shape()), to_string(wanted)));
  const DType working = indexing::working_dtype(x, updates, combine);
  const Array y =
      indexing::scatter(elementwise::convert(x, working, x.weak_type()), index,
                        broadcast_to(elementwise::convert(updates, working), wanted), {at, 0}, combine);
  return elementwise::convert(y, x.dtype(), x.weak_type());
}

// A start with an element a dimension, of shape (rank,).
Array checked_start(const char* function, const Array& x, const Array& start) {
  const Array index = indexing::checked_indices(start, function);
  if (index.shape() != Shape{x.ndim()})
    throw ShapeError(fmt::format("{}: the start has shape {}, wanted ({},) for an array of shape {}",
                                 function, to_string(index.shape()), x.ndim(), to_string(x.shape())));
  return index;
}

Array joined_start(const char* function, const Array& x, std::initializer_list<Array> start) {
  for (const Array& at : start)
    if (at.ndim() != 0)
      throw ShapeError(
          fmt::format("{}: a start has shape {}, wanted scalars", function, to_string(at.shape())));
  if (start.size() == 0) return checked_start(function, x, zeros({0}, DType::int32));
  return checked_start(function, x, stack(start));
}

// Zeros but for one axis.
Array start_in_dim(const char* function, const Array& start, int rank, int axis) {
  if (start.ndim() != 0)
    throw ShapeError(
        fmt::format("{}: the start has shape {}, wanted a scalar", function, to_string(start.shape())));
  const Array at = indexing::checked_indices(start, function);
  return pad(reshape(at, {1}), {{axis, rank - 1 - axis}});
}

void require_window(const char* function, const Array& x, std::span<const std::int64_t> sizes) {
  bool fits = static_cast<int>(sizes.size()) == x.ndim();
  for (int d = 0; fits && d < x.ndim(); ++d)
    fits = sizes[static_cast<std::size_t>(d)] >= 0 && sizes[static_cast<std::size_t>(d)] <= x.shape(d);
  if (!fits)
    throw ShapeError(fmt::format("{}: a window of {} does not fit in an array of shape {}", function,
                                 to_string(Shape(sizes)), to_string(x.shape())));
}

}  // namespace

Array take(const Array& x, const Array& indices, std::optional<int> axis, OutOfBounds mode) {
  if (!axis) return take(ravel(x), indices, 0, mode);
  const int at = normalize_axis(*axis, x.ndim(), "take");
  return indexing::gather(x, indexing::checked_indices(indices, "take"), {at, 0}, mode);
}

Array take(const Array& x, int index, int axis) {
  const int at = normalize_axis(axis, x.ndim(), "take");
  const std::int64_t n = x.shape(at), from = indexing::from_front(index, n);
  if (from < 0 || from >= n)
    throw ShapeError(fmt::format("take: there is no position {} on axis {} of shape {}", index, axis,
                                 to_string(x.shape())));
  return squeeze(slice_in_dim(x, from, from + 1, 1, at), at);
}

Array take_along_axis(const Array& x, const Array& indices, int axis, OutOfBounds mode) {
  const int rank = x.ndim(), at = normalize_axis(axis, rank, "take_along_axis");
  Array index = indexing::checked_indices(indices, "take_along_axis");
  if (index.ndim() != rank)
    throw ShapeError(fmt::format(
        "take_along_axis: indices of shape {} for an array of shape {}, wanted as many dimensions",
        to_string(index.shape()), to_string(x.shape())));
  Shape from = x.shape(), to = index.shape();
  from[at] = to[at] = 1;
  const Shape common = broadcast_shapes(from, to, "take_along_axis");
  from = to = common;
  from[at] = x.shape(at);
  to[at] = index.shape(at);
  const Array rows = moveaxis(broadcast_to(x, from), at, -1);
  const Array which = moveaxis(broadcast_to(index, to), at, -1);
  return moveaxis(indexing::gather(rows, which, {rank - 1, rank - 1}, mode), -1, at);
}

Array one_hot(const Array& labels, std::int64_t num_classes, DType dtype, int axis) {
  if (num_classes < 0)
    throw ValueError(fmt::format("one_hot: num_classes is {}, wanted 0 or more", num_classes));
  const int at = normalize_axis(axis, labels.ndim() + 1, "one_hot");
  Shape classes = Shape::filled(labels.ndim() + 1, 1);
  classes[at] = num_classes;
  return astype(equal(expand_dims(labels, at), reshape(arange(num_classes), classes)), dtype);
}

std::vector<Array> nonzero(const Array& x) try {
  if (x.ndim() == 0) throw ShapeError("nonzero: got a scalar, wanted one dimension or more; see atleast_1d");
  (void)detail::concrete(x, "nonzero", detail::without_masks);
  const Array truth = astype(x, DType::bool_);
  const std::span<const bool> values = truth.span<bool>();
  const int rank = x.ndim();
  const auto count = static_cast<std::size_t>(std::count(values.begin(), values.end(), true));
  // One more than there are: each position is written where the next one belongs, whether it counts or not.
  std::vector<std::vector<std::int32_t>> found(static_cast<std::size_t>(rank),
                                               std::vector<std::int32_t>(count + 1));
  std::vector<std::int32_t>& columns = found.back();
  const std::int64_t width = x.shape(-1);
  std::size_t at = 0;
  for (std::size_t row = 0, first = 0; first < values.size();
       ++row, first += static_cast<std::size_t>(width)) {
    const std::size_t before = at;
    for (std::int64_t i = 0; i < width; ++i) {
      columns[at] = static_cast<std::int32_t>(i);
      at += values[first + static_cast<std::size_t>(i)];
    }
    auto rest = static_cast<std::int64_t>(row);
    for (int d = rank - 2; d >= 0; --d, rest /= x.shape(d + 1))
      std::fill_n(found[static_cast<std::size_t>(d)].begin() + static_cast<std::ptrdiff_t>(before),
                  at - before, static_cast<std::int32_t>(rest % x.shape(d)));
  }
  for (auto& positions : found) positions.resize(count);
  std::vector<Array> out;
  for (const auto& positions : found) out.push_back(array(positions));
  return out;
} catch (const std::bad_alloc&) {
  detail::out_of_memory("nonzero");
}

Array scatter_add(const Array& x, const Array& indices, const Array& updates, int axis) {
  return scattered("scatter_add", x, indices, updates, axis, indexing::Combine::add);
}
Array scatter_set(const Array& x, const Array& indices, const Array& updates, int axis) {
  return scattered("scatter_set", x, indices, updates, axis, indexing::Combine::set);
}
Array scatter_multiply(const Array& x, const Array& indices, const Array& updates, int axis) {
  return scattered("scatter_multiply", x, indices, updates, axis, indexing::Combine::multiply);
}
Array scatter_min(const Array& x, const Array& indices, const Array& updates, int axis) {
  return scattered("scatter_min", x, indices, updates, axis, indexing::Combine::min);
}
Array scatter_max(const Array& x, const Array& indices, const Array& updates, int axis) {
  return scattered("scatter_max", x, indices, updates, axis, indexing::Combine::max);
}

Array dynamic_slice(const Array& x, const Array& start, std::span<const std::int64_t> sizes) {
  require_window("dynamic_slice", x, sizes);
  return indexing::window(x, checked_start("dynamic_slice", x, start), Shape(sizes));
}
Array dynamic_slice(const Array& x, const Array& start, std::initializer_list<std::int64_t> sizes) {
  return dynamic_slice(x, start, std::span<const std::int64_t>(sizes.begin(), sizes.size()));
}
Array dynamic_slice(const Array& x, std::initializer_list<Array> start,
                    std::initializer_list<std::int64_t> sizes) {
  return dynamic_slice(x, joined_start("dynamic_slice", x, start), sizes);
}

Array dynamic_update_slice(const Array& x, const Array& update, const Array& start) {
  require_window("dynamic_update_slice", x, update.shape());
  return indexing::update_window(x, elementwise::convert(update, x.dtype()),
                                 checked_start("dynamic_update_slice", x, start));
}
Array dynamic_update_slice(const Array& x, const Array& update, std::initializer_list<Array> start) {
  return dynamic_update_slice(x, update, joined_start("dynamic_update_slice", x, start));
}

Array dynamic_slice_in_dim(const Array& x, const Array& start, std::int64_t size, int axis) try {
  const int at = normalize_axis(axis, x.ndim(), "dynamic_slice_in_dim");
  std::vector<std::int64_t> sizes = x.shape().to_vector();
  sizes[static_cast<std::size_t>(at)] = size;
  return dynamic_slice(x, start_in_dim("dynamic_slice_in_dim", start, x.ndim(), at), sizes);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("dynamic_slice_in_dim");
}

Array dynamic_update_slice_in_dim(const Array& x, const Array& update, const Array& start, int axis) {
  const int at = normalize_axis(axis, x.ndim(), "dynamic_update_slice_in_dim");
  return dynamic_update_slice(x, update, start_in_dim("dynamic_update_slice_in_dim", start, x.ndim(), at));
}

Array dynamic_index_in_dim(const Array& x, const Array& index, int axis, bool keepdims) {
  const Array part = dynamic_slice_in_dim(x, index, 1, axis);
  return keepdims ? part : squeeze(part, axis);
}

Array dynamic_update_index_in_dim(const Array& x, const Array& update, const Array& index, int axis) {
  const Array part = update.ndim() < x.ndim()
                         ? expand_dims(update, normalize_axis(axis, x.ndim(), "dynamic_update_index_in_dim"))
                         : update;
  return dynamic_update_slice_in_dim(x, part, index, axis);
}

}  // namespace copse
