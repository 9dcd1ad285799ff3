// expect: ambiguous
#include "copse/tree.hpp"

template <class T>
struct Angle {
  T value{};
};
template <class T>
  requires(sizeof(T) == 4)
struct copse::LeafTraits<Angle<T>> {
  static constexpr bool leaf = true;
};
template <class T>
  requires std::is_floating_point_v<T>
struct copse::LeafTraits<Angle<T>> {
  static constexpr bool leaf = true;
};
struct Bad {
  Angle<float> angle;
};

int main() { return static_cast<int>(copse::count_leaves(copse::Tree{Bad{}})); }
