// Decompositions and solvers of one matrix, on pointers, compiled for each instruction set.
#pragma once

#include <cstdint>

#include "core/isa.hpp"

namespace copse::linalg {

/// All matrices are row-major without gaps.
template <class T>
struct Decompositions {
  /// The lower triangle l with a = l l', zeros above; false if a is not positive definite.
  bool (*cholesky)(const T* a, std::int64_t n, T* l);
  /// x with a x = b, or a' x = b; b and x are (n, k).
  void (*solve)(const T* a, const T* b, std::int64_t n, std::int64_t k, bool transposed, T* x);
  /// x, which holds b (n, k) before, with t x = b for the triangle t of a, or t' x = b.
  void (*triangular_solve)(const T* a, std::int64_t n, std::int64_t k, bool lower, bool unit, bool transposed,
                           T* x);
  /// The product of the pivots of a, or their sign and the log of its absolute value.
  T (*determinant)(const T* a, std::int64_t n);
  void (*log_determinant)(const T* a, std::int64_t n, T* sign, T* log);
  /// Its gradient, for singular matrices, too.
  void (*cofactors)(const T* a, std::int64_t n, T* to);
  /// q (m, k), unless it is null, and r (k, n) of a (m, n).
  void (*qr)(const T* a, std::int64_t m, std::int64_t n, std::int64_t k, T* q, T* r);
  /// u (m, m or k), s (k) and vh (n or k, n) of a finite a (m, n), k = min(m, n), at least 1.
  void (*svd)(const T* a, std::int64_t m, std::int64_t n, bool full, T* u, T* s, T* vh);
  /// Ascending eigenvalues and their vectors, as columns, of a finite symmetric a.
  void (*eigh)(const T* a, std::int64_t n, T* values, T* vectors);
};

COPSE_ISA_DECLARE(const Decompositions<float>& float_decompositions())
COPSE_ISA_DECLARE(const Decompositions<double>& double_decompositions())

/// Those for this processor.
template <class T>
const Decompositions<T>& decompositions() {
  if constexpr (sizeof(T) == sizeof(float))
    return COPSE_ISA_SELECT(float_decompositions)();
  else
    return COPSE_ISA_SELECT(double_decompositions)();
}

}  // namespace copse::linalg
