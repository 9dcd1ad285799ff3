// Lists of one value for each dimension.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>

#include "copse/core/error.hpp"
#include "copse/core/shape.hpp"

namespace copse::detail {

/// Up to max_rank values, kept inside: a plain value that asks for no memory, and that constants can hold.
template <class T>
class ShortList {
 public:
  constexpr ShortList() = default;
  /// Throws ShapeError if there are more than max_rank.
  constexpr explicit ShortList(std::span<const T> values) : size_(values.size()) {
    if (size_ > values_.size())
      throw ShapeError("got a list of " + std::to_string(size_) +
                       " numbers, wanted one for each dimension (" + std::to_string(max_rank) + " at most)");
    std::copy(values.begin(), values.end(), values_.begin());
  }

  constexpr operator std::span<const T>() const noexcept { return {values_.data(), size_}; }

  friend constexpr bool operator==(const ShortList& a, const ShortList& b) noexcept {
    return a.size_ == b.size_ &&
           std::equal(a.values_.begin(), a.values_.begin() + a.size_, b.values_.begin());
  }

 private:
  std::array<T, static_cast<std::size_t>(max_rank)> values_{};
  std::size_t size_ = 0;
};

}  // namespace copse::detail
