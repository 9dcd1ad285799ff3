// Loops of the reductions.
#include "../reduction/reduce.hpp"

#include <cstring>
#include <limits>

#include "../elementwise/loops.hpp"

namespace copse::reduction {
namespace {

using elementwise::Compute;
using elementwise::load;
using elementwise::store;

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

template <class T, int Bytes = vector_bytes>
struct Vector {
  typedef T type __attribute__((vector_size(Bytes)));
  static constexpr std::int64_t width = Bytes / static_cast<int>(sizeof(T));
};

template <class Op, class T>
using Total = std::conditional_t<Op::wide && floating<Compute<T>>, double, Compute<T>>;

template <class Op, class T>
void start(void* to, std::int64_t n) {
  auto* totals = static_cast<Total<Op, T>*>(to);
  for (std::int64_t i = 0; i < n; ++i) totals[i] = Op::template neutral<Total<Op, T>>;
}

template <class Op, class T>
void merge(void* to, const void* from, std::int64_t n) {
  auto* totals = static_cast<Total<Op, T>*>(to);
  const auto* more = static_cast<const Total<Op, T>*>(from);
  for (std::int64_t i = 0; i < n; ++i) totals[i] = Op::combine(totals[i], more[i]);
}

template <class Op, class T>
void finish(const void* from, void* to, std::int64_t n) {
  const auto* totals = static_cast<const Total<Op, T>*>(from);
  T* out = static_cast<T*>(to);
  for (std::int64_t i = 0; i < n; ++i) store(out[i], static_cast<Compute<T>>(totals[i]));
}

template <class T, int Bytes = vector_bytes>
COPSE_INLINE typename Vector<T, Bytes>::type load_vector_of(const T* x) {
  typename Vector<T, Bytes>::type v;
  __builtin_memcpy(&v, x, sizeof v);
  return v;
}

// How many elements are added up in vectors before the total takes them: however narrow the vectors are, each
// lane adds no more than 64 (of float) one after the other, which keeps the rounding errors of long sums
// small.
constexpr std::int64_t run_length = 64 * vector_bytes;
static_assert(row_block % run_length == 0);

// The square of a value, rounded before anything is added to it: a barrier keeps the compiler from fusing
// both.
template <class V>
COPSE_INLINE V rounded_square(V x) {
  V y = x * x;
#if defined(__AVX512F__)
  asm("" : "+v"(y));
#elif defined(__SSE2__)
  asm("" : "+x"(y));
#endif
  return y;
}

// At most run_length elements: four vectors of running results, then their lanes in pairs.
template <class Op, class T, bool squared = false>
COPSE_INLINE Total<Op, T> reduce_run(const T* x, std::int64_t n) {
  const auto load_vector = []<int Bytes = vector_bytes>(const T* from) {
    const auto v = load_vector_of<T, Bytes>(from);
    if constexpr (squared)
      return rounded_square(v);
    else
      return v;
  };
  using R = Total<Op, T>;
  using Narrow = typename Vector<T, 16>::type;
  constexpr std::int64_t width = Vector<T>::width, narrow = Vector<T, 16>::width;
  R total = Op::template neutral<R>;
  std::int64_t i = 0;
  if (n >= narrow) {
    Narrow sum;
    if (n >= width) {
      auto a = load_vector(x);
      i = width;
      if (n >= 4 * width) {
        auto b = load_vector(x + width), c = load_vector(x + 2 * width), d = load_vector(x + 3 * width);
        for (i = 4 * width; i + 4 * width <= n; i += 4 * width) {
          a = Op::combine(a, load_vector(x + i));
          b = Op::combine(b, load_vector(x + i + width));
          c = Op::combine(c, load_vector(x + i + 2 * width));
          d = Op::combine(d, load_vector(x + i + 3 * width));
        }
        a = Op::combine(Op::combine(a, b), Op::combine(c, d));
      }
      for (; i + width <= n; i += width) a = Op::combine(a, load_vector(x + i));
      if constexpr (vector_bytes == 16) {
        sum = a;
      } else {
        Narrow part[vector_bytes / 16];
        __builtin_memcpy(part, &a, sizeof a);
        if constexpr (vector_bytes == 32)
          sum = Op::combine(part[0], part[1]);
        else
          sum = Op::combine(Op::combine(part[0], part[1]), Op::combine(part[2], part[3]));
      }
    } else {
      sum = load_vector.template operator()<16>(x);
      i = narrow;
    }
    for (; i + narrow <= n; i += narrow) sum = Op::combine(sum, load_vector.template operator()<16>(x + i));
    total = Op::combine(static_cast<R>(sum[0]), static_cast<R>(sum[1]));
    if constexpr (narrow == 4)
      total = Op::combine(total, Op::combine(static_cast<R>(sum[2]), static_cast<R>(sum[3])));
  }
  for (; i < n; ++i) total = Op::combine(total, static_cast<R>(squared ? rounded_square(x[i]) : x[i]));
  return total;
}

template <class Op, class T, bool squared = false>
COPSE_INLINE Total<Op, T> reduce_runs(Total<Op, T> total, const T* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += run_length)
    total = Op::combine(total, reduce_run<Op, T, squared>(x + i, n - i < run_length ? n - i : run_length));
  return total;
}

template <class Op, class T, bool squared = false>
void rows_loop(const void* from, std::int64_t stride, std::int64_t rows, std::int64_t n, void* to) {
  const T* x = static_cast<const T*>(from);
  auto* totals = static_cast<Total<Op, T>*>(to);
  for (std::int64_t r = 0; r < rows; ++r, x += stride) {
    Total<Op, T> total = totals[r];
    if constexpr (std::is_same_v<T, bfloat16>) {
      float block[row_block];
      for (std::int64_t i = 0; i < n; i += row_block) {
        const std::int64_t m = n - i < row_block ? n - i : row_block;
        for (std::int64_t j = 0; j < m; ++j) block[j] = load(x[i + j]);
        total = reduce_runs<Op, float>(total, block, m);
      }
    } else if constexpr (floating<T>) {
      total = reduce_runs<Op, T, squared>(total, x, n);
    } else {
      for (std::int64_t i = 0; i < n; ++i) total = Op::combine(total, x[i]);
    }
    totals[r] = total;
  }
}

// At most column_block rows, four at a time.
template <class Op, class T>
COPSE_INLINE void sum_rows(const T* x, std::int64_t stride, std::int64_t rows, std::int64_t n,
                           Compute<T>* sums) {
  std::int64_t r = 1;
  if (rows >= 4) {
    const T *a = x, *b = a + stride, *c = b + stride, *d = c + stride;
    for (std::int64_t j = 0; j < n; ++j)
      sums[j] = Op::combine(Op::combine(load(a[j]), load(b[j])), Op::combine(load(c[j]), load(d[j])));
    r = 4;
  } else {
    for (std::int64_t j = 0; j < n; ++j) sums[j] = load(x[j]);
  }
  for (; r + 4 <= rows; r += 4) {
    const T *a = x + r * stride, *b = a + stride, *c = b + stride, *d = c + stride;
    for (std::int64_t j = 0; j < n; ++j)
      sums[j] = Op::combine(
          sums[j], Op::combine(Op::combine(load(a[j]), load(b[j])), Op::combine(load(c[j]), load(d[j]))));
  }
  for (; r < rows; ++r) {
    const T* a = x + r * stride;
    for (std::int64_t j = 0; j < n; ++j) sums[j] = Op::combine(sums[j], load(a[j]));
  }
}

template <class Op, class T>
void columns_loop(const void* from, std::int64_t stride, std::int64_t rows, std::int64_t n, void* to) {
  const T* x = static_cast<const T*>(from);
  auto* totals = static_cast<Total<Op, T>*>(to);
  Compute<T> sums[most_columns];
  // Several narrow rows make one that is wide enough for vectors.
  constexpr std::int64_t wide = 64;
  const std::int64_t together = n < wide && stride == n ? wide / n : 1;
  const std::int64_t width = together * n;
  while (rows >= together) {
    const std::int64_t times = rows / together < column_block ? rows / together : column_block;
    sum_rows<Op, T>(x, together * stride, times, width, sums);
    for (std::int64_t i = n; i < width; i += n)
      for (std::int64_t j = 0; j < n; ++j) sums[j] = Op::combine(sums[j], sums[i + j]);
    for (std::int64_t j = 0; j < n; ++j)
      totals[j] = Op::combine(totals[j], static_cast<Total<Op, T>>(sums[j]));
    x += times * together * stride;
    rows -= times * together;
  }
  if (rows > 0) {
    sum_rows<Op, T>(x, stride, rows, n, sums);
    for (std::int64_t j = 0; j < n; ++j)
      totals[j] = Op::combine(totals[j], static_cast<Total<Op, T>>(sums[j]));
  }
}

template <class Op, class T>
Loops make_loops() {
  decltype(Loops::rows_of_squares) squares = nullptr;
  if constexpr (std::is_same_v<Op, Sum> && std::is_same_v<T, float>) squares = rows_loop<Op, T, true>;
  return {static_cast<std::int64_t>(sizeof(Total<Op, T>)),
          start<Op, T>,
          rows_loop<Op, T>,
          squares,
          columns_loop<Op, T>,
          merge<Op, T>,
          finish<Op, T>};
}

}  // namespace

namespace COPSE_ISA {

const LoopTable& loop_table() {
  static const LoopTable table = [] {
    LoopTable t;
    each_reduction([&]<class Op>() {
      elementwise::each_dtype([&]<class T>(std::size_t d) {
        if constexpr ((Op::operand == Operand::boolean) == std::is_same_v<T, bool>)
          t.at[static_cast<int>(op_of<Op>)][d] = make_loops<Op, T>();
      });
    });
    return t;
  }();
  return table;
}

}  // namespace COPSE_ISA
}  // namespace copse::reduction
