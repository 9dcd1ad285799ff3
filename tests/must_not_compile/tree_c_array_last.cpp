// expect: copse: a struct in a tree has a C array; use std::array
#include "copse/tree.hpp"

struct Bad {
  std::string name;
  char buffer[2] = {};
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
