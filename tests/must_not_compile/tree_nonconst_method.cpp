// expect: const Counter || const tree_nonconst_method::Counter
#include "copse/tree.hpp"

struct Counter {
  int count = 0;
  std::string label = "counter";
  copse::State<float> n = 0.0f;

  void bump() { n += 1.0f; }
};

int main() {
  copse::Tree tree{Counter{}};
  tree->bump();
}
