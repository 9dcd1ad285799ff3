// expect: no matching function for call
#include "copse/tree.hpp"

struct Counter {
  int count = 0;
  std::string label = "counter";
  copse::State<float> n = 0.0f;

  void bump() { n += 1.0f; }
};

struct Other {
  copse::State<float> x = 0.0f;
};

int main() {
  copse::Tree tree{Counter{}};
  copse::Tree other{Other{}};
  tree = copse::map([](float a, float) { return a; }, tree, other);
}
