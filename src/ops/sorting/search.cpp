// Searching in what is sorted, and counting.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "../../core/concrete.hpp"
#include "../../core/sizes.hpp"
#include "../elementwise/apply.hpp"
#include "../shaping/primitives.hpp"
#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "keys.hpp"
#include "primitives.hpp"

namespace copse {
namespace sorting {
namespace {

struct SearchParams {
  bool right;
  int batch_dims;
  friend bool operator==(const SearchParams&, const SearchParams&) = default;
};

// Where `count` values belong among n keys. Several are searched for side by side, so that none waits for
// another one's memory, and without a branch, whose direction could not be guessed.
template <bool Right, class T>
void find_positions(const Key<T>* sorted, std::int64_t n, const T* values, std::int64_t count,
                    std::int32_t* out) {
  constexpr std::int64_t together = 8;
  for (std::int64_t i = 0; i < count; i += together) {
    Key<T> key[together];
    std::int64_t at[together] = {};
    const std::int64_t some = std::min(together, count - i);
    for (std::int64_t j = 0; j < together; ++j) key[j] = key_of(values[i + std::min(j, some - 1)], true);
    for (std::int64_t left = n; left > 0;) {
      const std::int64_t half = left / 2, step = left - half;
      for (std::int64_t j = 0; j < together; ++j) {
        const Key<T> middle = sorted[at[j] + half];
        at[j] += step & -static_cast<std::int64_t>(Right ? middle <= key[j] : middle < key[j]);
      }
      left = half;
    }
    for (std::int64_t j = 0; j < some; ++j) out[i + j] = static_cast<std::int32_t>(at[j]);
  }
}

// Each of `batch` rows of n sorted elements with its share of the values.
template <class T>
void search_rows(bool right, std::int64_t batch, std::int64_t n, std::int64_t total, const T* sorted,
                 const T* values, std::int32_t* out) {
  std::vector<Key<T>> keys(static_cast<std::size_t>(batch * n));
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = key_of(sorted[i], true);
  const std::int64_t each = total / batch;
  parallel_for(total, 2048, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t row = begin / each, count = std::min(end, (row + 1) * each) - begin;
      const auto find = right ? find_positions<true, T> : find_positions<false, T>;
      find(keys.data() + row * n, n, values + begin, count, out + begin);
      begin += count;
    }
  });
}

class SearchSorted final : public PrimitiveWith<SearchSorted, SearchParams> {
 public:
  using PrimitiveWith::PrimitiveWith;
  std::string_view name() const override { return "searchsorted"; }
  std::string parameters() const override { return params.right ? "right" : "left"; }

  void infer(std::span<const ShapeDtype> in, std::span<ShapeDtype> out) const override {
    out[0] = {in[1].shape, DType::int32, false};
  }

  std::unique_ptr<Kernel> prepare(std::span<const ShapeDtype> in,
                                  std::span<const ShapeDtype>) const override {
    std::int64_t batch = 1;
    for (int d = 0; d < params.batch_dims; ++d) batch *= in[0].shape[d];
    return make_kernel([right = params.right, n = in[0].shape.back(), total = in[1].shape.elements(), batch,
                        dtype = in[0].dtype](const void* const* from, void* const* to) {
      if (total == 0) return;
      dispatch(dtype, [&]<class T>() {
        search_rows(right, batch, n, total, static_cast<const T*>(from[0]), static_cast<const T*>(from[1]),
                    static_cast<std::int32_t*>(to[0]));
      });
    });
  }

  std::vector<Array> vjp(const VjpCall&) const override { return {Array(), Array()}; }
  std::vector<Array> jvp(std::span<const Array>, std::span<const Array>,
                         std::span<const Array>) const override {
    return {Array()};
  }
  BatchResult batch(const BatchCall& call) const override {
    // Values for one and the same vector are just more values.
    if (!call.batched[0] && params.batch_dims == 0) return bind(share(), call.inputs[0], call.inputs[1]);
    const auto mapped = [&](std::size_t i) {
      return shaping::with_batch(call.inputs[i], call.batched[i] != 0, call.size);
    };
    return bind(sorting::searchsorted(params.right, params.batch_dims + 1), mapped(0), mapped(1));
  }
};

}  // namespace

PrimitivePtr searchsorted(bool right, int batch_dims) {
  return new_primitive<SearchSorted>(SearchParams{right, batch_dims});
}

}  // namespace sorting

Array searchsorted(const Array& sorted, const Array& values, bool right) {
  if (sorted.ndim() != 1)
    throw ShapeError(fmt::format("searchsorted: got sorted elements of shape {}, wanted one dimension",
                                 to_string(sorted.shape())));
  if (sorted.size() > std::numeric_limits<std::int32_t>::max())
    throw ShapeError(fmt::format("searchsorted: {} elements have positions beyond int32", sorted.size()));
  const DType dtype = promote(sorted.type().type(), values.type().type()).dtype;
  return bind(sorting::searchsorted(right, 0), elementwise::convert(sorted, dtype),
              elementwise::convert(values, dtype));
}

Array digitize(const Array& x, const Array& bins, bool right) { return searchsorted(bins, x, !right); }

Array bincount(const Array& x, const std::optional<Array>& weights, std::int64_t min_length,
               std::optional<std::int64_t> length) {
  if (!is_integer(x.dtype()) && x.dtype() != DType::bool_)
    throw DTypeError(fmt::format("bincount: got {}, wanted integers", name_of(x.dtype())));
  if (weights && weights->shape() != x.shape())
    throw ShapeError(fmt::format("bincount: weights of shape {} for elements of shape {}",
                                 to_string(weights->shape()), to_string(x.shape())));
  const Array index = x.dtype() == DType::bool_ ? astype(x, DType::int32) : x;
  std::int64_t n = length.value_or(min_length);
  if (!length && x.size() > 0) {
    (void)detail::concrete(x, "bincount", "give `length`, on which the shape of its result depends");
    n = std::max(n, detail::add_sizes(max(index).item<std::int64_t>(), 1, "bincount"));
  }
  if (n < 0) throw ValueError(fmt::format("bincount: length is {}, wanted 0 or more", n));
  const Array ones_or_weights = weights ? ravel(*weights) : full({x.size()}, 1, DType::int32);
  // A negative element must not count from the end.
  return scatter_add(zeros({n}, ones_or_weights.dtype()), ravel(maximum(index, 0)), ones_or_weights);
}

}  // namespace copse
