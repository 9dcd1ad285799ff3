// expect: read-only object || returns a const value || const Counter || const tree_move_out::Counter
#include "copse/tree.hpp"

struct Counter {
  int count = 0;
  std::string label = "counter";
  copse::State<float> n = 0.0f;

  void bump() { n += 1.0f; }
};

int main() {
  copse::Tree tree{Counter{}};
  Counter stolen = std::move(*tree);
  stolen.bump();
  std::move(*tree).bump();
}
