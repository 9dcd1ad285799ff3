// expect: copse: there are leaves in a static member of a tree, which trees cannot look into
#include <deque>

#include "copse/tree.hpp"

class Leaf {
 public:
  bool operator==(const Leaf&) const = default;
};
template <>
struct copse::LeafTraits<Leaf> {
  static constexpr bool leaf = true;
};
struct Layer {
  Leaf weight;
};
struct Bad {
  Leaf bias;
  std::deque<Layer> layers;
};

int main() { return static_cast<int>(copse::leaves(copse::Tree<Bad>{}).size()); }
