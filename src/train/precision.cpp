#include "copse/train/precision.hpp"

namespace copse::train_detail {

std::vector<Array> converted(std::vector<Array> arrays, DType from, DType to) {
  for (Array& a : arrays)
    if (a.has_value() && a.dtype() == from) a = astype(a, to);
  return arrays;
}

}  // namespace copse::train_detail
