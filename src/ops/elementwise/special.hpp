// Special functions: the error function and its kin, and those of the logarithm of gamma.
#pragma once

#include "copse/ops/elementwise.hpp"
#include "copse/ops/math.hpp"
#include "gamma.hpp"
#include "traits.hpp"

namespace copse::elementwise {

struct Erf {
  static constexpr std::string_view name = "erf";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::erf(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (1.1283791670955126 * exp(-square(v.in[0]))); }
};

struct Erfinv {
  static constexpr std::string_view name = "erfinv";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return scalar::erfinv(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (0.8862269254527580 * exp(square(v.out))); }
};

struct Erfc {
  static constexpr std::string_view name = "erfc";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return std::erfc(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * (-1.1283791670955126 * exp(-square(v.in[0]))); }
};

// The derivative of digamma, by operations that have derivatives themselves.
Array trigamma(const Array& x);

struct Gammaln {
  static constexpr std::string_view name = "gammaln";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return elementwise::gammaln<ScalarMath, T>(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * copse::digamma(v.in[0]); }
};

struct Digamma {
  static constexpr std::string_view name = "digamma";
  static constexpr Rule rule = Rule::floating;
  template <class T>
  COPSE_INLINE T apply(T x) {
    return elementwise::digamma<ScalarMath, T>(x);
  }
  static Array vjp(int, const Vjp& v) { return v.ct * trigamma(v.in[0]); }
};

}  // namespace copse::elementwise
