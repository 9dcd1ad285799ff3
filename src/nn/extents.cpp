#include "copse/nn/extents.hpp"

#include <fmt/format.h>

#include "copse/core/error.hpp"

namespace copse::nn {

std::ostream& operator<<(std::ostream& out, const Extents& extents) {
  return out << fmt::format("({})", fmt::join(extents.values_, ", "));
}

copse::Padding ConvPadding::resolve(std::size_t rank) const {
  if (kind_ == Kind::plain) return plain_;
  std::vector<Pair> pairs;
  const std::span<const std::int64_t> extents = extents_;
  if (extents.size() != 1 && extents.size() != rank)
    throw ShapeError(fmt::format("padding has {} numbers, wanted {}, one for each spatial dimension",
                                 extents.size(), rank));
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t both = extents[extents.size() == 1 ? 0 : d];
    pairs.emplace_back(both, both);
  }
  return copse::Padding(pairs);
}

std::ostream& operator<<(std::ostream& out, const ConvPadding& padding) {
  switch (padding.kind_) {
    case ConvPadding::Kind::circular:
      return out << "circular";
    case ConvPadding::Kind::causal:
      return out << "causal";
    case ConvPadding::Kind::extents:
      return out << fmt::format("({})", fmt::join(std::span<const std::int64_t>(padding.extents_), ", "));
    case ConvPadding::Kind::plain:
      break;
  }
  if (padding.plain_ == copse::Padding::same) return out << "same";
  if (padding.plain_ == copse::Padding::valid) return out << "valid";
  std::string text;
  for (const auto& [low, high] : padding.plain_.pairs())
    text += fmt::format("{}({}, {})", text.empty() ? "" : ", ", low, high);
  return out << "(" << text << ")";
}

}  // namespace copse::nn
