// expect: copse: a node of a tree is declared const
#include "copse/tree.hpp"

class Leaf {
 public:
  bool operator==(const Leaf&) const = default;
};
template <>
struct copse::LeafTraits<Leaf> {
  static constexpr bool leaf = true;
};
struct Bad {
  const Leaf value;
};

int main() { return static_cast<int>(copse::leaves(copse::Tree<Bad>{}).size()); }
