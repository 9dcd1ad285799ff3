// expect: let a class with constructors or private members list its members in a static fields()
#include "copse/tree.hpp"

class Leaf {
 public:
  bool operator==(const Leaf&) const = default;
};
template <>
struct copse::LeafTraits<Leaf> {
  static constexpr bool leaf = true;
};
class Layer {
 public:
  explicit Layer(int units = 1) : units_(units) {}

 private:
  int units_;
  Leaf weight_;
};
struct Bad {
  Leaf bias;
  Layer layer;
};

int main() { return static_cast<int>(copse::leaves(copse::Tree<Bad>{}).size()); }
