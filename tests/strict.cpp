// In tests a fault of the compiler's own is an error: it doesn't go on without the pass that failed.
#include <cstdlib>

namespace {
[[maybe_unused]] const int strict = setenv("COPSE_STRICT", "1", 0);
}  // namespace
