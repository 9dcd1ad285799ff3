// The threefry2x32 block function of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011), 20
// rounds.
#include "../threefry.hpp"

#define COPSE_INLINE [[gnu::always_inline]] static inline

namespace copse::random {
namespace {

template <int Bits>
COPSE_INLINE void round(std::uint32_t& a, std::uint32_t& b) {
  a += b;
  b = (b << Bits) | (b >> (32 - Bits));
  b ^= a;
}

COPSE_INLINE void block(const std::uint32_t (&k)[3], std::uint32_t& a, std::uint32_t& b) {
  a += k[0];
  b += k[1];
  round<13>(a, b), round<15>(a, b), round<26>(a, b), round<6>(a, b);
  a += k[1], b += k[2] + 1;
  round<17>(a, b), round<29>(a, b), round<16>(a, b), round<24>(a, b);
  a += k[2], b += k[0] + 2;
  round<13>(a, b), round<15>(a, b), round<26>(a, b), round<6>(a, b);
  a += k[0], b += k[1] + 3;
  round<17>(a, b), round<29>(a, b), round<16>(a, b), round<24>(a, b);
  a += k[1], b += k[2] + 4;
  round<13>(a, b), round<15>(a, b), round<26>(a, b), round<6>(a, b);
  a += k[2], b += k[0] + 5;
}

}  // namespace

namespace COPSE_ISA {

void threefry_bits(const std::uint32_t* key, std::uint64_t first, std::int64_t n, std::uint32_t* out) {
  const std::uint32_t k[3] = {key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDAu};
  for (std::int64_t done = 0; done < n;) {
    // As long as the high word of the counter stays the same.
    const auto high = static_cast<std::uint32_t>(first >> 32), low = static_cast<std::uint32_t>(first);
    const std::int64_t left = (std::int64_t{1} << 32) - std::int64_t{low}, most = std::int64_t{1} << 30;
    const std::int64_t rest = n - done < most ? n - done : most;
    const auto count = static_cast<std::uint32_t>(rest < left ? rest : left);
    std::uint32_t* to = out + done;
    for (std::uint32_t i = 0; i < count; ++i) {
      std::uint32_t a = high, b = low + i;
      block(k, a, b);
      to[i] = a ^ b;
    }
    done += count;
    first += count;
  }
}

void threefry_blocks(const std::uint32_t* key, const std::uint32_t* counters, std::int64_t n,
                     std::uint32_t* out) {
  const std::uint32_t k[3] = {key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDAu};
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint32_t a = 0, b = counters[i];
    block(k, a, b);
    out[2 * i] = a;
    out[2 * i + 1] = b;
  }
}

// The product of two float32 is exact in double.
void multiply_add_tile(const void* const* in, void* out, std::int64_t n) {
  const auto *x = static_cast<const float*>(in[0]), *factor = static_cast<const float*>(in[1]),
             *term = static_cast<const float*>(in[2]);
  auto* to = static_cast<float*>(out);
  for (std::int64_t i = 0; i < n; ++i)
    to[i] = static_cast<float>(static_cast<double>(x[i]) * static_cast<double>(factor[i]) +
                               static_cast<double>(term[i]));
}

}  // namespace COPSE_ISA
}  // namespace copse::random
