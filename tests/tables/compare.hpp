// How the checks of the tables compare arrays and say what is wrong.
#pragma once

#include <string>

#include "row.hpp"

namespace tables {

/// Empty if `got` has the dtype and shape of `wanted` and its elements, as far as the rounding of the dtype
/// allows, times a factor; else what differs.
std::string difference(const Array& got, const Array& wanted, double factor);
std::string difference(const Arrays& got, const Arrays& wanted, double factor);

/// What went wrong with a row.
class Report {
 public:
  /// Keeps a text that is not empty.
  void add(const std::string& where, const std::string& what);
  /// Keeps what an action throws.
  template <class F>
  void run(const std::string& where, F&& action) {
    try {
      action();
    } catch (const std::exception& error) {
      add(where, std::string("threw ") + error.what());
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace tables
