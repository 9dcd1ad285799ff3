// Convolutions in narrow groups, a vector of channels at a time.
#include "../channelwise.hpp"

#include "../../linalg/isa/vector.hpp"

namespace copse::convolution {
namespace {

using gemm::Lanes;
using gemm::lanes;
using gemm::load;
using gemm::splat;
using gemm::store;
using gemm::Vector;

// Outputs of a row that are summed side by side, and weights whose gradients are.
#if defined(__AVX512F__)
constexpr int most_columns = 8, most_taps = 12;
#else
constexpr int most_columns = 6, most_taps = 10;
#endif

// All lanes of a vector, or the first few.
template <class T, bool Whole>
struct Access {
  Lanes<T> some;
  [[gnu::always_inline]] explicit Access(std::int64_t count) : some(count) {}
  [[gnu::always_inline]] Vector<T> from(const T* p) const {
    if constexpr (Whole)
      return load(p);
    else
      return some.load(p);
  }
  [[gnu::always_inline]] void to(T* p, Vector<T> v) const {
    if constexpr (Whole)
      store(p, v);
    else
      some.store(p, v);
  }
};

// `Columns` outputs next to each other, of the vector of features that begins at `f`.
template <class T, int Columns, bool Whole>
void sum_columns(const ChannelSum<T>& s, std::int64_t f, const T* x, T* y) {
  const Access<T, Whole> access(s.features - f < lanes<T> ? s.features - f : lanes<T>);
  const Vector<T> start = s.bias ? access.from(s.bias + f) : Vector<T>{};
  Vector<T> acc[Columns];
#pragma GCC unroll 8
  for (int c = 0; c < Columns; ++c) acc[c] = start;
  const T* weights = s.weights + f;
  for (std::int64_t t = 0; t < s.taps; ++t, weights += s.features) {
    const Vector<T> w = access.from(weights);
    const T* from = x + s.offsets[t];
#pragma GCC unroll 8
    for (int c = 0; c < Columns; ++c) acc[c] += access.from(from + c * s.x_column) * w;
  }
#pragma GCC unroll 8
  for (int c = 0; c < Columns; ++c) {
    if (s.relu) acc[c] = acc[c] < Vector<T>{} ? Vector<T>{} : acc[c];
    access.to(y + c * s.y_column, acc[c]);
  }
}

// What is left of a row: fewer columns than are summed side by side.
template <class T, int Columns, bool Whole>
void sum_rest(const ChannelSum<T>& s, std::int64_t f, std::int64_t columns, const T* x, T* y) {
  if constexpr (Columns > 0) {
    if (columns == Columns)
      sum_columns<T, Columns, Whole>(s, f, x, y);
    else
      sum_rest<T, Columns - 1, Whole>(s, f, columns, x, y);
  }
}

template <class T, bool Whole>
void sum_vector(const ChannelSum<T>& s, std::int64_t f) {
  for (std::int64_t r = 0; r < s.rows; ++r) {
    const T* x = s.x + r * s.x_row + f;
    T* y = s.y + r * s.y_row + f;
    std::int64_t left = s.columns;
    for (; left >= most_columns; left -= most_columns) {
      sum_columns<T, most_columns, Whole>(s, f, x, y);
      x += most_columns * s.x_column;
      y += most_columns * s.y_column;
    }
    sum_rest<T, most_columns - 1, Whole>(s, f, left, x, y);
  }
}

template <class T>
void sum(const ChannelSum<T>& s) {
  std::int64_t f = 0;
  for (; f + lanes<T> <= s.features; f += lanes<T>) sum_vector<T, true>(s, f);
  if (f < s.features) sum_vector<T, false>(s, f);
}

// The gradients of `Taps` weights from tap `first` on.
template <class T, int Taps, bool Whole>
void gradient_taps(const ChannelGradient<T>& g, std::int64_t first, std::int64_t f) {
  const Access<T, Whole> access(g.features - f < lanes<T> ? g.features - f : lanes<T>);
  const std::int64_t* offsets = g.offsets + first;
  Vector<T> acc[Taps] = {};
  for (std::int64_t r = 0; r < g.rows; ++r) {
    const T* x = g.x + r * g.x_row + f;
    const T* y = g.y + r * g.y_row + f;
    for (std::int64_t c = 0; c < g.columns; ++c, x += g.x_column, y += g.y_column) {
      const Vector<T> v = access.from(y);
#pragma GCC unroll 12
      for (int t = 0; t < Taps; ++t) acc[t] += access.from(x + offsets[t]) * v;
    }
  }
  T* weights = g.weights + first * g.features + f;
#pragma GCC unroll 12
  for (int t = 0; t < Taps; ++t, weights += g.features) access.to(weights, access.from(weights) + acc[t]);
}

template <class T, int Taps, bool Whole>
void gradient_of(const ChannelGradient<T>& g, std::int64_t first, std::int64_t taps, std::int64_t f) {
  if constexpr (Taps > 0) {
    if (taps == Taps)
      gradient_taps<T, Taps, Whole>(g, first, f);
    else
      gradient_of<T, Taps - 1, Whole>(g, first, taps, f);
  }
}

template <class T>
void gradient(const ChannelGradient<T>& g) {
  const std::int64_t parts = (g.taps + most_taps - 1) / most_taps;
  for (std::int64_t f = 0; f < g.features; f += lanes<T>)
    for (std::int64_t i = 0; i < parts; ++i) {
      const std::int64_t first = g.taps * i / parts, taps = g.taps * (i + 1) / parts - first;
      if (f + lanes<T> <= g.features)
        gradient_of<T, most_taps, true>(g, first, taps, f);
      else
        gradient_of<T, most_taps, false>(g, first, taps, f);
    }
}

#if defined(__AVX512F__) || defined(__AVX2__)
constexpr bool has_permutation = true;
#else
constexpr bool has_permutation = false;
#endif

// Lane l of the result is lane index[l] of v.
template <class T>
[[gnu::always_inline]] inline Vector<T> permute(Vector<T> v, const std::int32_t* index) {
#if defined(__AVX512F__)
  const __m512i i = _mm512_loadu_si512(index);
  return (Vector<T>)_mm512_maskz_permutexvar_ps(0xFFFF, i, (__m512)v);  // GCC 12 warns of the one without
#elif defined(__AVX2__)
  const __m256i i = _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(index));
  return (Vector<T>)_mm256_permutevar8x32_ps((__m256)v, i);
#else
  (void)index;
  return v;
#endif
}

// Groups that a vector holds a whole number of, inputs and features: permutations of one vector.
template <class T>
void spread_vectors(const ChannelSpread<T>& s) {
  constexpr std::int64_t words = sizeof(T) / sizeof(std::int32_t), most_channels = lanes<T>;
  std::int32_t index[most_channels][lanes<T> * words];
  for (std::int64_t j = 0; j < s.group_channels; ++j)
    for (std::int64_t l = 0; l < lanes<T>; ++l)
      for (std::int64_t w = 0; w < words; ++w)
        index[j][l * words + w] =
            static_cast<std::int32_t>((l / s.group_features * s.group_channels + j) * words + w);
  const std::int64_t channels = s.groups * s.group_channels, features = s.groups * s.group_features;
  const T* from = s.from;
  T* to = s.to;
  for (std::int64_t p = 0; p < s.positions; ++p, from += channels, to += s.group_channels * features)
    for (std::int64_t f = 0; f < features; f += lanes<T>) {
      const std::int64_t c = f / s.group_features * s.group_channels;
      const Vector<T> v = Lanes<T>(channels - c < lanes<T> ? channels - c : lanes<T>).load(from + c);
      if (f + lanes<T> <= features) {
        for (std::int64_t j = 0; j < s.group_channels; ++j)
          store(to + j * features + f, permute<T>(v, index[j]));
      } else {
        const Lanes<T> last(features - f);
        for (std::int64_t j = 0; j < s.group_channels; ++j)
          last.store(to + j * features + f, permute<T>(v, index[j]));
      }
    }
}

template <class T>
void spread(const ChannelSpread<T>& s) {
  if (has_permutation && lanes<T> % s.group_features == 0 && s.group_channels <= s.group_features)
    return spread_vectors(s);
  const T* from = s.from;
  T* to = s.to;
  for (std::int64_t p = 0; p < s.positions; ++p, from += s.groups * s.group_channels)
    for (std::int64_t j = 0; j < s.group_channels; ++j)
      for (std::int64_t g = 0; g < s.groups; ++g)
        for (std::int64_t i = 0; i < s.group_features; ++i) *to++ = from[g * s.group_channels + j];
}

constexpr ChannelLoops<float> all_float{lanes<float>, sum<float>, gradient<float>, spread<float>};
constexpr ChannelLoops<double> all_double{lanes<double>, sum<double>, gradient<double>, spread<double>};

}  // namespace

namespace COPSE_ISA {
const ChannelLoops<float>& float_channel_loops() { return all_float; }
const ChannelLoops<double>& double_channel_loops() { return all_double; }
}  // namespace COPSE_ISA

}  // namespace copse::convolution
