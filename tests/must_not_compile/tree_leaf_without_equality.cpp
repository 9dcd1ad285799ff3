// expect: copse: a leaf needs operator== or LeafTraits<T>::equal
#include "copse/tree.hpp"

struct Angle {
  float value = 0;
};
template <>
struct copse::LeafTraits<Angle> {
  static constexpr bool leaf = true;
};

int main() { return copse::Tree{Angle{}} == copse::Tree{Angle{}}; }
