// What Copse needs of a compiler. Headers that include no other one of Copse include this one first, so that
// its message comes before any other.
#pragma once

#if defined(_MSVC_LANG)
#define COPSE_LANGUAGE _MSVC_LANG
#else
#define COPSE_LANGUAGE __cplusplus
#endif

#if COPSE_LANGUAGE < 202002L
#error \
    "Copse needs C++20 or later: compile with -std=c++20 (target_compile_features(... cxx_std_20) in CMake)."
#define COPSE_STOP
#elif !defined(__cpp_exceptions)
#error "Copse needs exceptions, by which it reports errors: compile without -fno-exceptions."
#define COPSE_STOP
#elif !defined(__cpp_rtti)
#error "Copse needs run-time type information (typeid, dynamic_cast): compile without -fno-rtti."
#define COPSE_STOP
#endif

// A file that does not exist ends the compilation, which would go on to hundreds of errors that only hide the
// first.
#ifdef COPSE_STOP
#include "see the error above"
#endif

#undef COPSE_LANGUAGE
