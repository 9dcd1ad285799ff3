// Reductions of the elements that count, beginning with a given number, in a given dtype.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "../elementwise/apply.hpp"
#include "copse/core/error.hpp"
#include "copse/ops/create.hpp"
#include "copse/ops/elementwise.hpp"
#include "copse/ops/reduce.hpp"
#include "copse/ops/shaping.hpp"

namespace copse::reduce {
namespace {

void reject(bool given, const char* function, const char* option) {
  if (given) throw ValueError(fmt::format("{}: takes no {}", function, option));
}

Array in_dtype(const Array& x, const Options& options) {
  return options.dtype ? astype(x, *options.dtype) : x;
}

// The mask in x's shape.
Array mask_of(const Array& x, const Array& where, const char* function) {
  const Array mask = astype(where, DType::bool_);
  if (broadcast_shapes(mask.shape(), x.shape(), function) != x.shape())
    throw ShapeError(fmt::format("{}: where has shape {}, wanted one that broadcasts to {}", function,
                                 to_string(mask.shape()), to_string(x.shape())));
  return broadcast_to(mask, x.shape());
}

// x with what has no effect in the places that do not count.
Array masked(const Array& x, const Options& options, const Array& neutral, const char* function) {
  if (!options.where) return x;
  return where(mask_of(x, *options.where, function), x, elementwise::convert(neutral, x.dtype()));
}

// `initial` in the dtype of what it is combined with.
Array initial_of(const Options& options, DType dtype, const char* function) {
  if (options.initial->ndim() != 0)
    throw ShapeError(fmt::format("{}: initial has shape {}, wanted a scalar", function,
                                 to_string(options.initial->shape())));
  return elementwise::convert(*options.initial, dtype);
}

template <class F>
Array with_initial(const Array& y, const Options& options, const char* function, F combine) {
  return options.initial ? combine(y, initial_of(options, y.dtype(), function)) : y;
}

Array extreme(const Array& x, const Options& options, bool largest) try {
  const char* function = largest ? "reduce::max" : "reduce::min";
  const auto along = [&](const Array& a) {
    return largest ? copse::max(a, options.axes, options.keepdims)
                   : copse::min(a, options.axes, options.keepdims);
  };
  const Array values = in_dtype(x, options);
  if (!options.initial) {
    if (options.where)
      throw ValueError(fmt::format(
          "{0}: where without initial; the {0} of zero elements is undefined, so give initial too",
          function));
    return along(values);
  }
  const Array initial = initial_of(options, values.dtype(), function);
  const std::vector<int> reduced = options.axes.normalize(x.ndim(), function);
  Shape kept = x.shape();
  bool nothing = false;
  for (auto axis = reduced.rbegin(); axis != reduced.rend(); ++axis) {
    nothing = nothing || kept[*axis] == 0;
    if (options.keepdims)
      kept[*axis] = 1;
    else
      kept.erase(*axis);
  }
  if (nothing) return broadcast_to(initial, kept);
  const Array y = along(masked(values, options, initial, function));
  return largest ? maximum(y, initial) : minimum(y, initial);
} catch (const std::bad_alloc&) {
  copse::detail::out_of_memory("extreme");
}

// How many elements count, in x's dtype.
Array count(const Array& x, const Options& options, bool keepdims, const char* function) {
  const Array mask = options.where ? mask_of(x, *options.where, function) : full(x.shape(), true);
  return copse::sum(astype(mask, x.dtype()), options.axes, keepdims);
}

// Integers become float32, and bfloat16 is summed up in it.
Array widened(const Array& x) {
  return is_floating(x.dtype()) && x.dtype() != DType::bfloat16 ? x : astype(x, DType::float32);
}
DType result_dtype(const Array& x, const Options& options) {
  return options.dtype.value_or(is_floating(x.dtype()) ? x.dtype() : DType::float32);
}

// In the dtype of the computation.
Array variance(const Array& x, const Options& options, const char* function) {
  reject(options.initial.has_value(), function, "initial");
  const Array wide = widened(in_dtype(x, options));
  const Array center = copse::sum(masked(wide, options, 0, function), options.axes, true) /
                       count(wide, options, true, function);
  const Array squares = masked(square(wide - center), options, 0, function);
  const Array freedom = count(wide, options, options.keepdims, function) - static_cast<double>(options.ddof);
  const Array some = greater(freedom, 0);
  return where(some, copse::sum(squares, options.axes, options.keepdims) / where(some, freedom, 1),
               std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

Array sum(const Array& x, const Options& options) {
  const Array values = masked(in_dtype(x, options), options, 0, "reduce::sum");
  const Array y = copse::sum(values, options.axes, options.keepdims);
  return with_initial(astype(y, options.dtype.value_or(y.dtype())), options, "reduce::sum", add);
}

Array prod(const Array& x, const Options& options) {
  const Array values = masked(in_dtype(x, options), options, 1, "reduce::prod");
  const Array y = copse::prod(values, options.axes, options.keepdims);
  return with_initial(astype(y, options.dtype.value_or(y.dtype())), options, "reduce::prod", multiply);
}

Array max(const Array& x, const Options& options) { return extreme(x, options, true); }
Array min(const Array& x, const Options& options) { return extreme(x, options, false); }

Array mean(const Array& x, const Options& options) {
  reject(options.initial.has_value(), "reduce::mean", "initial");
  const Array wide = widened(in_dtype(x, options));
  const Array total = copse::sum(masked(wide, options, 0, "reduce::mean"), options.axes, options.keepdims);
  return astype(total / count(wide, options, options.keepdims, "reduce::mean"), result_dtype(x, options));
}

Array var(const Array& x, const Options& options) {
  return astype(variance(x, options, "reduce::var"), result_dtype(x, options));
}

Array std(const Array& x, const Options& options) {
  return astype(sqrt(variance(x, options, "reduce::std")), result_dtype(x, options));
}

Array any(const Array& x, const Options& options) {
  reject(options.initial.has_value(), "reduce::any", "initial");
  reject(options.dtype.has_value(), "reduce::any", "dtype");
  return copse::any(masked(astype(x, DType::bool_), options, false, "reduce::any"), options.axes,
                    options.keepdims);
}

Array all(const Array& x, const Options& options) {
  reject(options.initial.has_value(), "reduce::all", "initial");
  reject(options.dtype.has_value(), "reduce::all", "dtype");
  return copse::all(masked(astype(x, DType::bool_), options, true, "reduce::all"), options.axes,
                    options.keepdims);
}

}  // namespace copse::reduce
