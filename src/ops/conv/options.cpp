#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "../../core/sizes.hpp"
#include "copse/core/error.hpp"

namespace copse::convolution {

Triple triple(const char* function, const char* option, const std::vector<std::int64_t>& numbers,
              int spatial) {
  Triple result{1, 1, 1};
  if (numbers.empty()) return result;
  if (numbers.size() != static_cast<std::size_t>(spatial))
    throw ShapeError(fmt::format("{}: {} has {} numbers, wanted {}, one for each spatial dimension", function,
                                 option, numbers.size(), spatial));
  for (std::size_t d = 0; d < numbers.size(); ++d) {
    if (numbers[d] < 1)
      throw ValueError(
          fmt::format("{}: {} has {} for dimension {}, wanted at least 1", function, option, numbers[d], d));
    result[d] = numbers[d];
  }
  return result;
}

namespace {

// The extent of n elements with step - 1 gaps between them.
std::int64_t spread(const char* function, std::int64_t n, std::int64_t step) {
  return n == 0 ? 0 : detail::add_sizes(detail::multiply_sizes(n - 1, step, function), 1, function);
}

}  // namespace

void resolve_padding(const char* function, const Padding& padding, int spatial, const Triple& x,
                     const Triple& lhs, const Triple& window, const Triple& rhs, const Triple& strides,
                     Triple& low, Triple& high) {
  low = high = Triple{};
  if (padding.kind() == Padding::Kind::pairs && padding.pairs().size() != static_cast<std::size_t>(spatial))
    throw ShapeError(fmt::format("{}: padding has {} pairs, wanted {}, one for each spatial dimension",
                                 function, padding.pairs().size(), spatial));
  for (std::size_t d = 0; d < static_cast<std::size_t>(spatial); ++d) {
    const std::int64_t extent = spread(function, x[d], lhs[d]), span = spread(function, window[d], rhs[d]);
    if (padding.kind() == Padding::Kind::pairs) {
      low[d] = padding.pairs()[d].first;
      high[d] = padding.pairs()[d].second;
    } else if (padding.kind() == Padding::Kind::same) {
      const std::int64_t last = extent == 0 ? -1 : (extent - 1) / strides[d];  // position of the output
      const std::int64_t covered = detail::add_sizes(last * strides[d], span, function);
      const std::int64_t total = std::max<std::int64_t>(covered - extent, 0);
      low[d] = total / 2;
      high[d] = total - low[d];
    }
    // All that is computed from these from now on lies between them.
    (void)detail::add_sizes(detail::add_sizes(extent, low[d], function), high[d], function);
    const std::int64_t cut = detail::multiply_sizes(std::min<std::int64_t>(low[d], 0), -1, function);
    (void)detail::add_sizes(span, cut, function);
  }
}

}  // namespace copse::convolution
