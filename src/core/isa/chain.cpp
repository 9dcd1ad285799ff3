// The machine that runs chains of arithmetic.
#include "../tiles/machine.hpp"

#include <cstring>
#include <utility>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace copse::tiles {
namespace {  // one copy for each instruction set

#if defined(__AVX512F__)
constexpr int vector_bytes = 64, blocks = 8;
#elif defined(__AVX__)
constexpr int vector_bytes = 32, blocks = 4;
#else
constexpr int vector_bytes = 16, blocks = 4;
#endif
typedef float Vector __attribute__((vector_size(vector_bytes)));

template <class V>
COPSE_INLINE V load(const float* x) {
  V v;
  __builtin_memcpy(&v, x, sizeof v);
  return v;
}

COPSE_INLINE float sqrt_of(float x) { return __builtin_sqrtf(x); }
COPSE_INLINE Vector sqrt_of(Vector x) {
#if defined(__AVX512F__)
  return _mm512_maskz_sqrt_ps(0xffff, x);  // the plain one sets off a false warning of GCC 12
#elif defined(__AVX__)
  return _mm256_sqrt_ps(x);
#elif defined(__SSE2__)
  return _mm_sqrt_ps(x);
#else
  for (int i = 0; i < vector_bytes / 4; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

COPSE_INLINE void store_past_caches(float* to, float x) { *to = x; }
COPSE_INLINE void store_past_caches(float* to, Vector x) {
#if defined(__AVX512F__)
  _mm512_stream_ps(to, x);
#elif defined(__AVX__)
  _mm256_stream_ps(to, x);
#elif defined(__SSE2__)
  _mm_stream_ps(to, x);
#else
  __builtin_memcpy(to, &x, sizeof x);
#endif
}

// A block is K vectors (or floats) of consecutive elements; `k...` are their numbers, so that every one has a
// register.
template <class V, int... k>
COPSE_INLINE void run_block(std::integer_sequence<int, k...>, const ChainStep* step, const ChainStep* end,
                            const float* const* operands, std::int64_t at, float* out, bool past_caches) {
  constexpr std::int64_t width = sizeof(V) / sizeof(float);
  using Move = ChainStep::Move;
  V stack[ChainStep::most_depth][sizeof...(k)] = {};
  for (; step != end; ++step) {
    const float* const from = operands[step->operand];
    const float* const x = from + at;
    switch (step->code) {
#define COPSE_MOVE_AT(move, depth, expression)  \
  case ChainStep::code_of(Move::move, depth): { \
    constexpr int d = depth;                    \
    ((stack[d][k] = (expression)), ...);        \
    break;                                      \
  }
#define COPSE_MOVE(move, expression) \
  COPSE_MOVE_AT(move, 0, expression) \
  COPSE_MOVE_AT(move, 1, expression) \
  COPSE_MOVE_AT(move, 2, expression)
#define COPSE_TOP_MOVE(move, expression) \
  COPSE_MOVE_AT(move, 0, expression)     \
  COPSE_MOVE_AT(move, 1, expression)
      COPSE_MOVE(load, load<V>(x + k * width))
      COPSE_MOVE(add_memory, stack[d][k] + load<V>(x + k * width))
      COPSE_MOVE(subtract_memory, stack[d][k] - load<V>(x + k * width))
      COPSE_MOVE(multiply_memory, stack[d][k] * load<V>(x + k * width))
      COPSE_MOVE(divide_memory, stack[d][k] / load<V>(x + k * width))
      COPSE_MOVE(reversed_subtract_memory, load<V>(x + k * width) - stack[d][k])
      COPSE_MOVE(reversed_divide_memory, load<V>(x + k * width) / stack[d][k])
      COPSE_MOVE(add_scalar, stack[d][k] + *from)
      COPSE_MOVE(subtract_scalar, stack[d][k] - *from)
      COPSE_MOVE(multiply_scalar, stack[d][k] * *from)
      COPSE_MOVE(divide_scalar, stack[d][k] / *from)
      COPSE_MOVE(reversed_subtract_scalar, *from - stack[d][k])
      COPSE_MOVE(reversed_divide_scalar, *from / stack[d][k])
      COPSE_TOP_MOVE(add_top, stack[d][k] + stack[d + 1][k])
      COPSE_TOP_MOVE(subtract_top, stack[d][k] - stack[d + 1][k])
      COPSE_TOP_MOVE(multiply_top, stack[d][k] * stack[d + 1][k])
      COPSE_TOP_MOVE(divide_top, stack[d][k] / stack[d + 1][k])
      COPSE_MOVE(negative, -stack[d][k])
      COPSE_MOVE(square, stack[d][k] * stack[d][k])
      COPSE_MOVE(sqrt, sqrt_of(stack[d][k]))
#undef COPSE_TOP_MOVE
#undef COPSE_MOVE
#undef COPSE_MOVE_AT
      default:
        __builtin_unreachable();
    }
  }
  if (past_caches)
    (store_past_caches(out + at + k * width, stack[0][k]), ...);
  else
    (__builtin_memcpy(out + at + k * width, &stack[0][k], sizeof(V)), ...);
}

void run_chain(const std::vector<ChainStep>& steps, const float* const* operands, float* out, std::int64_t n,
               bool past_caches) {
  constexpr std::int64_t width = vector_bytes / sizeof(float), whole = width * blocks;
  const ChainStep *begin = steps.data(), *end = begin + steps.size();
  const bool past = past_caches && reinterpret_cast<std::uintptr_t>(out) % vector_bytes == 0;
  std::int64_t i = 0;
  for (; i + whole <= n; i += whole)
    run_block<Vector>(std::make_integer_sequence<int, blocks>(), begin, end, operands, i, out, past);
  for (; i + width <= n; i += width)
    run_block<Vector>(std::integer_sequence<int, 0>(), begin, end, operands, i, out, past);
  for (; i < n; ++i) run_block<float>(std::integer_sequence<int, 0>(), begin, end, operands, i, out, false);
}

}  // namespace

namespace COPSE_ISA {

ChainFunction chain_function() { return run_chain; }

}  // namespace COPSE_ISA
}  // namespace copse::tiles
