// expect: copse: replace: a step of the path is no member of what the steps before it lead to
#include "copse/tree.hpp"

struct Counter {
  int count = 0;
  std::string label = "counter";
  copse::State<float> n = 0.0f;

  void bump() { n += 1.0f; }
};

struct Other {
  int x = 0;
};

int main() {
  copse::Tree tree{Counter{}};
  tree = tree.replace<&Other::x>(3);
}
