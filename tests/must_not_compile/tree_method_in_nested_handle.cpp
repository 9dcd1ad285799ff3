// expect: const Counter || const tree_method_in_nested_handle::Counter
#include "copse/tree.hpp"

struct Counter {
  int count = 0;
  std::string label = "counter";
  copse::State<float> n = 0.0f;

  void bump() { n += 1.0f; }
};

struct Outer {
  std::vector<Counter> many = {Counter{}};
  std::map<std::string, Counter> named = {{"a", Counter{}}};
  std::optional<Counter> maybe = Counter{};
  copse::Tree<Counter> child = Counter{};
  std::shared_ptr<const Counter> shared = std::make_shared<const Counter>();
};

int main() {
  copse::Tree tree{Outer{}};
  tree->child->bump();
}
