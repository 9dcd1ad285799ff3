// Pooling: windows one after the other, channels by vectors.
#include "../pool_kernel.hpp"

#include <type_traits>

namespace copse::pooling {
namespace {

template <class T>
using Compute = std::conditional_t<std::is_same_v<T, bfloat16>, float, T>;
template <class T>
using Index = std::conditional_t<sizeof(Compute<T>) == 8, std::int64_t, std::int32_t>;

// bfloat16 by integer arithmetic on the bits, which compilers vectorise.
template <class T>
[[gnu::always_inline]] inline Compute<T> load(const T& x) {
  if constexpr (std::is_same_v<T, bfloat16>)
    return __builtin_bit_cast(float, static_cast<std::uint32_t>(x.bits) << 16);
  else
    return x;
}
template <class T>
[[gnu::always_inline]] inline void store(T& to, Compute<T> value) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    const std::uint32_t word = __builtin_bit_cast(std::uint32_t, value);
    const bool is_nan = (word & 0x7fffffffu) > 0x7f800000u;
    to.bits = static_cast<std::uint16_t>(is_nan ? 0x7fc0u : (word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
  } else {
    to = value;
  }
}

template <class T>
[[gnu::always_inline]] inline T lowest() {
  if constexpr (std::is_same_v<T, bfloat16>)
    return __builtin_bit_cast(bfloat16, std::uint16_t{0xff80});
  else if constexpr (std::is_same_v<T, float>)
    return -__builtin_inff();
  else if constexpr (std::is_same_v<T, double>)
    return -__builtin_inf();
  else if constexpr (static_cast<T>(-1) < T{})
    return static_cast<T>(T{1} << (8 * sizeof(T) - 1));
  else
    return T{};
}

// `yes` where a later element takes the place of the largest so far, which a nan does unless one is there
// already. Choices between values, not conditions joined by operators: of those GCC makes branches, and no
// vectors.
template <class C, class R>
[[gnu::always_inline]] inline R if_beats(C later, C best, R yes, R no) {
  if constexpr (std::is_floating_point_v<C>) {
    const R of_numbers = later > best ? yes : no, of_nan = best == best ? yes : no;
    return later == later ? of_numbers : of_nan;
  } else {
    return later > best ? yes : no;
  }
}
template <class C>
[[gnu::always_inline]] inline C larger(C later, C best) {
  if constexpr (std::is_floating_point_v<C>) {
    const C of_numbers = later > best ? later : best;
    return later == later ? of_numbers : later;
  } else {
    return later > best ? later : best;
  }
}
// `yes` where x is what `larger` made of a window.
template <class C>
[[gnu::always_inline]] inline C if_largest(C x, C best, C yes, C no) {
  if constexpr (std::is_floating_point_v<C>) {
    const C of_nan = x == x ? no : yes;
    return x == best ? yes : of_nan;
  } else {
    return x == best ? yes : no;
  }
}

constexpr std::int64_t chunk = 128;  // channels whose results so far are kept at hand

// The taps of an output that lie inside the input, as offsets of elements from the image's start.
struct Window {
  std::int64_t first[3], last[3];  // of the input's positions, last excluded
  const PoolShape& s;

  Window(const PoolShape& shape, std::int64_t o0, std::int64_t o1) : s(shape) {
    along(0, o0);
    along(1, o1);
  }
  void along(int d, std::int64_t o) {
    const std::int64_t from = o * s.stride[d] - s.low[d], to = from + s.window[d];
    first[d] = from < 0 ? 0 : from;
    last[d] = to > s.in[d] ? s.in[d] : to;
  }
  bool empty() const { return first[0] >= last[0] || first[1] >= last[1] || first[2] >= last[2]; }
  bool square() const {
    return last[0] - first[0] == 1 && last[1] - first[1] == 2 && last[2] - first[2] == 2;
  }
  std::int64_t at(std::int64_t i0, std::int64_t i1, std::int64_t i2) const {
    return ((i0 * s.in[1] + i1) * s.in[2] + i2) * s.channels;
  }
  template <class F>
  [[gnu::always_inline]] void each(F&& f) const {
    std::int32_t tap = 0;
    for (std::int64_t i0 = first[0]; i0 < last[0]; ++i0)
      for (std::int64_t i1 = first[1]; i1 < last[1]; ++i1)
        for (std::int64_t i2 = first[2]; i2 < last[2]; ++i2) f(at(i0, i1, i2), tap++);
  }
};

template <class T>
struct Loops {
  using C = Compute<T>;
  using I = Index<T>;

  // Calls f(image, window, output) for all outputs of a row.
  template <class F>
  [[gnu::always_inline]] static void row(const PoolShape& s, std::int64_t n, std::int64_t o0, std::int64_t o1,
                                         F&& f) {
    Window w(s, o0, o1);
    const std::int64_t image = n * s.in[0] * s.in[1] * s.in[2] * s.channels;
    std::int64_t output = ((n * s.out[0] + o0) * s.out[1] + o1) * s.out[2] * s.channels;
    for (std::int64_t o2 = 0; o2 < s.out[2]; ++o2, output += s.channels) {
      w.along(2, o2);
      f(image, w, output);
    }
  }
  template <class F>
  [[gnu::always_inline]] static void rows(const PoolShape& s, std::int64_t begin, std::int64_t end, F&& f) {
    for (std::int64_t r = begin; r < end; ++r)
      row(s, r / (s.out[0] * s.out[1]), r / s.out[1] % s.out[0], r % s.out[1], f);
  }

