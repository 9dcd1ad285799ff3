// expect: copse: a value in a tree cannot be copied
#include <memory>

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
  Leaf value;
  std::unique_ptr<int> handle;
};

int main() {
  copse::Tree<Bad> tree;
  return tree.replace<&Bad::value>(Leaf{})->handle == nullptr;
}
