// Loops of argmax and argmin.
#include "../reduction/arg.hpp"

#include "../elementwise/loops.hpp"
#include "../linalg/isa/vector.hpp"

namespace copse::reduction {
namespace {

using elementwise::Compute;
using elementwise::load;

template <bool Largest, class T>
COPSE_INLINE bool better(T candidate, T best) {
  const bool beats = Largest ? candidate > best : candidate < best;
  return beats | ((candidate != candidate) & (best == best));
}

// One after another.
template <bool Largest, class T>
COPSE_INLINE std::int32_t short_row(const T* x, std::int64_t n) {
  std::int32_t at = 0;
  Compute<T> best = load(x[0]);
  for (std::int64_t i = 1; i < n; ++i) {
    const Compute<T> v = load(x[i]);
    const bool take = better<Largest>(v, best);
    best = take ? v : best;
    at = take ? static_cast<std::int32_t>(i) : at;
  }
  return at;
}

// The extreme value first, by vectors; then its first place.
template <bool Largest, class T>
COPSE_INLINE std::int32_t long_row(const T* x, std::int64_t n) {
  const Loops& loops =
      COPSE_ISA::loop_table()
          .at[static_cast<int>(Largest ? ReduceOp::max : ReduceOp::min)][static_cast<int>(dtype_of<T>)];
  Compute<T> best;
  loops.start(&best, 1);
  loops.rows(x, n, 1, n, &best);
  std::int64_t at = 0;
  if (best != best) {
    while (load(x[at]) == load(x[at])) ++at;
    return static_cast<std::int32_t>(at);
  }
  for (constexpr std::int64_t block = 128; at + block <= n; at += block) {
    std::int32_t hits = 0;
    for (std::int64_t j = 0; j < block; ++j) hits += load(x[at + j]) == best;
    if (hits) break;
  }
  while (load(x[at]) != best) ++at;
  return static_cast<std::int32_t>(at);
}

// Rows that fit one vector: as many at once as it has lanes, turned so that each lane has a row of its own.
// Gives the number of rows done.
template <bool Largest>
COPSE_INLINE std::int64_t narrow_rows(const float* x, std::int64_t n, std::int64_t count, std::int32_t* out) {
  constexpr int L = gemm::lanes<float>;
  using V = gemm::Vector<float>;
  typedef std::int32_t I __attribute__((vector_size(sizeof(V))));
  const gemm::Lanes<float> row(n);
  std::int64_t r = 0;
  for (; r + L <= count; r += L) {
    V v[L];
#pragma GCC unroll 16
    for (int i = 0; i < L; ++i) v[i] = row.load(x + (r + i) * n);
    gemm::transpose_square<float>(v);
    V best = v[0];
    I at{};
#pragma GCC unroll 16
    for (int j = 1; j < L; ++j) {
      if (j >= n) break;
      const I not_worse =
          Largest ? v[j] <= best : v[j] >= best;  // false for a nan, which wins if it is the first
      const I take = ~not_worse & (best == best);
      best = take ? v[j] : best;
      at = take ? I{} + j : at;
    }
    __builtin_memcpy(out + r, &at, sizeof at);
  }
  return r;
}

template <bool Largest, class T>
void arg_loop(const void* from, std::int64_t n, std::int64_t count, std::int64_t stride, std::int32_t* out) {
  const T* x = static_cast<const T*>(from);
  if (stride == 1) {
    std::int64_t r = 0;
    if constexpr (std::is_same_v<T, float>)
      if (n <= gemm::lanes<float>) r = narrow_rows<Largest>(x, n, count, out);
    for (x += r * n; r < count; ++r, x += n) {
      if constexpr (std::is_same_v<T, bool>)
        out[r] = short_row<Largest>(x, n);
      else
        out[r] = n < 32 ? short_row<Largest>(x, n) : long_row<Largest>(x, n);
    }
    return;
  }
  Compute<T> best[most_columns];
  for (std::int64_t j = 0; j < count; ++j) {
    best[j] = load(x[j]);
    out[j] = 0;
  }
  for (std::int64_t i = 1; i < n; ++i) {
    x += stride;
    for (std::int64_t j = 0; j < count; ++j) {
      const Compute<T> v = load(x[j]);
      const bool take = better<Largest>(v, best[j]);
      best[j] = take ? v : best[j];
      out[j] = take ? static_cast<std::int32_t>(i) : out[j];
    }
  }
}

}  // namespace

namespace COPSE_ISA {

const ArgTable& arg_table() {
  static const ArgTable table = [] {
    ArgTable t;
    elementwise::each_dtype([&]<class T>(std::size_t d) {
      t.at[0][d] = arg_loop<false, T>;
      t.at[1][d] = arg_loop<true, T>;
    });
    return t;
  }();
  return table;
}

}  // namespace COPSE_ISA
}  // namespace copse::reduction
