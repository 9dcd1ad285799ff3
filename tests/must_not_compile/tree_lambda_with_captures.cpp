// expect: copse: a static member of a tree has no operator==
#include "copse/tree.hpp"

inline auto adder(int by) {
  return [by](int x) { return x + by; };
}
struct Bad {
  decltype(adder(1)) add = adder(1);
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
