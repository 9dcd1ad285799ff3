// Which kernel multiplies what, and how the work is divided among threads.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <type_traits>
#include <vector>

#include "copse/core/error.hpp"
#include "copse/core/threads.hpp"
#include "gemm.hpp"
#include "matmul.hpp"

namespace copse {
namespace {

// Below this many multiplications a second thread costs more than it brings.
constexpr std::int64_t thread_grain = 200'000;

template <class T>
void multiply_one(const gemm::Call<T>& call) {
  gemm::run(call, static_cast<T*>(gemm::scratch(gemm::scratch_elements * sizeof(T))));
}

// One matrix over all threads: by columns, so that each packs its own part of b, or by rows where there are
// few columns.
template <class T>
void multiply_split(const gemm::Call<T>& call) {
  const std::int64_t work = call.m * call.n * call.k;
  if (work < 2 * thread_grain || num_threads() == 1 || detail::in_parallel()) return multiply_one(call);
  const bool by_columns = call.n >= 64 * num_threads() || call.n > call.m;
  const std::int64_t unit = by_columns ? 32 : 1, extent = by_columns ? call.n : call.m;
  const std::int64_t units = (extent + unit - 1) / unit;
  parallel_for(units, std::max<std::int64_t>(1, thread_grain * units / work),
               [&](std::int64_t begin, std::int64_t end) {
                 gemm::Call<T> part = call;
                 part.whole_m = call.m;
                 part.whole_n = call.n;
                 const std::int64_t first = begin * unit, count = std::min(end * unit, extent) - first;
                 if (by_columns) {
                   part.n = count;
                   part.b += first * call.b_col;
                   part.c += first;
                   if (part.bias) part.bias += first;
                 } else {
                   part.m = count;
                   part.a += first * call.a_row;
                   part.c += first * call.c_row;
                 }
                 multiply_one(part);
               });
}

template <class T>
void multiply_floats(const MatMulPlan& p, const T* a, const T* b, const T* bias, T* c) {
  gemm::Call<T> call{p.m,
                     p.n,
                     p.k,
                     a,
                     p.a_row,
                     p.a_col,
                     b,
                     p.b_row,
                     p.b_col,
                     c,
                     p.n,
                     bias,
                     p.epilogue.activation == Activation::relu};
  if (p.m == 0 || p.n == 0) return;
  if (p.batch == 1) return multiply_split(call);
  const std::int64_t each = std::max<std::int64_t>(1, p.m * p.n * p.k);
  const auto some = [&](std::int64_t begin, std::int64_t end) {
    gemm::Call<T> one = call;
    for (std::int64_t i = begin; i < end; ++i) {
      one.a = a + i * p.a_batch;
      one.b = b + i * p.b_batch;
      one.c = c + i * p.m * p.n;
      multiply_split(one);
    }
  };
  if (p.batch >= num_threads())
    parallel_for(p.batch, std::max<std::int64_t>(1, thread_grain / each), some);
  else
    some(0, p.batch);
}

template <class T>
void multiply_integers(const MatMulPlan& p, const T* a, const T* b, const T* bias, T* c) {
  // Unsigned arithmetic wraps. The number of true products is true unless it is 0.
  using U = typename std::conditional_t<std::is_same_v<T, bool>, std::type_identity<std::uint64_t>,
                                        std::make_unsigned<T>>::type;
  parallel_for(p.batch * p.m, std::max<std::int64_t>(1, thread_grain / std::max<std::int64_t>(1, p.n * p.k)),
               [&](std::int64_t begin, std::int64_t end) {
                 std::vector<U> row(static_cast<std::size_t>(p.n));
                 for (std::int64_t r = begin; r < end; ++r) {
                   const std::int64_t i = r / p.m, at = r % p.m;
                   const T *x = a + i * p.a_batch + at * p.a_row, *y = b + i * p.b_batch;
                   std::fill(row.begin(), row.end(), U{});
                   for (std::int64_t q = 0; q < p.k; ++q) {
                     const U factor = static_cast<U>(x[q * p.a_col]);
                     for (std::int64_t j = 0; j < p.n; ++j) {
                       const U term = static_cast<U>(factor * static_cast<U>(y[q * p.b_row + j * p.b_col]));
                       row[static_cast<std::size_t>(j)] =
                           static_cast<U>(row[static_cast<std::size_t>(j)] + term);
                     }
                   }
                   for (std::int64_t j = 0; j < p.n; ++j) {
                     U sum = row[static_cast<std::size_t>(j)];
                     if (bias) sum = static_cast<U>(sum + static_cast<U>(bias[j]));
                     T value = static_cast<T>(sum);
                     if (p.epilogue.activation == Activation::relu && value < T{}) value = T{};
                     c[r * p.n + j] = value;
                   }
                 }
               });
}

// Elements between the first and the last that a plan reads of a side, plus one.
std::int64_t extent(std::int64_t batch, std::int64_t stride, std::int64_t rows, std::int64_t columns) {
  return (stride ? batch : 1) * rows * columns;
}

void widen(const bfloat16* from, float* to, std::int64_t count) {
  parallel_for(count, 65536, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint32_t word = static_cast<std::uint32_t>(from[i].bits) << 16;
      std::memcpy(to + i, &word, sizeof word);
    }
  });
}

