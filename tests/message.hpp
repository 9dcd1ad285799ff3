// What errors say.
#pragma once

#include <string>

namespace testing_messages {

/// The message of the E that a call throws; empty if it throws none.
template <class E, class F, class... Args>
std::string message(const F& f, const Args&... args) {
  try {
    (void)f(args...);
  } catch (const E& error) {
    return error.what();
  }
  return {};
}

}  // namespace testing_messages
