// expect-success
#include "copse/core/version.hpp"

static_assert(copse::version_major >= 0);
