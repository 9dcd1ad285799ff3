// The logarithm of the gamma function and its derivative, by Lanczos' sum for gamma(z + 1) with g = 7, on
// single numbers and on vectors of them alike: `Math` has the functions that they need.
#pragma once

#include <cmath>

#include "core/isa.hpp"
#include "traits.hpp"

namespace copse::elementwise {

/// Functions of single numbers.
struct ScalarMath {
  COPSE_INLINE auto log(auto x) { return std::log(x); }
  COPSE_INLINE auto log1p(auto x) { return std::log1p(x); }
  COPSE_INLINE auto sin(auto x) { return std::sin(x); }
  COPSE_INLINE auto tan(auto x) { return std::tan(x); }
  COPSE_INLINE auto floor(auto x) { return std::floor(x); }
};

namespace gamma {

// The sum, its derivative, and log(z + 7.5).
template <class V>
struct Lanczos {
  V sum, slope, t, log_t;
};
template <class Math, class T, class V>
COPSE_INLINE Lanczos<V> lanczos(V z) {
  constexpr double c[] = {676.520368121885098567009190444019, -1259.13921672240287047156078755283,
                          771.3234287776530788486528258894,   -176.61502916214059906584551354,
                          12.507343278686904814458936853,     -0.13857109526572011689554707,
                          9.984369578019570859563e-6,         1.50563273514931155834e-7};
  const V zero{};
  Lanczos<V> l{zero + T(0.99999999999980993227684700473478), zero, z + T(7.5), zero};
  T at = 1;
  for (const double factor : c) {
    const V part = T(factor) / (z + at);
    l.sum = l.sum + part;
    l.slope = l.slope - part / (z + at);
    at += 1;
  }
  l.log_t = Math::log1p(z / T(7.5)) + T(2.0149030205422647);  // log(7.5)
  return l;
}

}  // namespace gamma

/// log |gamma(x)|: infinite at 0, -1, -2, ... and at both infinities.
template <class Math, class T, class V>
COPSE_INLINE V gammaln(V x) {
  const V infinite = V{} + scalar::infinity<T>, size = x < T(0) ? -x : x;
  const auto l = gamma::lanczos<Math, T>(x < T(0.5) ? -x : x - T(1));
  const V z = l.t - T(7.5);
  const V y =
      T(0.9189385332046727) + (z + T(0.5) - l.t / l.log_t) * l.log_t + Math::log(l.sum);  // log(2 pi) / 2
  // gamma(x) gamma(1 - x) = pi / sin(pi x); of the sine only the distance to the next integer counts.
  const V part = size - Math::floor(size), near = part > T(0.5) ? T(1) - part : part;
  const V sine = Math::log(Math::sin(T(3.14159265358979323846) * near));
  const V both = x < T(0.5) ? T(1.1447298858494002) - sine - y : y;  // log(pi)
  return size == infinite || (x < T(0.5) && near == T(0)) ? infinite : both;
}

/// The derivative of `gammaln`: nan at 0, -1, -2, ...
template <class Math, class T, class V>
COPSE_INLINE V digamma(V x) {
  const auto l = gamma::lanczos<Math, T>(x < T(0.5) ? -x : x - T(1));
  const V y = l.log_t + l.slope / l.sum - T(7) / l.t;
  const V down = Math::floor(x + T(0.5)), nearest = down < T(0) ? -down : down;
  const V turned = y - T(3.14159265358979323846) / Math::tan(T(3.14159265358979323846) * (x + nearest));
  const V both = x < T(0.5) ? turned : y;
  return x <= T(0) && x == Math::floor(x) ? V{} + scalar::nan<T> : both;
}

}  // namespace copse::elementwise
