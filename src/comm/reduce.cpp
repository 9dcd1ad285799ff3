// Reductions over ranks: a block of elements at a time, in the order of ranks.
#include <algorithm>
#include <cmath>

#include "copse/comm/request.hpp"

namespace copse::comm::detail {
namespace {

constexpr std::int64_t block = 1024;

// What elements are added in.
template <class T>
struct TotalOf {
  using type = T;
};
template <>
struct TotalOf<bfloat16> {
  using type = float;
};
// Integers wrap around.
template <>
struct TotalOf<std::int32_t> {
  using type = std::uint32_t;
};
template <>
struct TotalOf<std::int64_t> {
  using type = std::uint64_t;
};

template <class T>
T larger(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a > b || std::isnan(a) ? a : b;
  return a > b ? a : b;
}
template <class T>
T smaller(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a < b || std::isnan(a) ? a : b;
  return a < b ? a : b;
}

template <class T>
void reduce_as(const void* const* in, int ranks, T* out, std::int64_t count, Reduce how) {
  using Sum = typename TotalOf<T>::type;
  using Order = std::conditional_t<std::is_same_v<T, bfloat16>, float, T>;
  const auto blockwise = [&]<class Total>(Total, auto combine, auto finish) {
    Total totals[block];
    for (std::int64_t from = 0; from < count; from += block) {
      const std::int64_t n = std::min(block, count - from);
      const T* first = static_cast<const T*>(in[0]) + from;
      for (std::int64_t i = 0; i < n; ++i) totals[i] = static_cast<Total>(first[i]);
      for (int r = 1; r < ranks; ++r) {
        const T* next = static_cast<const T*>(in[r]) + from;
        for (std::int64_t i = 0; i < n; ++i) totals[i] = combine(totals[i], static_cast<Total>(next[i]));
      }
      for (std::int64_t i = 0; i < n; ++i) out[from + i] = static_cast<T>(finish(totals[i]));
    }
  };
  const auto keep = [](auto x) { return x; };
  switch (how) {
    case Reduce::sum:
      return blockwise(
          Sum{}, [](Sum a, Sum b) { return static_cast<Sum>(a + b); }, keep);
    case Reduce::mean:
      return blockwise(
          Sum{}, [](Sum a, Sum b) { return static_cast<Sum>(a + b); },
          [ranks](Sum x) { return static_cast<Sum>(x / static_cast<Sum>(ranks)); });
    case Reduce::max:
      return blockwise(
          Order{}, [](Order a, Order b) { return larger(a, b); }, keep);
    case Reduce::min:
      return blockwise(
          Order{}, [](Order a, Order b) { return smaller(a, b); }, keep);
  }
}

}  // namespace

void reduce(const void* const* in, int ranks, void* out, std::int64_t count, DType dtype, Reduce how) {
  dispatch(dtype, [&]<class T>() { reduce_as(in, ranks, static_cast<T*>(out), count, how); });
}

}  // namespace copse::comm::detail
