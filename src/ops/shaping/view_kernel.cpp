#include "view_kernel.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "copse/core/threads.hpp"

namespace copse::shaping {
namespace {

// A walk over the output in row-major order: extents, and strides of the input.
struct Walk {
  std::vector<std::int64_t> dims, strides;
  std::int64_t offset = 0;
  std::int64_t elements = 0;
};

// Dimensions that both sides pass through in one stride become one; those of extent 1 go.
Walk collapse(const Shape& shape, const View& view) {
  Walk walk;
  walk.offset = view.offset;
  walk.elements = shape.elements();
  for (int d = 0; d < shape.rank(); ++d) {
    const std::int64_t stride = view.strides[static_cast<std::size_t>(d)];
    if (shape[d] == 1) continue;
    if (!walk.dims.empty() && walk.strides.back() == stride * shape[d]) {
      walk.dims.back() *= shape[d];
      walk.strides.back() = stride;
    } else {
      walk.dims.push_back(shape[d]);
      walk.strides.push_back(stride);
    }
  }
  if (walk.dims.empty()) {
    walk.dims.push_back(1);
    walk.strides.push_back(1);
  }
  return walk;
}

// Steps through some dimensions of a walk, keeping the input's offset.
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

template <class T>
void copy_row(T* to, const T* from, std::int64_t n, std::int64_t stride) {
  if (stride == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
  } else if (stride == 0) {
    std::fill_n(to, n, *from);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i * stride];
  }
}

// Row by row: as good as any order when the input is dense along the rows, or constant.
template <class T>
void copy_rows(const Walk& walk, const T* from, T* to) {
  const int outer = static_cast<int>(walk.dims.size()) - 1;
  const std::int64_t n = walk.dims.back(), stride = walk.strides.back();
  const std::int64_t rows = walk.elements / n;
  constexpr std::int64_t grain = 1 << 16;
  from += walk.offset;
  if (rows == 1) {
    parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
      copy_row(to + begin, from + begin * stride, end - begin, stride);
    });
    return;
  }
  parallel_for(rows, std::max<std::int64_t>(1, grain / n), [&](std::int64_t begin, std::int64_t end) {
    Counter at(walk.dims.data(), walk.strides.data(), outer, begin);
    for (std::int64_t row = begin; row < end; ++row, at.next())
      copy_row(to + row * n, from + at.offset(), n, stride);
  });
}

constexpr std::int64_t block = 32;

// out[i * out_stride + j] = in[i + j * in_stride] for a block that fits in the first-level cache.
template <class T>
void transpose_block(const T* from, std::int64_t in_stride, T* to, std::int64_t out_stride, std::int64_t rows,
                     std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) to[i * out_stride + j] = from[i + j * in_stride];
}

// The input is dense along dimension `dense`, the output along the last: both are read and written in blocks,
// so that no cache line is fetched for one element only.
template <class T>
void copy_transposed(const Walk& walk, int dense, const T* from, T* to) {
  const int rank = static_cast<int>(walk.dims.size());
  std::vector<std::int64_t> out_strides(static_cast<std::size_t>(rank));
  for (std::int64_t d = rank - 1, stride = 1; d >= 0; --d) {
    out_strides[static_cast<std::size_t>(d)] = stride;
    stride *= walk.dims[static_cast<std::size_t>(d)];
  }
  std::vector<std::int64_t> dims, in_strides, other_strides;
  for (int d = 0; d < rank - 1; ++d) {
    if (d == dense) continue;
    dims.push_back(walk.dims[static_cast<std::size_t>(d)]);
    in_strides.push_back(walk.strides[static_cast<std::size_t>(d)]);
    other_strides.push_back(out_strides[static_cast<std::size_t>(d)]);
  }
  const std::int64_t rows = walk.dims[static_cast<std::size_t>(dense)], columns = walk.dims.back();
  const std::int64_t in_stride = walk.strides.back(),
                     out_stride = out_strides[static_cast<std::size_t>(dense)];
  const std::int64_t bands = (rows + block - 1) / block;
  const std::int64_t planes = walk.elements / (rows * columns);
  const int outer = static_cast<int>(dims.size());
  from += walk.offset;
  parallel_for(planes * bands, std::max<std::int64_t>(1, 16384 / (block * columns)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t band = begin; band < end; ++band) {
                   const std::int64_t plane = band / bands, row = band % bands * block;
                   const T* in = from + Counter(dims.data(), in_strides.data(), outer, plane).offset() + row;
                   T* out = to + Counter(dims.data(), other_strides.data(), outer, plane).offset() +
                            row * out_stride;
                   const std::int64_t height = std::min(block, rows - row);
                   for (std::int64_t j = 0; j < columns; j += block)
                     transpose_block(in + j * in_stride, in_stride, out + j, out_stride, height,
                                     std::min(block, columns - j));
                 }
               });
}

template <class T>
void copy(const Walk& walk, int dense, const void* from, void* to) {
  if (walk.elements == 0) return;
  if (dense >= 0)
    copy_transposed(walk, dense, static_cast<const T*>(from), static_cast<T*>(to));
  else
    copy_rows(walk, static_cast<const T*>(from), static_cast<T*>(to));
}

}  // namespace

std::unique_ptr<Kernel> view_kernel(const ShapeDtype& out, const View& view) {
  Walk walk = collapse(out.shape, view);
  int dense = -1;
  if (std::abs(walk.strides.back()) > 1 && walk.dims.back() > 1) {
    for (int d = 0; d + 1 < static_cast<int>(walk.dims.size()); ++d)
      if (walk.strides[static_cast<std::size_t>(d)] == 1) dense = d;
  }
  return make_kernel(
      [walk = std::move(walk), dense, item = size_of(out.dtype)](const void* const* from, void* const* to) {
        switch (item) {
          case 1:
            return copy<std::uint8_t>(walk, dense, from[0], to[0]);
          case 2:
            return copy<std::uint16_t>(walk, dense, from[0], to[0]);
          case 4:
            return copy<std::uint32_t>(walk, dense, from[0], to[0]);
          default:
            return copy<std::uint64_t>(walk, dense, from[0], to[0]);
        }
      });
}

}  // namespace copse::shaping