  // The number of the first largest tap, for some channels.
  static void find(const Window& w, const T* x, std::int64_t count, I* index) {
    C best[chunk];
    w.each([&](std::int64_t at, std::int32_t tap) {
      const T* from = x + at;
      if (tap == 0) {
#pragma GCC ivdep
        for (std::int64_t c = 0; c < count; ++c) {
          best[c] = load(from[c]);
          index[c] = 0;
        }
      } else {
#pragma GCC ivdep
        for (std::int64_t c = 0; c < count; ++c) {
          const C later = load(from[c]);
          index[c] = if_beats<C, I>(later, best[c], static_cast<I>(tap), index[c]);
          best[c] = larger(later, best[c]);
        }
      }
    });
  }

  static void max(const PoolShape& s, const void* a, const void*, void* out, std::int64_t begin,
                  std::int64_t end) {
    const T* x = static_cast<const T*>(a);
    rows(s, begin, end, [&](std::int64_t image, const Window& w, std::int64_t output) {
      T* y = static_cast<T*>(out) + output;
      if (w.empty()) {
        for (std::int64_t c = 0; c < s.channels; ++c) y[c] = lowest<T>();
      } else if (w.square()) {
        const T *p = x + image + w.at(w.first[0], w.first[1], w.first[2]), *q = p + s.channels,
                *r = p + s.in[2] * s.channels, *t = r + s.channels;
#pragma GCC ivdep
        for (std::int64_t c = 0; c < s.channels; ++c) {
          const C a0 = load(p[c]), a1 = load(q[c]), a2 = load(r[c]), a3 = load(t[c]);
          store(y[c], larger(a3, larger(a2, larger(a1, a0))));
        }
      } else {
        w.each([&](std::int64_t at, std::int32_t tap) {
          const T* from = x + image + at;
          if (tap == 0) {
            for (std::int64_t c = 0; c < s.channels; ++c) y[c] = from[c];
          } else {
#pragma GCC ivdep
            for (std::int64_t c = 0; c < s.channels; ++c) {
              const C later = load(from[c]), best = load(y[c]);
              store(y[c], larger(later, best));
            }
          }
        });
      }
    });
  }

  static void gather(const PoolShape& s, const void* a, const void* b, void* out, std::int64_t begin,
                     std::int64_t end) {
    const T *x = static_cast<const T*>(a), *t = static_cast<const T*>(b);
    rows(s, begin, end, [&](std::int64_t image, const Window& w, std::int64_t output) {
      T* y = static_cast<T*>(out) + output;
      if (w.empty()) {
        for (std::int64_t c = 0; c < s.channels; ++c) y[c] = T{};
        return;
      }
      for (std::int64_t c0 = 0; c0 < s.channels; c0 += chunk) {
        const std::int64_t count = s.channels - c0 < chunk ? s.channels - c0 : chunk;
        I index[chunk];
        find(w, x + image + c0, count, index);
        w.each([&](std::int64_t at, std::int32_t tap) {
          const T* from = t + image + at + c0;
          T* to = y + c0;
          for (std::int64_t c = 0; c < count; ++c) to[c] = index[c] == static_cast<I>(tap) ? from[c] : to[c];
        });
      }
    });
  }

  // Windows that cover the input without meeting need neither zeros beforehand nor sums.
  static bool tiled(const PoolShape& s) {
    bool all = true;
    for (int d = 0; d < 3; ++d)
      all = all && s.low[d] == 0 && s.stride[d] == s.window[d] && s.in[d] == s.out[d] * s.window[d];
    return all;
  }

  template <class F>
  [[gnu::always_inline]] static void images(const PoolShape& s, void* out, std::int64_t begin,
                                            std::int64_t end, F&& f) {
    if (!tiled(s)) {
      const std::int64_t size = s.in[0] * s.in[1] * s.in[2] * s.channels;
      T* to = static_cast<T*>(out);
      for (std::int64_t i = begin * size; i < end * size; ++i) to[i] = T{};
    }
    for (std::int64_t n = begin; n < end; ++n)
      for (std::int64_t o0 = 0; o0 < s.out[0]; ++o0)
        for (std::int64_t o1 = 0; o1 < s.out[1]; ++o1) row(s, n, o0, o1, f);
  }

