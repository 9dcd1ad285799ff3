// expect: copse: there are leaves in a static member of a tree, which trees cannot look into
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
  std::shared_ptr<Bad> next;  // may change under the tree
};

int main() { return static_cast<int>(copse::leaves(copse::Tree<Bad>{}).size()); }
