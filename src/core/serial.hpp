// Threads whose loops stay on them.
#pragma once

#include "copse/core/config.hpp"

namespace copse::detail {

/// While it lives, parallel loops of this thread run on it alone. For threads that work beside another one:
/// the pool works for one at a time, and the other's loops would have to do without it.
class SerialScope {
 public:
  SerialScope() noexcept;
  ~SerialScope();
  SerialScope(const SerialScope&) = delete;
  SerialScope& operator=(const SerialScope&) = delete;

 private:
  bool before_;
};

}  // namespace copse::detail
