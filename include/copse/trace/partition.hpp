// What a program that is divided over ranks exchanges.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "copse/core/config.hpp"

namespace copse {

/// What the ranks of a divided program exchange in one run, and what is not computed in parts.
struct Communication {
  /// One collective.
  struct Exchange {
    std::string what;         ///< `all_reduce`, `all_gather` or `reduce_scatter`
    std::int64_t arrays = 1;  ///< that are exchanged together
    std::int64_t bytes = 0;   ///< of these arrays, whole
    std::int64_t times = 1;   ///< in one run: the steps of the loops around it
    std::string path;         ///< the layer that wants the result; may be empty
  };
  /// An operation that is computed on whole operands by every rank, though one of them was divided.
  struct Gathered {
    std::string operation;  ///< and its operands
    std::string why;
    std::string path;
  };
  std::vector<Exchange> exchanges;
  std::vector<Gathered> gathered;

  std::int64_t collectives() const;  ///< in one run
  std::int64_t bytes() const;        ///< in one run
};

/// A line for each exchange, for each operation on gathered operands, and for the sums.
std::ostream& operator<<(std::ostream& out, const Communication& communication);

}  // namespace copse
