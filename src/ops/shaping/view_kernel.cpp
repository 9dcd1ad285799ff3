#include "view_kernel.hpp"

#include <algorithm>
#include <cstring>

#include "copse/core/threads.hpp"
#include "core/short_rows.hpp"
#include "vectors.hpp"

namespace copse::shaping {
namespace {

// Steps through some dimensions of a walk, keeping an offset.
class Counter {
 public:
  Counter(const std::int64_t* dims, const std::int64_t* strides, int rank, std::int64_t at)
      : dims_(dims), strides_(strides), rank_(rank) {
    for (int d = rank - 1; d >= 0; --d) {
      index_[d] = at % dims[d];
      at /= dims[d];
      offset_ += index_[d] * strides[d];
    }
  }
  std::int64_t offset() const { return offset_; }
  void next() {
    for (int d = rank_ - 1; d >= 0; --d) {
      offset_ += strides_[d];
      if (++index_[d] < dims_[d]) return;
      offset_ -= index_[d] * strides_[d];
      index_[d] = 0;
    }
  }

 private:
  const std::int64_t* dims_;
  const std::int64_t* strides_;
  int rank_;
  std::int64_t index_[max_rank] = {};
  std::int64_t offset_ = 0;
};

// `rows` rows that are `row_stride` elements apart.
template <class T>
void copy_equal_rows(T* to, const T* from, std::int64_t rows, std::int64_t row_stride, std::int64_t n,
                     std::int64_t stride) {
  constexpr auto item = static_cast<std::int64_t>(sizeof(T));
  if (stride == 1) {
    copse::detail::move_rows(to, n * item, from, row_stride * item, rows, n * item);
  } else if (stride == 0 && n <= 64) {
    copse::detail::spread_rows(to, from, row_stride * item, rows, n, sizeof(T));
  } else {
    for (std::int64_t r = 0; r < rows; ++r, to += n, from += row_stride) {
      if (stride == 0)
        fill_row(to, from, n);
      else if (stride == -1)
        reverse_row(to, from - (n - 1), n);
      else
        for (std::int64_t i = 0; i < n; ++i) to[i] = from[i * stride];
    }
  }
}

// Row by row: as good as any order when the input is dense along the rows, or constant.
template <class T>
void copy_rows(const Walk& walk, const T* from, T* to) {
  const int outer = walk.rank - 1;
  const std::int64_t n = walk.dims[outer], stride = walk.strides[outer];
  const std::int64_t rows = walk.elements / n;
  constexpr std::int64_t grain = 1 << 16;
  if (rows == 1) {
    parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
      copy_equal_rows(to + begin, from + begin * stride, 1, 0, end - begin, stride);
    });
    return;
  }
  parallel_for(rows, std::max<std::int64_t>(1, grain / n), [&](std::int64_t begin, std::int64_t end) {
    // Those of the last dimension but one together.
    const std::int64_t together = walk.dims[outer - 1], between = walk.strides[outer - 1];
    Counter at(walk.dims, walk.strides, outer - 1, begin / together);
    for (std::int64_t row = begin, first = begin % together; row < end; first = 0, at.next()) {
      const std::int64_t some = std::min(together - first, end - row);
      copy_equal_rows(to + row * n, from + at.offset() + first * between, some, between, n, stride);
      row += some;
    }
  });
}

