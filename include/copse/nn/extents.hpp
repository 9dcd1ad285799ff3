// Numbers for each spatial dimension: kernel sizes, strides, dilations, padding.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "copse/ops/conv.hpp"

namespace copse::nn {

/// One number for each spatial dimension: `{5, 5}`. A bare number is a list of one; as strides or dilation it
/// counts for all dimensions.
class Extents {
 public:
  Extents() = default;
  template <std::integral T>
  Extents(T extent) : values_{static_cast<std::int64_t>(extent)} {}
  Extents(std::initializer_list<std::int64_t> extents) : values_(extents) {}
  Extents(std::vector<std::int64_t> extents) : values_(std::move(extents)) {}

  const std::vector<std::int64_t>& values() const { return values_; }
  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }

  friend bool operator==(const Extents&, const Extents&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Extents& extents);

 private:
  std::vector<std::int64_t> values_;
};

/// How far windows stick out of the input: copse::Padding, and what only layers know.
class ConvPadding {
 public:
  using Pair = copse::Padding::Pair;
  enum class Kind : std::uint8_t { plain, circular, causal, extents };

  /// As much as makes the output ceil(input / stride) long.
  static const ConvPadding same;
  /// None.
  static const ConvPadding valid;
  /// As much as `same` with stride 1, filled from the other end of the input.
  static const ConvPadding circular;
  /// One dimension: all in front, so that no output sees a later input.
  static const ConvPadding causal;

  constexpr ConvPadding() = default;
  constexpr ConvPadding(const copse::Padding& plain) : plain_(plain) {}
  /// The same on both sides of all dimensions.
  template <std::integral T>
  ConvPadding(T both) : ConvPadding({static_cast<std::int64_t>(both)}) {}
  /// The same on both sides of each dimension: `{1, 2}`.
  constexpr ConvPadding(std::initializer_list<std::int64_t> both)
      : kind_(Kind::extents), extents_(std::span(both.begin(), both.size())) {}
  /// Before and after each dimension: `{{1, 1}, {0, 2}}`.
  constexpr ConvPadding(std::initializer_list<Pair> pairs) : plain_(pairs) {}

  constexpr Kind kind() const { return kind_; }
  /// What `conv` takes, for a number of spatial dimensions. Only for plain and extents.
  copse::Padding resolve(std::size_t rank) const;

  friend constexpr bool operator==(const ConvPadding&, const ConvPadding&) = default;
  friend std::ostream& operator<<(std::ostream& out, const ConvPadding& padding);

 private:
  constexpr explicit ConvPadding(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::plain;
  copse::Padding plain_ = copse::Padding::same;
  copse::detail::ShortList<std::int64_t> extents_;
};

inline constexpr ConvPadding ConvPadding::same{};
inline constexpr ConvPadding ConvPadding::valid{copse::Padding::valid};
inline constexpr ConvPadding ConvPadding::circular{Kind::circular};
inline constexpr ConvPadding ConvPadding::causal{Kind::causal};

}  // namespace copse::nn
