// NumPy's indexing expressions.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "../../core/concrete.hpp"
#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/shaping.hpp"
#include "primitives.hpp"

namespace copse {
namespace {

using Item = Index::Value;

bool is_ellipsis(const Item& item) { return std::holds_alternative<Ellipsis>(item); }
bool is_new(const Item& item) { return std::holds_alternative<NewAxis>(item); }
bool is_position(const Item& item) { return std::holds_alternative<std::int64_t>(item); }
const Array* indices_of(const Item& item) { return std::get_if<Array>(&item); }
const Array* mask_of(const Item& item) {
  const Array* array = indices_of(item);
  return array && array->dtype() == DType::bool_ ? array : nullptr;
}

// Masks become the positions that they choose, and the ellipsis as many whole dimensions as are left.
std::vector<Item> spelled_out(const Shape& shape, std::span<const Index> items) try {
  int used = 0, ellipses = 0;
  for (const Index& item : items) {
    if (const Array* mask = mask_of(item.value())) {
      if (mask->ndim() == 0) throw ShapeError("index: a mask has no dimensions, wanted one or more");
      used += mask->ndim();
    } else if (is_ellipsis(item.value())) {
      ++ellipses;
    } else if (!is_new(item.value())) {
      ++used;
    }
  }
  if (ellipses > 1) throw ShapeError("index: got more than one ellipsis");
  if (used > shape.rank())
    throw ShapeError(fmt::format("index: got {} indices for an array of shape {}", used, to_string(shape)));
  std::vector<Item> out;
  int dim = 0;
  const auto rest = [&] {
    for (int i = used; i < shape.rank(); ++i, ++dim) out.emplace_back(Slice{});
  };
  for (const Index& item : items) {
    if (is_ellipsis(item.value())) {
      rest();
    } else if (const Array* mask = mask_of(item.value())) {
      for (int d = 0; d < mask->ndim(); ++d)
        if (mask->shape(d) != shape[dim + d])
          throw ShapeError(fmt::format("index: a mask of shape {} for dimensions {} and on of shape {}",
                                       to_string(mask->shape()), dim, to_string(shape)));
      (void)detail::concrete(*mask, "index by a mask", detail::without_masks);
      for (Array& positions : nonzero(*mask)) out.emplace_back(std::move(positions));
      dim += mask->ndim();
    } else {
      out.push_back(item.value());
      if (!is_new(item.value())) ++dim;
    }
  }
  if (ellipses == 0) rest();
  return out;
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("spelled_out");
}

// A range as it applies to a dimension: elements first, first + step, ..., `count` of them.
struct Range {
  std::int64_t first, step, count;
};

Range resolve(const Slice& slice, std::int64_t extent) {
  const std::int64_t step = slice.step;
  if (step == 0) throw ValueError("index: the step of a slice is 0");
  // Python's rules: what lies beyond an end stands for the end.
  const std::int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? extent : extent - 1;
  const auto bound = [&](std::optional<std::int64_t> at, std::int64_t otherwise) {
    if (!at) return otherwise;
    return std::clamp(*at < 0 ? *at + extent : *at, lowest, highest);
  };
  const std::int64_t start = bound(slice.start, step > 0 ? lowest : highest);
  const std::int64_t stop = bound(slice.stop, step > 0 ? highest : lowest);
  const std::int64_t length = step > 0 ? stop - start : start - stop;
  // Beyond the extent all steps are alike: they lead out of the array.
  const std::int64_t most = std::max<std::int64_t>(extent, 1), stride = std::clamp(step, -most, most);
  return {start, stride, length > 0 ? (length - 1) / (stride < 0 ? -stride : stride) + 1 : 0};
}

Range resolve(std::int64_t position, std::int64_t extent, int dim, const Shape& shape) {
  const std::int64_t at = indexing::from_front(position, extent);
  if (at < 0 || at >= extent)
    throw ShapeError(fmt::format("index: there is no position {} in dimension {} of shape {}", position, dim,
                                 to_string(shape)));
  return {at, 1, 1};
}

// What an expression chooses before its index arrays apply: ranges of all dimensions, then another shape.
struct Basic {
  std::vector<Range> ranges;    // one a dimension of x
  Shape shape;                  // without the positions, with the new axes
  std::vector<int> array_dims;  // in `shape`, one an index array
  std::vector<Array> arrays;
  bool adjacent = true;  // index arrays and positions stand next to each other
};

Basic basic(const Shape& shape, const std::vector<Item>& items) {
  Basic b;
  const bool any_array =
      std::any_of(items.begin(), items.end(), [](const Item& i) { return indices_of(i) != nullptr; });
  int dim = 0, groups = 0;
  bool in_group = false;
  for (const Item& item : items) {
    const bool advanced = any_array && (indices_of(item) || is_position(item));
    if (advanced && !in_group) ++groups;
    in_group = advanced;
    if (is_new(item)) {
      b.shape.push_back(1);
      continue;
    }
    const std::int64_t extent = shape[dim];
    if (const auto* position = std::get_if<std::int64_t>(&item)) {
      b.ranges.push_back(resolve(*position, extent, dim, shape));
    } else if (const auto* slice = std::get_if<Slice>(&item)) {
      b.ranges.push_back(resolve(*slice, extent));
      b.shape.push_back(b.ranges.back().count);
    } else {
      b.ranges.push_back({0, 1, extent});
      b.array_dims.push_back(b.shape.rank());
      b.arrays.push_back(indexing::checked_indices(*indices_of(item), "index"));
      b.shape.push_back(extent);
    }
    ++dim;
  }
  b.adjacent = groups <= 1;
  return b;
}

Array apply(const Array& x, const Basic& b) {
  std::vector<std::int64_t> start, limit, stride;
  std::vector<int> reversed;
  for (std::size_t d = 0; d < b.ranges.size(); ++d) {
    const auto& [first, step, count] = b.ranges[d];
    const std::int64_t last = first + (count - 1) * step;
    start.push_back(count == 0 ? 0 : std::min(first, last));
    limit.push_back(count == 0 ? 0 : std::max(first, last) + 1);
    stride.push_back(step < 0 ? -step : step);
    if (step < 0 && count > 1) reversed.push_back(static_cast<int>(d));
  }
  const Array part = slice(x, start, limit, stride);
  return reshape(reversed.empty() ? part : flip(part, std::span<const int>(reversed)), b.shape);
}

// One index in place of several: that of the dimensions merged. Those out of range become the merged extent,
// which is out of range too.
Array merged(const std::vector<Array>& arrays, const std::vector<std::int64_t>& extents, OutOfBounds mode) {
  std::int64_t total = 1;
  for (const std::int64_t n : extents) total *= n;
  const DType dtype = total > std::numeric_limits<std::int32_t>::max() / 2 ? DType::int64 : DType::int32;
  Array index, valid;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const std::int64_t n = extents[i];
    const Array given = astype(arrays[i], dtype);
    const Array at = where(given < 0, given + n, given);
    const Array inside = clip(at, 0, std::max<std::int64_t>(n - 1, 0));
    const Array fits = equal(at, inside);
    index = i == 0 ? inside : index * n + inside;
    valid = i == 0 ? fits : logical_and(valid, fits);
  }
  return mode == OutOfBounds::clamp ? index : where(valid, index, total);
}

Array indexed(const Array& x, std::span<const Index> items, OutOfBounds mode) try {
  const Basic b = basic(x.shape(), spelled_out(x.shape(), items));
  Array y = apply(x, b);
  if (b.arrays.empty()) return y;
  Shape common;
  std::vector<std::int64_t> extents;
  for (std::size_t i = 0; i < b.arrays.size(); ++i) {
    common = broadcast_shapes(common, b.arrays[i].shape(), "index");
    extents.push_back(b.shape[b.array_dims[i]]);
  }
  // The indexed dimensions next to each other, where their result belongs: in their place if they stand
  // together, else in front.
  const int place = b.adjacent ? b.array_dims.front() : 0;
  std::vector<int> order;
  for (int d = 0; d < b.shape.rank(); ++d)
    if (std::find(b.array_dims.begin(), b.array_dims.end(), d) == b.array_dims.end()) order.push_back(d);
  order.insert(order.begin() + place, b.array_dims.begin(), b.array_dims.end());
  y = transpose(y, std::span<const int>(order));
  Array index = b.arrays[0];
  if (b.arrays.size() > 1) {
    Shape shape = y.shape();
    for (std::size_t i = 1; i < extents.size(); ++i) shape.erase(place + 1);
    shape[place] = 1;
    for (const std::int64_t n : extents) shape[place] *= n;
    y = reshape(y, shape);
    index = merged(b.arrays, extents, mode);
  }
  return indexing::gather(y, broadcast_to(index, common), {place, 0}, mode);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("indexed");
}

bool is_whole(const Range& range, std::int64_t extent) {
  return range.first == 0 && range.step == 1 && range.count == extent;
}

// Puts f(old, values) at a place whose elements all differ: ranges with step 1 and positions.
template <class F>
Array replaced(const Array& x, const Basic& b, const Array& values, F f) {
  const Array old = apply(x, b);
  Array fresh = broadcast_to(elementwise::convert(values, x.dtype(), false, "at"), old.shape());
  fresh = elementwise::convert(f(old, fresh), x.dtype());
  std::vector<std::int64_t> start;
  Shape window;
  for (const Range& range : b.ranges) {
    start.push_back(range.count ? range.first : 0);
    window.push_back(range.count);
  }
  return dynamic_update_slice(x, reshape(fresh, window), array(start));
}

template <class F>
Array updated(const Array& x, const std::vector<Index>& items, const Array& values, indexing::Combine combine,
              F f) {
  if (const DType working = indexing::working_dtype(x, values, combine); working != x.dtype())
    return elementwise::convert(updated(elementwise::convert(x, working), items, values, combine, f),
                                x.dtype(), x.weak_type());
  const Basic b = basic(x.shape(), spelled_out(x.shape(), items));
  const bool steps =
      std::any_of(b.ranges.begin(), b.ranges.end(), [](const Range& r) { return r.step != 1; });
  if (b.arrays.empty() && !steps) return replaced(x, b, values, f);
  bool whole = b.arrays.size() == 1 && b.shape.rank() == x.ndim();
  for (int d = 0; whole && d < x.ndim(); ++d)
    whole = is_whole(b.ranges[static_cast<std::size_t>(d)], x.shape(d));
  Array target = x, index;
  int axis = 0;
  Shape wanted;
  if (whole) {
    // One index array and whole dimensions: rows are combined.
    axis = b.array_dims[0];
    index = b.arrays[0];
    wanted = x.shape();
    wanted.erase(axis);
    for (int d = 0; d < index.ndim(); ++d) wanted.insert(axis + d, index.shape(d));
  } else {
    // Anything else: the same expression on the elements' numbers tells where they lie.
    const DType dtype = x.size() > std::numeric_limits<std::int32_t>::max() ? DType::int64 : DType::int32;
    const Array numbers = indexed(reshape(arange(x.size(), dtype), x.shape()), items, OutOfBounds::fill);
    wanted = numbers.shape();
    index = ravel(numbers);
    target = ravel(x);
  }
  Array updates = broadcast_to(elementwise::convert(values, x.dtype(), false, "at"), wanted);
  if (!whole) updates = ravel(updates);
  return reshape(indexing::scatter(target, index, updates, {axis, 0}, combine), x.shape());
}

}  // namespace

