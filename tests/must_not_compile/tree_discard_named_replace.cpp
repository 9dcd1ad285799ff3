// expect: a tree is immutable: replace returns a new one
#include "copse/tree.hpp"

struct Counter {
  int count = 0;
  std::string label = "counter";
  copse::State<float> n = 0.0f;

  void bump() { n += 1.0f; }
};

int main() {
  copse::Tree tree{Counter{}};
#pragma GCC diagnostic error "-Wunused-result"
  tree.replace("count", 3);
}
