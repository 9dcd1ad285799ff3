// expect: copse: mutable_: the method cannot be called with the tree's value and these arguments
#include "copse/tree.hpp"

struct Counter {
  int count = 0;
  std::string label = "counter";
  copse::State<float> n = 0.0f;

  void bump() { n += 1.0f; }
};

int main() {
  copse::Tree tree{Counter{}};
  tree = tree.mutable_(&Counter::bump)(3);
}
