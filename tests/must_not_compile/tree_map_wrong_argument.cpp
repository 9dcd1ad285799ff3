// expect: copse: map: the function does not take one of the types of leaves in the tree
#include "copse/tree.hpp"

struct Net {
  copse::State<float> x = 0.0f;
  copse::State<std::string> text = std::string("text");
};

int main() {
  copse::Tree tree{Net{}};
  tree = copse::map([](float x) { return 2 * x; }, tree);
}
