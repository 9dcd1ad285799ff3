// The main function of all test programs. Version 3 of Catch2 brings its own.
#ifndef COPSE_CATCH2_V3
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
