#include "interrupt.hpp"

#include <unistd.h>

#include <atomic>
#include <string_view>

namespace copse {
namespace {

std::atomic<bool> seen{false};
// A callback of a run may run a trainer of its own: an interrupt of the inner run ends the outer one, too.
std::atomic<int> depth{0};
static_assert(std::atomic<bool>::is_always_lock_free, "copse: a signal handler needs a lock-free flag");

void note_interrupt(int) {
  seen = true;
  constexpr std::string_view text = "\ninterrupted: ending after this batch (once more to quit at once)\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

InterruptGuard::InterruptGuard(bool active) {
  ++depth;
  if (!active) return;
  struct sigaction action {};
  action.sa_handler = &note_interrupt;
  // After the first, the default action holds: quit.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  for (Caught& caught : caught_) {
    caught.active = ::sigaction(caught.signal, &action, &caught.before) == 0;
    // A program that was started so that interrupts don't reach it (in the background, by nohup) keeps it so.
    if (caught.active && caught.before.sa_handler == SIG_IGN) {
      ::sigaction(caught.signal, &caught.before, nullptr);
      caught.active = false;
    }
  }
}

InterruptGuard::~InterruptGuard() {
  for (const Caught& caught : caught_)
    if (caught.active) ::sigaction(caught.signal, &caught.before, nullptr);
  // What was interrupted has ended: the next run is a new one.
  if (--depth == 0) seen = false;
}

bool InterruptGuard::interrupted() { return seen; }

}  // namespace copse