  static void scatter(const PoolShape& s, const void* a, const void* b, void* out, std::int64_t begin,
                      std::int64_t end) {
    const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b);
    T* to = static_cast<T*>(out);
    const bool alone = tiled(s);
    images(s, out, begin, end, [&](std::int64_t image, const Window& w, std::int64_t output) {
      if (w.empty()) return;
      if (alone && w.square()) {
        const std::int64_t at = image + w.at(w.first[0], w.first[1], w.first[2]),
                           below = s.in[2] * s.channels;
        const T *p = x + at, *q = p + s.channels, *r = p + below, *t = r + s.channels, *from = y + output;
        T *p_to = to + at, *q_to = p_to + s.channels, *r_to = p_to + below, *t_to = r_to + s.channels;
#pragma GCC ivdep
        for (std::int64_t c = 0; c < s.channels; ++c) {
          const C a0 = load(p[c]), a1 = load(q[c]), a2 = load(r[c]), a3 = load(t[c]);
          const C best = larger(a3, larger(a2, larger(a1, a0))), g = load(from[c]), zero{};
          // What is left of g for the taps that come later.
          const C rest1 = if_largest(a0, best, zero, g), rest2 = if_largest(a1, best, zero, rest1),
                  rest3 = if_largest(a2, best, zero, rest2);
          store(p_to[c], if_largest(a0, best, g, zero));
          store(q_to[c], if_largest(a1, best, rest1, zero));
          store(r_to[c], if_largest(a2, best, rest2, zero));
          store(t_to[c], rest3);
        }
        return;
      }
      for (std::int64_t c0 = 0; c0 < s.channels; c0 += chunk) {
        const std::int64_t count = s.channels - c0 < chunk ? s.channels - c0 : chunk;
        I index[chunk];
        find(w, x + image + c0, count, index);
        const T* from = y + output + c0;
        w.each([&](std::int64_t at, std::int32_t tap) {
          T* here = to + image + at + c0;
          if (alone) {
            for (std::int64_t c = 0; c < count; ++c)
              here[c] = index[c] == static_cast<I>(tap) ? from[c] : T{};
          } else {
#pragma GCC ivdep
            for (std::int64_t c = 0; c < count; ++c) {
              const C there = load(here[c]);
              store(here[c], index[c] == static_cast<I>(tap) ? static_cast<C>(there + load(from[c])) : there);
            }
          }
        });
      }
    });
  }

  static void sum(const PoolShape& s, const void* a, const void*, void* out, std::int64_t begin,
                  std::int64_t end) {
    const T* x = static_cast<const T*>(a);
    rows(s, begin, end, [&](std::int64_t image, const Window& w, std::int64_t output) {
      T* y = static_cast<T*>(out) + output;
      for (std::int64_t c0 = 0; c0 < s.channels; c0 += chunk) {
        const std::int64_t count = s.channels - c0 < chunk ? s.channels - c0 : chunk;
        C total[chunk];
        for (std::int64_t c = 0; c < count; ++c) total[c] = C{};
        if (!w.empty()) {
          w.each([&](std::int64_t at, std::int32_t) {
            const T* from = x + image + at + c0;
#pragma GCC ivdep
            for (std::int64_t c = 0; c < count; ++c) total[c] = static_cast<C>(total[c] + load(from[c]));
          });
        }
        for (std::int64_t c = 0; c < count; ++c) store(y[c0 + c], total[c]);
      }
    });
  }

  static void spread(const PoolShape& s, const void* a, const void*, void* out, std::int64_t begin,
                     std::int64_t end) {
    const T* y = static_cast<const T*>(a);
    const bool alone = tiled(s);
    images(s, out, begin, end, [&](std::int64_t image, const Window& w, std::int64_t output) {
      if (w.empty()) return;
      const T* from = y + output;
      w.each([&](std::int64_t at, std::int32_t) {
        T* here = static_cast<T*>(out) + image + at;
        if (alone) {
          for (std::int64_t c = 0; c < s.channels; ++c) here[c] = from[c];
        } else {
#pragma GCC ivdep
          for (std::int64_t c = 0; c < s.channels; ++c)
            store(here[c], static_cast<C>(load(here[c]) + load(from[c])));
        }
      });
    });
  }
};

template <class T>
constexpr void fill(PoolTable& table) {
  constexpr int d = static_cast<int>(dtype_of<T>);
  table.at[static_cast<int>(PoolKind::max)][d] = Loops<T>::max;
  table.at[static_cast<int>(PoolKind::scatter)][d] = Loops<T>::scatter;
  table.at[static_cast<int>(PoolKind::gather)][d] = Loops<T>::gather;
  table.at[static_cast<int>(PoolKind::sum)][d] = Loops<T>::sum;
  table.at[static_cast<int>(PoolKind::spread)][d] = Loops<T>::spread;
}

constexpr PoolTable make_table() {
  PoolTable table{};
  fill<std::uint8_t>(table);
  fill<std::uint32_t>(table);
  fill<std::int32_t>(table);
  fill<std::int64_t>(table);
  fill<bfloat16>(table);
  fill<float>(table);
  fill<double>(table);
  return table;
}

constexpr PoolTable table = make_table();

}  // namespace

namespace COPSE_ISA {
const PoolTable& pool_table() { return table; }
}  // namespace COPSE_ISA

}  // namespace copse::pooling
