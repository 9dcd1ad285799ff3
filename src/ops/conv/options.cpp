#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>

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

void resolve_padding(const char* function, const Padding& padding, int spatial, const Triple& x,
                     const Triple& lhs, const Triple& window, const Triple& rhs, const Triple& strides,
                     Triple& low, Triple& high) {
  low = high = Triple{};
  if (padding.kind() == Padding::Kind::pairs && padding.pairs().size() != static_cast<std::size_t>(spatial))
    throw ShapeError(fmt::format("{}: padding has {} pairs, wanted {}, one for each spatial dimension",
                                 function, padding.pairs().size(), spatial));
  for (std::size_t d = 0; d < static_cast<std::size_t>(spatial); ++d) {
    if (padding.kind() == Padding::Kind::pairs) {
      low[d] = padding.pairs()[d].first;
      high[d] = padding.pairs()[d].second;
    } else if (padding.kind() == Padding::Kind::same) {
      const std::int64_t extent = x[d] == 0 ? 0 : (x[d] - 1) * lhs[d] + 1;
      const std::int64_t out = (extent + strides[d] - 1) / strides[d];
      const std::int64_t total =
          std::max<std::int64_t>((out - 1) * strides[d] + (window[d] - 1) * rhs[d] + 1 - extent, 0);
      low[d] = total / 2;
      high[d] = total - low[d];
    }
  }
}

}  // namespace copse::convolution
