// expect: copse: LeafTraits is specialised for a field or a handle
#include "copse/tree.hpp"

template <>
struct copse::LeafTraits<copse::State<int>> {
  static constexpr bool leaf = true;
};
struct Bad {
  copse::State<int> x;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
