// The vector kernels are compiled once for each instruction set; this chooses among them at run time.
#pragma once

/// A function of a kernel: forced inline, so that no copy compiled for one processor is ever linked into code
/// for another.
#define COPSE_INLINE [[gnu::always_inline]] static inline

namespace copse::isa {

enum class Level { baseline, avx2, avx512 };

/// The best level that this processor has, or the one that COPSE_ISA in the environment names if it is lower.
Level level();

/// The variant of a function for this processor.
#ifdef COPSE_ISA_ONLY_BASELINE
#define COPSE_ISA_DECLARE(declaration) \
  namespace baseline {                 \
  declaration;                         \
  }
#define COPSE_ISA_SELECT(name) (baseline::name)
#else
#define COPSE_ISA_DECLARE(declaration) \
  namespace baseline {                 \
  declaration;                         \
  }                                    \
  namespace avx2 {                     \
  declaration;                         \
  }                                    \
  namespace avx512 {                   \
  declaration;                         \
  }
#define COPSE_ISA_SELECT(name)                                         \
  (::copse::isa::level() == ::copse::isa::Level::avx512 ? avx512::name \
   : ::copse::isa::level() == ::copse::isa::Level::avx2 ? avx2::name   \
                                                        : baseline::name)
#endif

}  // namespace copse::isa
