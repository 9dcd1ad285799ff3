// Interrupts while a loop runs: SIGINT, as Ctrl-C sends, and SIGTERM, as batch systems send some time before
// they kill.
#pragma once

#include <array>
#include <csignal>

namespace copse {

/// Until destroyed, the first interrupt is only noted, and a second one does what it did before.
class InterruptGuard {
 public:
  explicit InterruptGuard(bool active);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool interrupted();

 private:
  struct Caught {
    int signal;
    bool active = false;
    struct sigaction before {};
  };
  std::array<Caught, 2> caught_{{{SIGINT}, {SIGTERM}}};
};

}  // namespace copse
