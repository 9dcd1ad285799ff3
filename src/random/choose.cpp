// Samplers that choose among given things.
#include <fmt/format.h>

#include <cmath>

#include "check.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/cumulative.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/indexing.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"
#include "copse/ops/sorting.hpp"
#include "copse/random/samplers.hpp"

namespace copse::random {
namespace {

Array first_along(const Array& x, std::int64_t count) try {
  return slice(x, std::vector<std::int64_t>{0}, std::vector{count});
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("first_along");
}

void check_choice(std::int64_t n, std::int64_t count, bool replace) {
  if (n < 0) throw ValueError(fmt::format("choice: got n = {}, wanted 0 or more", n));
  if (count == 0) return;
  if (n == 0) throw ValueError("choice: got nothing to choose from");
  if (!replace && count > n)
    throw ValueError(fmt::format("choice: {} were wanted without replacement, of {}", count, n));
}

}  // namespace

Array permutation(const Key& key, std::int64_t n) {
  (void)checked(key, "permutation");
  if (n < 0) throw ValueError(fmt::format("permutation: got n = {}, wanted 0 or more", n));
  // Sorting by random words leaves equal words in place; so many rounds make that improbable.
  const int rounds =
      n < 2 ? 0 : static_cast<int>(std::ceil(3 * std::log(static_cast<double>(n)) / std::log(4294967295.0)));
  Array order = arange(n);
  Key state = key;
  for (int i = 0; i < rounds; ++i) {
    const auto [next, words] = split<2>(state);
    order = take(order, argsort(bits(words, {n})), 0, OutOfBounds::clamp);
    state = next;
  }
  return order;
}

Array permutation(const Key& key, const Array& x, int axis) {
  (void)checked(key, "permutation");
  const int along = normalize_axis(axis, x.ndim(), "permutation");
  return take(x, permutation(key, x.shape()[along]), along, OutOfBounds::clamp);
}

Array categorical(const Key& key, const Array& logits, int axis, const OptionalShape& shape) {
  (void)checked(key, "categorical");
  const int along = normalize_axis(axis, logits.ndim(), "categorical");
  const Array floats = is_floating(logits.dtype()) ? logits : astype(logits, DType::float32);
  if (!shape) return argmax(floats + gumbel(key, logits.shape(), floats.dtype()), along);
  Shape batch = logits.shape();
  batch.erase(along);
  const int extra = (*shape).rank() - batch.rank();
  bool fits = extra >= 0;
  for (int d = 0; fits && d < batch.rank(); ++d) fits = batch[d] == 1 || batch[d] == (*shape)[extra + d];
  if (!fits)
    throw ShapeError(fmt::format("categorical: shape {} does not end in {}, to which logits {} leave it",
                                 to_string(*shape), to_string(batch), to_string(logits.shape())));
  Shape noise = *shape;
  noise.insert(extra + along, logits.shape()[along]);
  return argmax(gumbel(key, noise, floats.dtype()) + floats, extra + along);
}

Array choice(const Key& key, std::int64_t n, const Shape& shape, bool replace,
             const std::optional<Array>& p) {
  (void)checked(key, "choice");
  const std::int64_t count = shape.elements();
  check_choice(n, count, replace);
  if (p && p->shape() != Shape{n})
    throw ShapeError(fmt::format("choice: p has shape {}, wanted ({},): a probability for each",
                                 to_string(p->shape()), n));
  if (count == 0) return zeros(shape, DType::int32);
  if (!p)
    return replace ? randint(key, shape, 0, n) : reshape(first_along(permutation(key, n), count), shape);
  const Array weights = astype(*p, DType::float32);
  if (replace) {
    const Array sums = cumsum(weights), total = slice(sums, std::vector{n - 1}, std::vector{n});
    return searchsorted(sums, reshape(total, Shape{}) * (1 - uniform(key, shape)));
  }
  // The largest of noisy logits are a sample without replacement.
  return reshape(top_k(gumbel(key, {n}) + log(weights), count).indices, shape);
}

Array choice(const Key& key, const Array& x, const Shape& shape, bool replace, const std::optional<Array>& p,
             int axis) {
  const int along = normalize_axis(axis, x.ndim(), "choice");
  return take(x, choice(key, x.shape()[along], shape, replace, p), along, OutOfBounds::clamp);
}

}  // namespace copse::random
