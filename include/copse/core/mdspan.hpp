// The elements of an array by several indices, as with C++23's std::mdspan.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>

#include "copse/core/array.hpp"
#include "copse/core/error.hpp"

namespace copse {

/// A view of an array of N dimensions: `m(i, j)` without a check, as with std::mdspan. Valid while an array
/// that shares the elements lives.
template <Element T, int N>
  requires(N >= 0 && N <= max_rank)
class MdSpan {
 public:
  using element_type = const T;
  using index_type = std::int64_t;
  /// One number for each dimension.
  using Numbers = std::array<index_type, static_cast<std::size_t>(N)>;

  MdSpan(const T* data, const Shape& shape) : data_(data) {
    for (int d = 0; d < N; ++d) extents_[static_cast<std::size_t>(d)] = shape[d];
    row_major_strides(extents_, strides_.data());
    size_ = shape.elements();
  }

  static constexpr int rank() noexcept { return N; }
  std::int64_t extent(int dimension) const noexcept { return extents_[static_cast<std::size_t>(dimension)]; }
  /// How many elements lie between neighbours along a dimension.
  std::int64_t stride(int dimension) const noexcept { return strides_[static_cast<std::size_t>(dimension)]; }
  std::int64_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const T* data_handle() const noexcept { return data_; }

  template <std::integral... I>
    requires(sizeof...(I) == N)
  const T& operator()(I... index) const noexcept {
    return (*this)[Numbers{static_cast<std::int64_t>(index)...}];
  }
  const T& operator[](const Numbers& index) const noexcept {
    std::int64_t offset = 0;
    for (std::size_t d = 0; d < index.size(); ++d) offset += index[d] * strides_[d];
    return data_[offset];
  }

 private:
  const T* data_;
  Numbers extents_{}, strides_{};
  std::int64_t size_ = 1;
};

/// The elements of an array of N dimensions, without a copy. Throws ShapeError for another number of
/// dimensions, DTypeError if T is not the element type, ConcretizationError if the values are not known.
template <Element T, int N>
MdSpan<T, N> as_mdspan(const Array& a) {
  if (a.ndim() != N)
    throw ShapeError("as_mdspan: got " + to_string(a.type()) + ", wanted " + std::to_string(N) +
                     " dimensions");
  return {a.data<T>(), a.shape()};
}

}  // namespace copse
