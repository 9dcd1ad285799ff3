// A user of the trees alone.
#include <copse/core/error.hpp>

int main() {
  try {
    throw copse::TreeError("thrown here");
  } catch (const copse::Error&) {
    return 0;
  }
}
