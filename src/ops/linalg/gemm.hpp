// Matrix products on pointers: one thread, one matrix, any strides. Compiled once for each instruction set.
#pragma once

#include <cstdint>

#include "../isa/isa.hpp"

namespace copse::gemm {

/// c(i, j) = sum over p of a(i, p) * b(p, j). Strides are in elements; the columns of c are contiguous.
template <class T>
struct Call {
  std::int64_t m, n, k;
  const T* a;
  std::int64_t a_row, a_col;
  const T* b;
  std::int64_t b_row, b_col;
  T* c;
  std::int64_t c_row;
  const T* bias = nullptr;  ///< n numbers added to every row, or null
  bool relu = false;        ///< whether negative results become 0, after the bias
};

/// Elements of scratch memory that a call may use, aligned to 64 bytes: enough for every call.
inline constexpr std::int64_t scratch_elements = 512 * 1024;

COPSE_ISA_DECLARE(void run_float(const Call<float>& call, float* scratch))
COPSE_ISA_DECLARE(void run_double(const Call<double>& call, double* scratch))

inline void run(const Call<float>& call, float* scratch) { COPSE_ISA_SELECT(run_float)(call, scratch); }
inline void run(const Call<double>& call, double* scratch) { COPSE_ISA_SELECT(run_double)(call, scratch); }

}  // namespace copse::gemm
