// expect: copse: a loss must return an Array: a C++ number
#include "copse/losses.hpp"

copse::losses::Loss loss{[](const copse::Array& preds, const copse::Array& target) {
  return mean(square(preds - target)).item<float>();
}};
