// What a generator must know of the rows of the tables to call them with other arrays than their own.
#pragma once

#include "program.hpp"

namespace random_programs {

/// An operation and what its inputs are like.
struct Operation {
  struct Operand {
    bool typed = true;   ///< whether it takes any of the row's dtypes
    bool fixed = false;  ///< whether only what the row itself makes will do
    DType dtype = DType::float32;
    double low = 0, high = 0;
  };
  const Row* row = nullptr;
  std::vector<Operand> operands = {};
  bool alike = true;  ///< whether all inputs have one shape
};

/// All rows that programs can hold: those whose results have shapes that no value decides.
const std::vector<Operation>& operations();
/// Those of one or a few arrays of one shape, of which programs are mostly made.
const std::vector<Operation>& common_operations();

/// How far results differ that should be the same but for rounding; nothing if one is not finite or an
/// integer differs.
std::optional<double> deviation(const Array& exact, const Array& rough);
/// Whether results are not many, finite, of moderate size, and the same but for rounding, which leaves
/// something of them.
bool comparable(const Arrays& exact, const Arrays& rough);
inline constexpr std::int64_t most_elements = 30000;

}  // namespace random_programs
