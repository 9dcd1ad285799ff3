// A user of the trees alone.
#include <copse/tree.hpp>

struct Counter {
  int n = 0;

  int add(int by) { return n += by; }
};

int main() {
  const copse::Tree tree{Counter{.n = 1}};
  const auto replaced = tree.replace<&Counter::n>(5);
  const auto [sum, next] = replaced.mutable_(&Counter::add)(2);
  return tree->n == 1 && replaced->n == 5 && sum == 7 && next->n == 7 ? 0 : 1;
}