// The input is dense along one dimension, the output along the last: both are read and written in blocks, so
// that no cache line is fetched for one element only.
template <class T>
void copy_transposed(const Walk& walk, const T* from, T* to) {
  std::int64_t out_strides[max_rank], dims[max_rank], in_outer[max_rank], out_outer[max_rank];
  row_major_strides({walk.dims, static_cast<std::size_t>(walk.rank)}, out_strides);
  int outer = 0;
  for (int d = 0; d < walk.rank - 1; ++d) {
    if (d == walk.dense) continue;
    dims[outer] = walk.dims[d];
    in_outer[outer] = walk.strides[d];
    out_outer[outer++] = out_strides[d];
  }
  // Squares of so many blocks a side touch few enough pages for the processor to know where they all are.
  constexpr std::int64_t block = TransposeBlock<T>::size, square = 8 * block;
  const std::int64_t rows = walk.dims[walk.dense], columns = walk.dims[walk.rank - 1];
  const std::int64_t in_stride = walk.strides[walk.rank - 1], out_stride = out_strides[walk.dense];
  const std::int64_t down = (rows + square - 1) / square, across = (columns + square - 1) / square;
  const std::int64_t planes = walk.elements / (rows * columns);
  const std::int64_t work = std::min(rows, square) * std::min(columns, square);
  parallel_for(planes * down * across, std::max<std::int64_t>(1, 16384 / work),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t t = begin; t < end; ++t) {
                   const std::int64_t plane = t / (down * across), i0 = t / across % down * square,
                                      j0 = t % across * square;
                   const T* in = from + Counter(dims, in_outer, outer, plane).offset();
                   T* out = to + Counter(dims, out_outer, outer, plane).offset();
                   for (std::int64_t i = i0; i < std::min(rows, i0 + square); i += block)
                     for (std::int64_t j = j0; j < std::min(columns, j0 + square); j += block)
                       TransposeBlock<T>::run(in + i + j * in_stride, in_stride, out + i * out_stride + j,
                                              out_stride, std::min(block, rows - i),
                                              std::min(block, columns - j));
                 }
               });
}

template <std::size_t Bytes>
void copy(const Walk& walk, const void* from, void* to) {
  using T = Unit<Bytes>;
  const T* in = static_cast<const T*>(from) + walk.offset;
  if (walk.dense >= 0)
    copy_transposed(walk, in, static_cast<T*>(to));
  else
    copy_rows(walk, in, static_cast<T*>(to));
}

// Few elements that stay together move as one larger unit.
void widen(Walk& walk) {
  const int last = walk.rank - 1;
  const std::int64_t n = walk.dims[last];
  const std::size_t bytes = walk.item * static_cast<std::size_t>(n);
  if (last == 0 || walk.strides[last] != 1 || bytes > 16 || (bytes & (bytes - 1)) != 0 ||
      walk.offset % n != 0)
    return;
  for (int d = 0; d < last; ++d)
    if (walk.strides[d] % n != 0) return;
  for (int d = 0; d < last; ++d) walk.strides[d] /= n;
  walk.offset /= n;
  walk.elements /= n;
  walk.item = bytes;
  --walk.rank;
}

}  // namespace

Walk walk_of(const ShapeDtype& out, const traits::View& view) {
  Walk walk;
  walk.item = size_of(out.dtype);
  walk.offset = view.offset;
  walk.elements = out.shape.elements();
  if (walk.elements == 0) return walk;
  for (int d = 0; d < out.shape.rank(); ++d) {
    const std::int64_t extent = out.shape[d], stride = view.strides[static_cast<std::size_t>(d)];
    if (extent == 1) continue;
    if (walk.rank > 0 && walk.strides[walk.rank - 1] == stride * extent) {
      walk.dims[walk.rank - 1] *= extent;
      walk.strides[walk.rank - 1] = stride;
    } else {
      walk.dims[walk.rank] = extent;
      walk.strides[walk.rank++] = stride;
    }
  }
  if (walk.rank == 0) {
    walk.dims[0] = 1;
    walk.strides[walk.rank++] = 1;
  }
  widen(walk);
  const std::int64_t inner = walk.strides[walk.rank - 1];
  if (inner > 1 || inner < -1)
    for (int d = 0; d + 1 < walk.rank; ++d)
      if (walk.strides[d] == 1) walk.dense = d;
  return walk;
}

void copy_view(const Walk& walk, const void* from, void* to) {
  if (walk.elements == 0) return;
  switch (walk.item) {
    case 1:
      return copy<1>(walk, from, to);
    case 2:
      return copy<2>(walk, from, to);
    case 4:
      return copy<4>(walk, from, to);
    case 8:
      return copy<8>(walk, from, to);
    default:
      return copy<16>(walk, from, to);
  }
}

}  // namespace copse::shaping