Array index(const Array& x, std::span<const Index> items) { return indexed(x, items, OutOfBounds::clamp); }
Array index(const Array& x, std::initializer_list<Index> items) {
  return index(x, std::span<const Index>(items.begin(), items.size()));
}

Array Array::operator[](const Index& item) const { return index(*this, std::span<const Index>(&item, 1)); }
Array Array::operator[](std::initializer_list<Index> items) const { return index(*this, items); }

RowIterator begin(const Array& x) {
  if (x.ndim() == 0) throw ShapeError("begin: an array of shape () has no first axis to go along");
  return {x, 0};
}
RowIterator end(const Array& x) { return {x, x.shape(0)}; }

Array At::set(const Array& values) const {
  return updated(x_, items_, values, indexing::Combine::set, [](const Array&, const Array& v) { return v; });
}
Array At::add(const Array& values) const {
  return updated(x_, items_, values, indexing::Combine::add, copse::add);
}
Array At::subtract(const Array& values) const {
  // Negated in the dtype of the sum: unsigned values would wrap in their own.
  const DType working = indexing::working_dtype(x_, values, indexing::Combine::add);
  return add(negative(elementwise::convert(values, working, false, "at")));
}
Array At::multiply(const Array& values) const {
  return updated(x_, items_, values, indexing::Combine::multiply, copse::multiply);
}
Array At::divide(const Array& values) const {
  const Array divisor = At(ones_like(x_), items_).multiply(values);
  return elementwise::convert(copse::divide(x_, divisor), x_.dtype());
}
Array At::min(const Array& values) const {
  return updated(x_, items_, values, indexing::Combine::min, minimum);
}
Array At::max(const Array& values) const {
  return updated(x_, items_, values, indexing::Combine::max, maximum);
}

}  // namespace copse
