// Catch2, whichever version is installed: 2 has one header, 3 has another of another name.
#pragma once

#ifdef COPSE_CATCH2_V3
#include <catch2/catch_all.hpp>
using Catch::Approx;  // NOLINT: in version 2 it is used unqualified
#else
#include <catch2/catch.hpp>
#endif
