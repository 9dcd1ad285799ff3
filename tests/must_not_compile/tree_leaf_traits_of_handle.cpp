// expect: copse: LeafTraits is specialised for a field or a handle
#include "copse/tree.hpp"

struct Inner {
  int x = 0;
};
template <>
struct copse::LeafTraits<copse::Tree<Inner>> {
  static constexpr bool leaf = true;
};
struct Bad {
  copse::Tree<Inner> inner;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