void multiply_bfloat16(const MatMulPlan& p, const bfloat16* a, const bfloat16* b, const bfloat16* bias,
                       bfloat16* c, float* space) {
  const std::int64_t na = extent(p.batch, p.a_batch, p.m, p.k), nb = extent(p.batch, p.b_batch, p.k, p.n);
  float *wide_a = space, *wide_b = wide_a + na, *wide_bias = wide_b + nb, *wide_c = wide_bias + p.n;
  widen(a, wide_a, na);
  widen(b, wide_b, nb);
  if (bias) widen(bias, wide_bias, p.n);
  multiply_floats<float>(p, wide_a, wide_b, bias ? wide_bias : nullptr, wide_c);
  parallel_for(p.batch * p.m * p.n, 65536, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) c[i] = bfloat16(wide_c[i]);
  });
}

}  // namespace

MatMulPlan::MatMulPlan(const ShapeDtype& a, const ShapeDtype& b, MatMulParams params) : dtype(a.dtype) {
  const Shape &x = a.shape, &y = b.shape;
  m = x[params.transpose_a ? -1 : -2];
  k = x[params.transpose_a ? -2 : -1];
  n = y[params.transpose_b ? -2 : -1];
  const Shape& larger = x.rank() >= y.rank() ? x : y;
  for (int i = 0; i + 2 < larger.rank(); ++i) batch *= larger[i];
  a_row = params.transpose_a ? 1 : k;
  a_col = params.transpose_a ? m : 1;
  b_row = params.transpose_b ? 1 : n;
  b_col = params.transpose_b ? k : 1;
  a_batch = x.rank() > 2 ? m * k : 0;
  b_batch = y.rank() > 2 ? k * n : 0;
  if (b_batch == 0 && a_batch != 0 && !params.transpose_a) {
    m *= batch;
    batch = 1;
    a_batch = 0;
  }
}

std::size_t MatMulPlan::workspace() const noexcept {
  if (dtype != DType::bfloat16) return 0;
  return static_cast<std::size_t>(extent(batch, a_batch, m, k) + extent(batch, b_batch, k, n) + n +
                                  batch * m * n) *
         sizeof(float);
}

void MatMulPlan::run(const void* a, const void* b, const void* bias, void* c, void* workspace) const {
  dispatch(dtype, [&]<class T>() {
    const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b), *z = static_cast<const T*>(bias);
    if constexpr (std::is_same_v<T, bfloat16>)
      multiply_bfloat16(*this, x, y, z, static_cast<T*>(c), static_cast<float*>(workspace));
    else if constexpr (std::is_floating_point_v<T>)
      multiply_floats<T>(*this, x, y, z, static_cast<T*>(c));
    else
      multiply_integers<T>(*this, x, y, z, static_cast<T*>(c));
  });
}

std::unique_ptr<Kernel> prepare_matmul(const ShapeDtype& a, const ShapeDtype& b, MatMulParams params,
                                       Epilogue epilogue) {
  MatMulPlan plan(a, b, params);
  plan.epilogue = epilogue;
  return make_kernel(plan.workspace(), [plan](const void* const* in, void* const* out, void* workspace) {
    plan.run(in[0], in[1], plan.epilogue.bias ? in[2] : nullptr, out[0], workspace);
  });
}

}  // namespace copse
