// expect: copse: a member of a struct in a tree has a constructor that takes anything
#include "copse/tree.hpp"

struct Greedy {
  Greedy() = default;
  template <class T>
  Greedy(const T&) {}
};
struct Bad {
  int before = 0;
  Greedy greedy;
};

int main() {
  copse::Tree<Bad> tree;
  return static_cast<int>(copse::structure_hash(tree)) + copse::structure_equal(tree, tree);
}
