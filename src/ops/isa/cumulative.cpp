// Loops of the running totals.
#include "../reduction/cumulative.hpp"

#include "../elementwise/loops.hpp"

namespace copse::reduction {
namespace {

using elementwise::Compute;
using elementwise::load;
using elementwise::store;
using elementwise::Wrap;

template <class T>
using Precise = std::conditional_t<std::is_floating_point_v<T>, double, T>;

struct RunningSum {
  template <class T>
  using Total = Precise<T>;
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    return static_cast<T>(static_cast<Wrap<T>>(a) + static_cast<Wrap<T>>(b));
  }
};
struct RunningProd {
  template <class T>
  using Total = Precise<T>;
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    return static_cast<T>(static_cast<Wrap<T>>(a) * static_cast<Wrap<T>>(b));
  }
};
struct RunningMax {
  template <class T>
  using Total = T;
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    return ((b > a) | (b != b)) ? b : a;
  }
};
struct RunningMin {
  template <class T>
  using Total = T;
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    return ((b < a) | (b != b)) ? b : a;
  }
};
struct LogSumExp {
  template <class T>
  using Total = T;
  template <class T>
  COPSE_INLINE T combine(T a, T b) {
    const T high = a > b ? a : b, low = a > b ? b : a;
    // Equal infinities have no difference.
    return high == low ? high + static_cast<T>(0.69314718055994530942)
                       : high + scalar::log1p(scalar::exp(low - high));
  }
};

constexpr std::int64_t tile = 256;

template <class Op, class T>
void scan(const void* const* in, void* out, std::int64_t n, std::int64_t step, std::int64_t lines,
          std::int64_t pitch) {
  using R = typename Op::template Total<Compute<T>>;
  if (pitch != 1) {
    for (std::int64_t line = 0; line < lines; ++line) {
      const T* x = static_cast<const T*>(in[0]) + line * pitch;
      T* y = static_cast<T*>(out) + line * pitch;
      R total = load(*x);
      store(*y, static_cast<Compute<T>>(total));
      for (std::int64_t i = 1; i < n; ++i) {
        total = Op::combine(total, static_cast<R>(load(x[i * step])));
        store(y[i * step], static_cast<Compute<T>>(total));
      }
    }
    return;
  }
  for (std::int64_t first = 0; first < lines; first += tile) {
    const std::int64_t m = lines - first < tile ? lines - first : tile;
    const T* x = static_cast<const T*>(in[0]) + first;
    T* y = static_cast<T*>(out) + first;
    R total[tile];
    for (std::int64_t j = 0; j < m; ++j) {
      total[j] = load(x[j]);
      store(y[j], static_cast<Compute<T>>(total[j]));
    }
    for (std::int64_t i = 1; i < n; ++i) {
      x += step;
      y += step;
#pragma GCC ivdep
      for (std::int64_t j = 0; j < m; ++j) {
        total[j] = Op::combine(total[j], static_cast<R>(load(x[j])));
        store(y[j], static_cast<Compute<T>>(total[j]));
      }
    }
  }
}

template <class T>
void linear(const void* const* in, void* out, std::int64_t n, std::int64_t step, std::int64_t lines,
            std::int64_t pitch) {
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]);
  T* y = static_cast<T*>(out);
  if (pitch != 1) {
    for (std::int64_t line = 0; line < lines; ++line) {
      double total = 0;
      for (std::int64_t i = 0, at = line * pitch; i < n; ++i, at += step) {
        total = static_cast<double>(load(b[at])) + (i == 0 ? 0.0 : static_cast<double>(load(a[at])) * total);
        store(y[at], static_cast<Compute<T>>(total));
      }
    }
    return;
  }
  for (std::int64_t first = 0; first < lines; first += tile) {
    const std::int64_t m = lines - first < tile ? lines - first : tile;
    double total[tile];
    std::int64_t at = first;
    for (std::int64_t j = 0; j < m; ++j) {
      total[j] = load(b[at + j]);
      store(y[at + j], static_cast<Compute<T>>(total[j]));
    }
    for (std::int64_t i = 1; i < n; ++i) {
      at += step;
#pragma GCC ivdep
      for (std::int64_t j = 0; j < m; ++j) {
        total[j] = static_cast<double>(load(b[at + j])) + static_cast<double>(load(a[at + j])) * total[j];
        store(y[at + j], static_cast<Compute<T>>(total[j]));
      }
    }
  }
}

}  // namespace

namespace COPSE_ISA {

const ScanTable& scan_table() {
  static const ScanTable table = [] {
    ScanTable t;
    const auto put = [&](ScanOp op, std::size_t d, ScanLoop loop) { t.at[static_cast<int>(op)][d] = loop; };
    elementwise::each_dtype([&]<class T>(std::size_t d) {
      put(ScanOp::max, d, scan<RunningMax, T>);
      put(ScanOp::min, d, scan<RunningMin, T>);
      if constexpr (!std::is_same_v<T, bool>) {
        put(ScanOp::sum, d, scan<RunningSum, T>);
        put(ScanOp::prod, d, scan<RunningProd, T>);
      }
      if constexpr (elementwise::is_float<Compute<T>>) {
        put(ScanOp::logsumexp, d, scan<LogSumExp, T>);
        put(ScanOp::linear, d, linear<T>);
      }
    });
    return t;
  }();
  return table;
}

}  // namespace COPSE_ISA
}  // namespace copse::reduction
