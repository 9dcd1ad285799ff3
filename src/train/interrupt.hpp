// Interrupts (SIGINT, as Ctrl-C sends) while a loop runs.
#pragma once

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
  bool active_;
  struct sigaction before_ {};
};

}  // namespace copse
