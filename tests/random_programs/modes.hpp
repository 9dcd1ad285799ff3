// What is checked of a program: two ways to the same results.
#pragma once

#include <map>

#include "program.hpp"

namespace random_programs {

/// What a program must have for a mode to say something.
enum class Needs { nothing, forward, gradient };

/// Two expressions in `f` and lists of inputs that must give the same. `other` are inputs like `in`, `both`
/// is one list on top of the other along a new first axis.
struct Mode {
  using Way = std::function<Arrays(const Call& f, const Arrays& in, const Arrays& other, const Arrays& both)>;
  std::string name;
  Needs needs = Needs::nothing;
  bool exact = false;  ///< bit for bit
  Way got, wanted;
  std::string got_text, wanted_text;  ///< the same in C++
};

/// The number of other inputs for which all values on the way can be compared, too; 0, the first, if none are
/// found.
int other_number(const Program& program);

/// All modes.
const std::vector<Mode>& modes();

enum class Outcome { same, skipped, different };

/// What came of one mode.
struct Verdict {
  Outcome outcome = Outcome::same;
  std::string text = {};  ///< what differs
};

/// Checks one program in one mode after the other.
class Checker {
 public:
  explicit Checker(const Program& program);
  /// Skipped is what the program has no derivative for, and what is too sensitive to rounding to say
  /// anything.
  Verdict operator()(const Mode& mode);

 private:
  /// What is wanted, and how far from it results may be; nothing if they cannot be compared.
  struct Reference {
    Arrays results;
    std::optional<std::vector<double>> rooms;
  };
  bool says_something(const Mode& mode) const;
  const Reference& reference(const Mode& mode);

  const Program& program_;
  Call f_;
  Arrays in_, other_, both_;
  std::map<std::string, Reference> known_;  ///< by the way to it
};

}  // namespace random_programs
