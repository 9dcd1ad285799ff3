// Loops of argmax and argmin.
#include "../reduction/arg.hpp"

#include "../elementwise/loops.hpp"

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

template <bool Largest, class T>
void arg_loop(const void* from, std::int64_t n, std::int64_t count, std::int64_t stride, std::int32_t* out) {
  const T* x = static_cast<const T*>(from);
  if (stride == 1) {
    for (std::int64_t r = 0; r < count; ++r, x += n) {
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
