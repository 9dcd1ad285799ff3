// How the values of a program lie on the ranks that compute it together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "copse/core/array.hpp"
#include "copse/core/traits.hpp"

namespace copse::sharding {

/// Where the parts of an axis begin, by rank, and where the last one ends.
using Starts = std::vector<std::int64_t>;

/// Parts of an axis of `extent` elements: as even as they get. Parts may be empty.
Starts even_parts(std::int64_t extent, int parts);

/// How a value lies on the ranks.
struct Placement {
  enum class Kind : std::uint8_t {
    whole,    ///< each rank has all of it
    divided,  ///< each rank has its part along an axis
    partial,  ///< each rank has an array of its shape, and all of those combine to it
  };

  Kind kind = Kind::whole;
  int axis = 0;                                                ///< of a divided value
  Starts starts{};                                             ///< of a divided value
  traits::Combination combination = traits::Combination::sum;  ///< of a partial value

  static Placement divided(int axis, Starts starts) { return {Kind::divided, axis, std::move(starts)}; }
  static Placement partial(traits::Combination how) { return {Kind::partial, 0, {}, how}; }

  bool is_whole() const { return kind == Kind::whole; }
  bool is_divided() const { return kind == Kind::divided; }
  bool is_partial() const { return kind == Kind::partial; }
  /// Whether it is what additions and products with whole numbers may be done to.
  bool is_sum() const { return is_partial() && combination == traits::Combination::sum; }
  friend bool operator==(const Placement&, const Placement&) = default;
};

/// The type of what a rank has of a value.
ShapeDtype local_type(ShapeDtype type, const Placement& placement, int rank);

/// `whole`, `divided along 0`, `partial sum`.
std::string to_string(const Placement& placement);

}  // namespace copse::sharding
